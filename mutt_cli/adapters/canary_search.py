"""Finds one message by its event id from the newest end of a queue, with the place by which it can be taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.dead_letter import message_id
from mutt_cli.core.message import Message

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.keys import Keys

SLICE: Final = 500
BOUND: Final = 20_000
"""Messages that are looked at; to take one out of the middle of a longer queue would stop Redis for too long."""


def find(client: Client, keys: Keys, queue: Queue, event_id: str) -> tuple[int, Message] | None:
    """Its distance from the end where messages leave (0 = next; 0 in the retry set) and the message.

    None if it is not among the newest ones, or lies too deep behind others.
    """
    key, needle = queue.key(keys), event_id.encode()
    with failures_named():
        if queue.kind == "zset":
            for count, (member, _) in enumerate(client.zscan_iter(key, count=SLICE)):
                if count >= BOUND:
                    return None
                if needle in member and message_id(element := bytes(member).partition(b"|")[2]) == event_id:
                    return 0, Message(element, bytes(member))
            return None
        length = int(client.llen(key))
        for start in range(0, min(length, BOUND), SLICE):
            found: list[Any] = client.lrange(key, start, start + SLICE - 1)
            for index, element in enumerate(found, start=start):
                if needle in element and message_id(element) == event_id:
                    place = length - 1 - index
                    return (place, Message(element)) if place <= BOUND else None
    return None
