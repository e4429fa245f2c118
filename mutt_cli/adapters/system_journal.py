"""MUTT's lines in the systemd journal, by `journalctl -o json`: newest first, oldest first, or as they come.

Records are read from a pipe one at a time; journalctl ends when nobody wants more. All text of a message is asked for
(`--all`): without that journalctl leaves out what is longer than 4,096 bytes.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

from mutt_cli.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RUNNING: Final = Path("/run/systemd/system")
_NOT_ALLOWED: Final = ("insufficient permissions", "not seeing messages from other users")
_ASK_S: Final = 5.0


@dataclass(frozen=True)
class SystemJournal:
    """The journal of this host, for these units. `where` are journalctl's own words for another journal."""

    units: tuple[str, ...]
    where: tuple[str, ...] = ()

    def holds_any(self) -> bool:
        """Whether there is at least one line of these units.

        Raises AuthError MUTT-D410 if this account may not read the journal: an empty answer would look like silence.
        """
        try:
            argv = self._argv("--lines=1", quiet=False)
            done = subprocess.run(argv, capture_output=True, check=False, timeout=_ASK_S, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired):
            return False
        found = any(line.startswith(b"{") for line in done.stdout.splitlines())
        if not found and any(words in done.stderr.decode("utf-8", "replace") for words in _NOT_ALLOWED):
            raise AuthError(
                "this account may not read the journal of MUTT's units",
                code="MUTT-D410",
                why="journald shows the lines of a system service to root and to the group systemd-journal alone",
                tries=("sudo mutt logs ...", "usermod -aG systemd-journal NAME   (then log in again)"),
            )
        return found

    def backward(self, since_ms: int | None = None, until_ms: int | None = None) -> Iterator[bytes]:
        """Records in JSON, newest first."""
        return self._records("--reverse", *_between(since_ms, until_ms))

    def forward(self, since_ms: int | None = None, until_ms: int | None = None) -> Iterator[bytes]:
        """Records in JSON, oldest first."""
        return self._records(*_between(since_ms, until_ms))

    def follow(self, since_ms: int) -> subprocess.Popen[bytes]:
        """A running journalctl that writes each record since then, as it comes, to its stdout; the caller ends it."""
        return self._started("--follow", "--lines=all", f"--since=@{since_ms // 1000}")

    def _records(self, *words: str) -> Iterator[bytes]:
        process = self._started(*words)
        try:
            yield from cast("IO[bytes]", process.stdout)
        finally:
            end(process)

    def _started(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._argv(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def _argv(self, *words: str, quiet: bool = True) -> Sequence[str]:
        """`--quiet` would also keep back that this account sees not everything."""
        units = (f"--unit={unit}.service" for unit in self.units)
        program = shutil.which("journalctl") or "journalctl"
        told = ("--quiet",) if quiet else ()
        return [program, *self.where, "--output=json", "--all", "--no-pager", *told, *units, *words]


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a journalctl and wait for it."""
    process.terminate()
    with contextlib.suppress(OSError):
        cast("IO[bytes]", process.stdout).close()
    process.wait()


def available(running: Path = _RUNNING) -> bool:
    """Whether systemd runs this machine and its journal can be asked."""
    return running.exists() and shutil.which("journalctl") is not None


def _between(since_ms: int | None, until_ms: int | None) -> list[str]:
    """A line may be a little older than its record; the reader judges by the line's own time."""
    words = []
    if since_ms is not None:
        words.append(f"--since=@{since_ms // 1000}")
    if until_ms is not None:
        words.append(f"--until=@{until_ms // 1000 + 11}")
    return words
