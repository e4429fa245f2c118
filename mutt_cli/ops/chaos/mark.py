"""The mark on the platform's folder while something is broken: which operation did it, and what heals it.

One thing at a time: whoever finds a mark breaks nothing. It is on the disk before anything is broken and goes once it
is healed, so that a watch whose operation was healed by somebody else leaves alone what came after it.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters.files import sync_folder, write_whole
from mutt_cli.core.chaos import Image  # noqa: TC001  msgspec resolves it at run time
from mutt_cli.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME: Final = "chaos.json"


class Mark(msgspec.Struct, frozen=True):
    """What is broken now."""

    operation: str
    image: Image


def put(root: Path, mark: Mark) -> None:
    """Mark the folder, and wait until the disk has it. Raises OSError."""
    write_whole(root / NAME, msgspec.json.encode(mark), 0o600)
    sync_folder(root)


def read(root: Path) -> Mark | None:
    """The mark; None if there is none, or nothing that can be read."""
    try:
        return msgspec.json.decode((root / NAME).read_bytes(), type=Mark)
    except (OSError, msgspec.MsgspecError):
        return None


def remove(root: Path, operation: str) -> None:
    """Take the mark of this operation away; another's stays."""
    found = read(root)
    if found is not None and found.operation == operation:
        (root / NAME).unlink(missing_ok=True)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Nobody else breaks anything here meanwhile. Raises RefusedError MUTT-G059 if somebody does already."""
    descriptor = os.open(root / "chaos.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusedError(
                "another mutt chaos is at work here", code="MUTT-G059", why="one thing at a time",
                tries=("mutt op list --since 1h", "call it again when that is over"),
            ) from None  # fmt: skip
        yield
    finally:
        os.close(descriptor)
