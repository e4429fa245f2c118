"""`mutt health`: the verdict for cron, Nagios, Prometheus and other machines."""

import platform
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from mutt_cli.commands.context import Run, write
from mutt_cli.commands.declare import command, word
from mutt_cli.errors import OK, UnreachableError, UsageError

if TYPE_CHECKING:
    from mutt_cli.ops.health import Health

app = word("health")

FORMS: Final = ("text", "nagios", "json", "prometheus")
Form = Annotated[
    Literal["text", "nagios", "json", "prometheus"] | None,
    typer.Option("-o", "--output", help="text, nagios (text with perfdata), json, or prometheus."),
]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="ID[,ID]", help="Only these checks; * stands for any text.")
]
Skip = Annotated[list[str] | None, typer.Option("--skip", metavar="ID[,ID]", help="Not these.")]
Group = Annotated[
    Literal["local", "backends", "flow", "all"], typer.Option("--group", help="This host, back ends, or the flow.")
]
Threshold = Annotated[
    list[str] | None,
    typer.Option("--threshold", metavar="ID=WARN,CRIT", help="Other ranges, as monitoring plugins write them."),
]
Textfile = Annotated[
    str | None, typer.Option("--textfile", metavar="PATH", help="Also write metrics for node_exporter to this .prom.")
]
ExitOk = Annotated[bool, typer.Option("--exit-ok", help="Exit 0 whatever was found, if anything was.")]
NoMaintenance = Annotated[bool, typer.Option("--no-maintenance", help="Judge as if no window were open.")]
PingUrl = Annotated[
    str | None,
    typer.Option("--ping-url", metavar="URL", help="Call this unless it is critical or unknown: a dead man's switch."),
]
FILE: Final = "health.toml"
"""Thresholds of this host, beside its `mutt.env` (ux.md 7.1)."""
_MARGIN_S: Final = 0.7
"""Of the time for telling what was found."""
_PING_S: Final = 2.0


@command(app, impact="R", timeout=timedelta(seconds=10), waits=True, once=True)
def health(
    run: Run,
    *,
    output: Form = None,
    only: Only = None,
    skip: Skip = None,
    group: Group = "all",
    threshold: Threshold = None,
    textfile: Textfile = None,
    exit_ok: ExitOk = False,
    no_maintenance: NoMaintenance = False,
    ping_url: PingUrl = None,
) -> int:
    """Is it well? Exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, and nothing else, ever.

    \b
    mutt health -q                                    for cron: silent while all is well
    mutt health -o nagios --timeout 10s               for Nagios, Icinga and their kin
    mutt health --textfile /var/lib/node_exporter/textfile/mutt.prom -q
    mutt health --only 'queue.*' --threshold queue.alert.age=30,120

    Every check in parallel; it always ends in time, and what was not found out by then is UNKNOWN. Trouble that follows
    from another names it, causes come first. An open maintenance window makes CRITICAL a WARNING. -v shows what is
    well too. Thresholds: the flag, else health.toml beside mutt.env, else the settings, else the defaults.
    `mutt status` is the same for eyes.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.adapters.clock import process_age_s
    from mutt_cli.commands.folders import folders
    from mutt_cli.commands.hard_end import hard_end
    from mutt_cli.ops import health as ops
    from mutt_cli.ops.snapshot import take

    form = output or _form(run)
    with hard_end(run.timeout_s, _out_of_time):
        asked = ops.wanted(ops.Selected(_ids(only), _ids(skip), group, tuple(threshold or ()), _file(run)))
        path = _textfile(textfile)
        left = run.timeout_s - process_age_s()
        seen = take(run.configuration, folders(run), max(0.1, left - min(_MARGIN_S, left / 2)))
        found = ops.health(seen, run.settings, asked, maintenance=not no_maintenance)
        if path is not None:
            found = _kept(run, found, path)
        if ping_url:
            found = _pinged(found, ping_url, run.timeout_s - process_age_s() - _MARGIN_S / 2)
        return _tell(run, found, form, exit_ok=exit_ok)


def _out_of_time() -> None:
    """The verdict where something hangs that nothing else could end."""
    from mutt_cli.commands.health_unknown import tell

    error = UnreachableError("nothing was found out in time", tries=("mutt health --timeout 30s",))
    tell(error, sys.argv[1:])


def _tell(run: Run, found: "Health", form: str, *, exit_ok: bool) -> int:
    """Print the verdict; the exit code is its, but metrics carry the state in themselves."""
    from mutt_cli.core.health.check import CODES
    from mutt_cli.present.health import health_lines
    from mutt_cli.present.health_textfile import textfile

    if form == "prometheus":
        write(sys.stdout, textfile(found, run.context.name, run.now().timestamp()))
        return OK
    if form == "json":
        write(sys.stdout, _json(run, found))
    elif not (run.flags.quiet and found.state == "ok"):
        verbose, perfdata = run.flags.verbose, form == "nagios"
        lines = health_lines(found, perfdata=perfdata, verbose=verbose, limit_s=run.timeout_s)
        write(sys.stdout, "".join(f"{line}\n" for line in lines))
    return OK if exit_ok and found.executed else CODES[found.state]


def _json(run: Run, found: "Health") -> str:
    from mutt_cli.adapters.contexts import environment_of
    from mutt_cli.present.health import health_fields

    fields = health_fields(
        found, context=run.context.name, environment=environment_of(run.context.env_file), host=platform.node(),
        at=run.now(),
    )  # fmt: skip
    return run.json_line(fields)


def _kept(run: Run, found: "Health", path: Path) -> "Health":
    """The metrics, written whole for a reader under another account; where that fails the verdict says so."""
    from mutt_cli.adapters.files import write_whole
    from mutt_cli.present.health_textfile import textfile

    try:
        write_whole(path, textfile(found, run.context.name, run.now().timestamp()), 0o644)
    except OSError as error:
        return found.with_trouble("textfile", f"{path} cannot be written: {error.strerror}", f"ls -ld {path.parent}")
    return found


def _pinged(found: "Health", url: str, seconds: float) -> "Health":
    """Tell the watchdog outside that somebody looked and that it is not critical; else its silence is its alarm."""
    from mutt_cli.adapters.watchdog import ping

    if found.state not in {"ok", "warning"}:
        return found
    trouble = ping(url, max(0.1, min(_PING_S, seconds)))
    return found.with_trouble("ping", trouble, "curl -v (the URL of --ping-url)") if trouble else found


def _textfile(text: str | None) -> Path | None:
    """Raises UsageError MUTT-U052 for a name that node_exporter would not read."""
    if text is None:
        return None
    if not text.endswith(".prom"):
        raise UsageError(
            f"--textfile {text}: node_exporter reads files whose name ends in .prom", code="MUTT-U052",
            tries=(f"mutt health --textfile {text}.prom",),
        )  # fmt: skip
    return Path(text)


def _form(run: Run) -> str:
    """The form of -o before the word, or of --json. Raises UsageError for one that a verdict does not have."""
    form = run.flags.output or "text"
    if form not in FORMS:
        raise UsageError(f"mutt health has no format {form}: it has {', '.join(FORMS)}", tries=("mutt health -o json",))
    return form


def _file(run: Run) -> Path:
    """Also where there is no `mutt.env`: then it lies where that would."""
    beside = run.configuration.env_file
    return (beside.parent if beside else Path("/etc/mutt")) / FILE


def _ids(given: list[str] | None) -> tuple[str, ...]:
    return tuple(name.strip() for text in given or () for name in text.split(",") if name.strip())
