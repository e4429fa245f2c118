"""A PostgreSQL data folder: made once, opened by the release that made it, entered by the accounts it names."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from mutt_cli.adapters.engines.child import minimal_environ
from mutt_cli.adapters.engines.engine import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mutt_cli.adapters.identity import Identity


def ensure(programs: Path, data: Path, identity: Identity, *, sync: bool) -> None:
    """Make the cluster if there is none. Raises EngineError if it was made by another major release.

    `data` must be an empty folder of that account, or a cluster. A cluster that was left half made by a crash has no
    PG_VERSION file or not yet a control file, and is emptied: nothing was ever stored in it.
    """
    stamp = data / "PG_VERSION"
    if stamp.is_file() and (data / "mutt-made").is_file():
        _check_release(stamp.read_text().strip(), _major(programs, identity), data)
        return
    if any(data.iterdir()):
        _set_aside(data, identity)
    options = ["-U", "postgres", "-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options += ["--auth-local=peer", "--auth-host=reject", *([] if sync else ["--no-sync"])]
    done = _run([str(programs / "initdb"), "-D", str(data), *options], identity, timeout_s=120)
    if done.returncode != 0:
        raise EngineError(f"initdb could not make {data}", why=(done.stderr or done.stdout).strip()[-2000:])
    _write(data / "mutt-made", "", identity)


def write_access(data: Path, identity: Identity, installer: Identity, roles: Sequence[str], tcp_role: str) -> None:
    """Write who may enter: over the socket both accounts as any of the roles, over TCP one role with its password."""
    accounts = dict.fromkeys((installer.name, identity.name))
    lines = [f'mutt "{account}" {role}\n' for account in accounts for role in roles]
    access = f"local all {','.join(roles)} peer map=mutt\nhost all {tcp_role} 127.0.0.1/32 scram-sha-256\n"
    _write(data / "pg_ident.conf", "".join(lines), identity)
    _write(data / "pg_hba.conf", access, identity)


def recorded_pid(data: Path) -> int | None:
    """The number in `postmaster.pid`; None if there is no such file or number."""
    try:
        first = (data / "postmaster.pid").read_text(errors="replace").split("\n", 1)[0].strip()
    except OSError:
        return None
    return int(first) if first.isdecimal() else None


def _major(programs: Path, identity: Identity) -> str:
    """`postgres (PostgreSQL) 18.6` gives `18`."""
    words = _run([str(programs / "postgres"), "--version"], identity).stdout.split()
    number = next((word for word in words if word[0].isdigit()), "")
    return number.partition(".")[0]


def _check_release(made_by: str, found: str, data: Path) -> None:
    if made_by != found:
        raise EngineError(
            f"{data} was made by PostgreSQL {made_by}, and this is PostgreSQL {found}",
            code="MUTT-E106",
            why="A data folder opens only with the major release that made it. Nothing was changed.",
            tries=(
                f"install the release that brings PostgreSQL {made_by}, dump with pg_dump, and load the dump here",
                "set POSTGRES_HOST to a server of your own",
            ),
        )


def _set_aside(data: Path, identity: Identity) -> None:
    """A folder that is no finished cluster is renamed, never deleted: we may be wrong about it."""
    for number in range(1, 1000):
        aside = data.with_name(f"{data.name}.unfinished-{number}")
        if not aside.exists():
            data.rename(aside)
            data.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(data, identity.uid, identity.gid)
            return
    raise EngineError(f"{data.parent} is full of unfinished clusters")


def _run(argv: Sequence[str], identity: Identity, timeout_s: float = 30.0) -> subprocess.CompletedProcess[str]:
    uid, gid = (identity.uid, identity.gid) if os.geteuid() == 0 else (None, None)
    return subprocess.run(
        argv,
        user=uid,
        group=gid,
        extra_groups=None if uid is None else [],
        cwd="/",
        env=minimal_environ(),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )


def _write(path: Path, text: str, identity: Identity) -> None:
    """Replace a file whole; it belongs to the account."""
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(new, identity.uid, identity.gid)
    new.replace(path)
