"""The journal record: what one step did to one event, and how a batch of records is packed into a stream entry.

A record is written inside the same script as the transition it describes (D17). One stream entry holds the
records of one call, under that call's id (`uid`): the historian stores an entry once, by its uid, because stream
ids can repeat after a failover. Entries carry `at`, the Redis time of the step in Unix milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STAGES: Final = ("alerter", "forwarder", "remediation", "janitor", "operator")
OUTCOMES: Final = (
    "alerted", "unhandled", "deduplicated", "suppressed", "shed", "error",     # the alerter's decision
    "delivered", "retry", "dead_lettered", "returned",                         # one delivery step
    "replayed", "dead", "moved", "purged", "injected", "generated",            # remediation, janitor, operators
    "accounted",                                                               # an operator accepted that it is lost
)  # fmt: skip


class Record(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One step in one event's life. Times are Unix milliseconds; empty text and None mean "does not apply"."""

    event_id: str
    correlation_id: str
    stage: str
    outcome: str
    reason: str = ""
    queue: str = ""
    """Short name of the queue where the message went, empty if its way ends here."""
    pod: str = ""
    received_ms: int = 0
    """When the ingestor accepted the event."""
    source: str = ""
    """Ingest key or listener that brought the event: the ledger's source."""
    # The give-back script packs the nine fields above by hand (lua/give_back.lua): keep their order.
    started_ms: int = 0
    """When this step began, by the worker's clock."""
    duration_us: int = 0
    """How long this step took, in microseconds."""
    attempt: int = 0
    hostname: str = ""
    sender: str = ""
    """Network address of the sender."""
    ingestor: str = ""
    """Instance of the ingestor that accepted the event."""
    severity: str = ""
    rule_id: int | None = None
    rule_version: int | None = None
    rule_name: str = ""
    response_code: int | None = None
    operation_id: str = ""
    parent_id: str = ""
    """Of a deduplicated event: the event whose alert stands for it."""
    payload: bytes | None = None
    """The element as it was received, for the raw payload table; only in the alerter's record."""


def storable(text: str) -> str:
    """Text from outside as a record takes it: bounded, and NUL, which PostgreSQL refuses, made visible.

    Every stage that writes a host's or a sender's words into a record passes them through here: a row that the
    database refuses is missing from the event's story.
    """
    return text[:255].replace("\x00", "\N{REPLACEMENT CHARACTER}")


@dataclass(frozen=True)
class Entry:
    """One stream entry, unpacked."""

    uid: str
    at_ms: int
    records: Sequence[Record]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Record]).decode


def pack(records: Sequence[Record]) -> bytes:
    """The `data` field of a stream entry."""
    return _encode(records)


def unpack_records(data: bytes) -> list[Record]:
    """Records that were packed; none if these bytes are something else."""
    try:
        return _decode(data)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return []


def unpack(fields: Mapping[bytes, bytes]) -> Entry:
    """A stream entry from its fields (`uid`, `at`, `data`). Raises ValueError if it is no journal entry."""
    try:
        return Entry(fields[b"uid"].decode(), int(fields[b"at"]), _decode(fields[b"data"]))
    except (KeyError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"not a journal entry: {error}") from error
