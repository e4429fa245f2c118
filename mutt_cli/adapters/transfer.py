"""Takes picked messages out of a queue, slice by slice, each slice once however often it is repeated."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core import journal
from mutt_cli.core.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.transfer import Arrival, Transfer
    from mutt_cli.keys import Keys

SLICE: Final = 100
"""Most messages of a slice (architecture.md section 3)."""


@dataclass(frozen=True)
class Pick:
    """One message and what becomes of it. `place` is its distance from the end where messages leave, 0 = next."""

    place: int
    message: Message
    transfer: Transfer


def page(client: Client, keys: Keys, queue: Queue, skip: int, count: int) -> list[Message]:
    """Up to `count` messages of a queue, those that leave first first, without the `skip` first ones."""
    key = queue.key(keys)
    with failures_named():
        if queue.kind == "zset":
            members = client.zrange(key, skip, skip + count - 1)
            return [Message(one.partition(b"|")[2], one) for one in members if isinstance(one, bytes)]
        found = client.lrange(key, -(skip + count), -(skip + 1))
    return [Message(one) for one in reversed(found) if isinstance(one, bytes)]


def carry_out(
    client: Client,
    keys: Keys,
    picks: Sequence[Pick],
    *,
    operation: str,
    number: int,
    source: Queue,
    targets: Mapping[str, str],
    uid: str,
) -> int | Literal["already", "changed"]:
    """Carry out slice `number` (from 1) of an operation: how many are left in the queue, or why nothing was done.

    `targets` are keys by short name. `picks` stand in the order of their places. Repeating a call is harmless.
    """
    names = [keys.operations, source.key(keys), keys.journal, keys.ledger, keys.ledger_minutes]
    wanted = sorted({pick.transfer.target for pick in picks if pick.transfer.target})
    indexes = {name: len(names) + 1 + place for place, name in enumerate(wanted)}
    names += [targets[name] for name in wanted]
    texts: list[bytes] = []
    plan = {
        "picks": [_planned(pick, indexes, texts) for pick in picks],
        "ledger": [entry for pick in picks for entry in pick.transfer.ledger],
    }
    packed = journal.pack([pick.transfer.record for pick in picks])
    arguments: list[Any] = [operation, number, uid, msgspec.msgpack.encode(plan), packed, *texts]
    answer = scripts.call(client, "transfer", names, arguments)
    if answer[0] == b"OK":
        return int(answer[1])
    return "already" if answer[0] == b"ALREADY" else "changed"


def overtake(client: Client, keys: Keys, operation: str) -> int:
    """Use up the number of the next slice: a call that is still on its way with it does nothing, and can see why.

    Returns the number after it, which nobody uses: by that whoever made the call knows that it was not theirs.
    """
    with failures_named():
        return int(client.hincrby(keys.operations, operation, 2))


def last_slice(client: Client, keys: Keys, operation: str) -> int:
    """The number of the last slice that was carried out; 0 if none was, or the operation was forgotten."""
    with failures_named():
        found = client.hget(keys.operations, operation)
    return int(found) if isinstance(found, bytes) and found.isdigit() else 0


def _planned(pick: Pick, indexes: Mapping[str, int], texts: list[bytes]) -> tuple[int, str, int, int]:
    place, digest = pick.place, ""
    if pick.message.member:
        texts.append(pick.message.member)
        place = 5 + len(texts)
    else:
        digest = hashlib.sha1(pick.message.element, usedforsecurity=False).hexdigest()
    form = 0
    if pick.transfer.replacement:
        texts.append(pick.transfer.replacement)
        form = 5 + len(texts)
    return place, digest, indexes.get(pick.transfer.target, -1), form


def put(
    client: Client, keys: Keys, arrivals: Sequence[Arrival], *, operation: str, number: int, target: str, uid: str
) -> bool:
    """Put slice `number` of messages from a file into the list with this key; False if that was done already."""
    names = [keys.operations, target, keys.journal, keys.ledger, keys.ledger_minutes]
    ledger = [entry for one in arrivals for entry in one.ledger]
    packed = journal.pack([one.record for one in arrivals])
    arguments: list[Any] = [operation, number, uid, msgspec.msgpack.encode(ledger), packed]
    answer = scripts.call(client, "put", names, [*arguments, *(one.element for one in arrivals)])
    return bool(answer[0] == b"OK")
