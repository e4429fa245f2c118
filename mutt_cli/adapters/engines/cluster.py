"""A PostgreSQL data folder: made once and whole, opened by the release that made it, entered by whom it names."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from mutt_cli.adapters.engines.child import minimal_environ
from mutt_cli.adapters.engines.engine import EngineError
from mutt_cli.adapters.files import write_whole
from mutt_cli.adapters.identity import subprocess_account

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mutt_cli.adapters.identity import Identity


def ensure(programs: Path, data: Path, identity: Identity, *, sync: bool) -> None:
    """Make the cluster if there is none. Raises EngineError if another major release made it, or `initdb` fails.

    It is made beside its place and renamed, so a crash leaves no half cluster. The parent folder must be ours: as
    root nothing is written inside a folder of the account, where a link could lead elsewhere.
    """
    if (data / "PG_VERSION").is_file():
        _check_release((data / "PG_VERSION").read_text().strip(), _major(programs, identity), data)
        return
    new = data.with_name(data.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(new, identity.uid, identity.gid)
    options = ["-U", "postgres", "-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options += ["--auth-local=peer", "--auth-host=reject", *([] if sync else ["--no-sync"])]
    done = _run([str(programs / "initdb"), "-D", str(new), *options], identity, timeout_s=120)
    if done.returncode != 0:
        raise EngineError(f"initdb could not make {data}", why=(done.stderr or done.stdout).strip()[-2000:])
    try:
        new.replace(data)
    except OSError as error:
        raise EngineError(
            f"{data} holds files but is no PostgreSQL cluster", tries=(f"move {data} away and start again",)
        ) from error


def write_access(folder: Path, identity: Identity, installer: Identity, roles: Sequence[str], tcp_role: str) -> None:
    """Write who may enter: over the socket both accounts as any of the roles, over TCP one role with its password."""
    accounts = dict.fromkeys((installer.name, identity.name))
    lines = [f'mutt "{account}" {role}\n' for account in accounts for role in roles]
    access = f"local all {','.join(roles)} peer map=mutt\nhost all {tcp_role} 127.0.0.1/32 scram-sha-256\n"
    write_whole(folder / "pg_ident.conf", "".join(lines), 0o640, group=identity.gid)
    write_whole(folder / "pg_hba.conf", access, 0o640, group=identity.gid)


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


def _run(argv: Sequence[str], identity: Identity, timeout_s: float = 30.0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        cwd="/",
        env=minimal_environ(),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
        **subprocess_account(identity),
    )
