"""A process that heals what `mutt chaos` broke when its time is over, whatever became of the command by then.

It is started before anything is broken, in a session of its own, so that neither Ctrl-C nor the end of a terminal
reaches it. Its orders come by a pipe; the command says on it when it has healed. Where nobody says so the watch waits
until the time is over: until then `mutt undo` may be quicker.
"""

from __future__ import annotations

import select
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import configuration
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.core.chaos import Image  # noqa: TC001  msgspec resolves it at run time
from mutt_cli.errors import MuttError
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.chaos import making, mark
from mutt_cli.ops.chaos.making import Doer

if TYPE_CHECKING:
    from typing import BinaryIO

_GRACE_S: Final = 3.0
"""After the command itself should have healed."""
_AGAIN_S: Final = 2.0
_TRIES: Final = 300
"""So often it is tried where a back end has to help; then `mutt undo` is left."""
_HEALED: Final = b"healed\n"


class Orders(msgspec.Struct, frozen=True):
    """What to heal, and when."""

    root: str
    env_file: str
    operation: str
    actor: str
    image: Image
    seconds: float


class Watch:
    """The process, as the command sees it."""

    def __init__(self, orders: Orders) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._say(msgspec.json.encode(orders) + b"\n")

    def dismiss(self) -> None:
        """It is healed: the watch ends without doing anything."""
        self._say(_HEALED)
        self._process.kill()
        self._process.wait()

    def _say(self, line: bytes) -> None:
        pipe = self._process.stdin
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.write(line)
                pipe.flush()


def watch(orders: Orders, told: BinaryIO) -> None:
    """Wait, and heal unless somebody else has."""
    ends = boottime_s() + orders.seconds + _GRACE_S
    if _told_in_time(told, ends):
        return
    root, by = Path(orders.root), Doer(orders.operation, orders.actor)
    for _ in range(_TRIES):
        found = mark.read(root)
        if found is None or found.operation != orders.operation:
            return
        with suppress(MuttError, OSError), Backends(configuration.load({}, Path(orders.env_file)).settings) as backends:
            making.heal(backends, orders.image, by)
            mark.remove(root, orders.operation)
            return
        select.select([], [], [], _AGAIN_S)


def _told_in_time(told: BinaryIO, ends: float) -> bool:
    """Whether the command said that it has healed. One that died says nothing more."""
    ready, _, _ = select.select([told], [], [], max(0.0, ends - boottime_s()))
    if ready and told.readline() == _HEALED:
        return True
    select.select([], [], [], max(0.0, ends - boottime_s()))
    return False


if __name__ == "__main__":
    # Unbuffered: what is read ahead would never be announced by `select`.
    with open(0, "rb", buffering=0) as given:
        line = b""
        while not line.endswith(b"\n") and (piece := given.read(1)):
            line += piece
        watch(msgspec.json.decode(line, type=Orders), given)
