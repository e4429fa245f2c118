"""The running Python with this package, for another account: in place if readable, else through open folders.

An environment under root's 0700 home is closed to every other account, also for what a program imports later. The
launcher opens the few folders it consists of, and the program finds everything below them (see `launch`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.adapters.identity import subprocess_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.identity import Identity


@dataclass(frozen=True)
class Python:
    """How to start this Python: first words, environment, and the folders to open beforehand."""

    argv: tuple[str, ...]
    environ: Mapping[str, str]
    folders: tuple[str, ...] = ()


def for_account(identity: Identity, environ: Mapping[str, str]) -> Python:
    """How this account starts a program of this package; `environ` is the environment it will have."""
    if os.geteuid() != 0 or _can_import(identity, environ):
        return Python((sys.executable,), environ)
    return through_folders(environ)


def through_folders(environ: Mapping[str, str]) -> Python:
    """Start it through open folders: the interpreter's, the standard library's, and each place of packages."""
    # The interpreter itself: an environment's is only a link to it, and may be a link to a link.
    interpreter = Path(sys.executable).resolve()
    packages = list(dict.fromkeys(place for place in sys.path if Path(place).is_dir() and not _standard(place)))
    numbered = [f"@{number}@" for number in range(2, 2 + len(packages))]
    own = {"PYTHONHOME": "@0@", "PYTHONPATH": ":".join(numbered), "LD_LIBRARY_PATH": "@0@/lib"}
    # -S: packages come from PYTHONPATH alone, as in the environment that is left behind.
    argv = (f"@1@/{interpreter.name}", "-S")
    return Python(argv, {**environ, **own}, (sys.base_prefix, str(interpreter.parent), *packages))


def _standard(place: str) -> bool:
    library = Path(sysconfig.get_path("stdlib"))
    return Path(place) in {library, library / "lib-dynload"} or not Path(place).is_absolute()


def _can_import(identity: Identity, environ: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, "-c", "import mutt_cli.cli"],
            cwd="/",
            env=dict(environ),
            capture_output=True,
            check=False,
            timeout=60,
            **subprocess_account(identity),
        )
    except OSError:
        return False
    return bool(done.returncode == 0)
