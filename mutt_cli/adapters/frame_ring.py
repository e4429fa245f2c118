"""The frames of the last two hours that a deployment keeps of itself in Redis, so that curves are full at once.

One list, the newest left, bounded by number and by bytes. Whoever takes the turn writes one: of many processes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.top.recording import Unreadable, packed, unpacked

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.top.frame import Frame
    from mutt_cli.keys import Keys

SPAN_S: Final = 7_200
MOST_BYTES: Final = 2 << 20
"""Of all of them together; a deployment with many queues and services has larger frames, and keeps fewer."""


def take_turn(client: Client, keys: Keys, interval_s: int) -> bool:
    """Whether this process is the one that writes now; nobody else is for almost the whole interval."""
    with failures_named():
        return bool(client.set(keys.frames_turn, 1, nx=True, px=max(1, interval_s * 1000 - 500)))


def append(client: Client, keys: Keys, frame: Frame, interval_s: int) -> None:
    """Keep one more frame, and no more than two hours and two MiB of them."""
    data = packed(frame)
    most = max(1, min(SPAN_S // max(1, interval_s), MOST_BYTES // max(1, len(data))))
    with failures_named():
        pipeline = client.pipeline(transaction=True)
        pipeline.lpush(keys.frames, data)
        pipeline.ltrim(keys.frames, 0, most - 1)
        pipeline.expire(keys.frames, 2 * SPAN_S)
        pipeline.execute()


def read(client: Client, keys: Keys, newest: int = SPAN_S) -> list[Frame]:
    """The frames that are kept, oldest first, at most so many of the newest; what cannot be read is left out."""
    with failures_named():
        stored: list[Any] = client.lrange(keys.frames, 0, newest - 1)
    found = (unpacked(one) for one in reversed(stored))
    return [one for one in found if not isinstance(one, Unreadable)]
