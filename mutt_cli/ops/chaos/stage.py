"""Where `mutt chaos` may work: a platform of `mutt up` of this account, its parts, and the process of each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.contexts import state_dir
from mutt_cli.adapters.engines.processes import arguments, children
from mutt_cli.errors import AuthError, RefusedError
from mutt_cli.ops.platform import record
from mutt_cli.ops.platform.plan import VAULT_PORT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.ops.platform.record import Record

_PROGRAMS: Final = {"redis": "valkey-server", "db": "postgres", "vault": "bao"}
_SIMULATOR: Final = "simulator"


@dataclass(frozen=True)
class Stage:
    """A platform that is up on this folder."""

    root: Path
    record: Record

    @property
    def parts(self) -> frozenset[str]:
        """What of it `mutt up` has started: services, and the servers that are embedded."""
        vault = ("vault",) if VAULT_PORT in self.record.ports else ()
        return frozenset((*self.record.services, *self.record.sockets, *vault))

    @property
    def sends(self) -> bool:
        """Whether sample events may go in: what becomes of them goes to a simulator, and to no real Moogsoft."""
        return self.parts >= {_SIMULATOR, "ingestor"}

    def process_of(self, part: str) -> int:
        """The process of a service or server. Raises RefusedError MUTT-G058 if it is not there now."""
        for pid in children(self.record.pid):
            words = arguments(pid)
            if words and (_is_server(words, part) if part in _PROGRAMS else words[-2:] == ("daemon", part)):
                return _ours(pid)
        raise RefusedError(
            f"the platform has no process of {part} at this moment", code="MUTT-G058",
            why="something is wrong with it already", tries=("mutt doctor", "mutt logs " + part),
        )  # fmt: skip


def found(environ: Mapping[str, str], env_file: Path | None) -> Stage:
    """The platform of this account, if the command is about it. Raises RefusedError MUTT-G057 otherwise."""
    root = state_dir(environ).absolute()
    running = record.running(root)
    if running is not None and env_file is not None and Path(running.env_file).resolve() == env_file.resolve():
        return Stage(root, running)
    why = "mutt chaos breaks only what `mutt up` of this account has started: that heals, and nobody depends on it"
    tries = ("mutt chaos --context up", "mutt status") if running else ("mutt up", "mutt chaos --context up")
    raise RefusedError("this is no running platform of mutt up", code="MUTT-G057", why=why, tries=tries)


def _is_server(words: tuple[str, ...], part: str) -> bool:
    return Path(words[0]).name == _PROGRAMS[part]


def _ours(pid: int) -> int:
    try:
        os.kill(pid, 0)
    except PermissionError as error:
        raise AuthError(f"process {pid} of the platform belongs to another account") from error
    except ProcessLookupError:
        pass
    return pid
