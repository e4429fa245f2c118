"""A platform of `mutt up`: what was done step by step, where it can be reached, how it was stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.ops.platform import record
from mutt_cli.ops.platform.plan import VAULT_PORT
from mutt_cli.present.output import Document

if TYPE_CHECKING:
    from mutt_cli.ops.platform import Record, State, Stopped


def progress_line(step: str, state: State, detail: str, seconds: float) -> str:
    """One line for a step that ended; empty for one that begins."""
    if state == "start":
        return ""
    took = f"  {seconds:.1f} s" if seconds >= 0.05 else ""
    return f"{state:<5} {step:<16} {detail}{took}".rstrip()


def up_document(found: Record) -> Document:
    """`mutt up`, once everything answers."""
    lines = [f"MUTT {found.version} is up: process {found.pid}, servers run as {found.run_as}"]
    lines += [f"  {name:<10} {where}" for name, where in _places(found).items()]
    lines += ["Try: mutt status    Stop: mutt down"]
    fields = record.as_mapping(found)
    fields["release"] = fields.pop("version")  # the envelope has a version of its own
    return Document("mutt.up", fields, text=tuple(lines), name=str(found.pid))


def down_document(stopped: Stopped) -> Document:
    """`mutt down`."""
    text = "nothing runs here that `mutt up` started"
    if stopped.outcome == "stopped":
        text = f"stopped process {stopped.pid} and everything it started, in {stopped.seconds:.1f} s"
    fields = {"outcome": stopped.outcome, "pid": stopped.pid, "took_seconds": round(stopped.seconds, 3)}
    return Document("mutt.down", fields, text=(text,), name=stopped.outcome)


def _places(found: Record) -> dict[str, str]:
    ports, sockets = found.ports, found.sockets
    wanted = {
        "ingest": ("INGESTOR_PORT", "http://127.0.0.1:{}/ingest"),
        "web UI": ("WEBUI_PORT", "http://127.0.0.1:{}/"),
        "simulator": ("SIMULATOR_PORT", "http://127.0.0.1:{}/received"),
        "vault": (VAULT_PORT, "http://127.0.0.1:{}"),
    }
    places = {name: form.format(ports[port]) for name, (port, form) in wanted.items() if port in ports}
    if "redis" in sockets:
        places["redis"] = f"redis-cli -s {sockets['redis']}" + _tcp(ports, "REDIS_PORT")
    if "db" in sockets:
        port = ports.get("POSTGRES_PORT")
        places["db"] = f"psql -h {sockets['db']} {f'-p {port} ' if port else ''}-U mutt_user mutt"
        places["db"] += _tcp(ports, "POSTGRES_PORT")
    return {**places, "settings": found.env_file, "logs": found.log_dir}


def _tcp(ports: dict[str, int], name: str) -> str:
    return f"  (also 127.0.0.1:{ports[name]})" if name in ports else ""
