"""What is known of ids that are missing, or there too often: where they are, how their way went on, what they said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import history, history_ends, journal_stream, ledger
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.core import pipeline
from mutt_cli.core.ledger_repair import Copy
from mutt_cli.core.reconciliation import glimpse
from mutt_cli.ops import queues

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.ops.backends import Backends

MOST: Final = 10_000
"""Events that one call sends again, and copies that it takes out: about so many."""
MOST_BYTES: Final = 64 << 20
"""Of their contents, which are held in memory."""
_AT_ONCE: Final = 100
"""Contents that one question brings."""
_RANKS: Final = (
    pipeline.OLD_EVENTS, pipeline.DLQ_ALERTER, pipeline.INGEST, pipeline.DLQ_MOOG, pipeline.ALERT, pipeline.RETRY,
)  # fmt: skip
"""How far along its way a message is; one on its way is further than one that failed there."""


@dataclass
class Evidence:
    """What is known of the ids in question."""

    last: dict[str, str] = field(default_factory=dict)
    """The last outcome of each that has a record."""
    contents: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    """What an alerter took, and when (Unix ms)."""
    copies: list[Copy] = field(default_factory=list)
    """Where they are in flight."""
    unread: set[str] = field(default_factory=set)
    """Those whose content nobody has asked for, because one call does not send so many again."""
    dead: dict[str, bytes] = field(default_factory=dict)
    """Those that lie among the dead letters."""


def gather(backends: Backends, wanted: Collection[str]) -> Evidence:
    """Look for these ids in every list, then in the stream, then in PostgreSQL: the way on which records go."""
    found = Evidence()
    if not wanted:
        return found
    found.copies = list(_copies(backends, wanted))
    dead = next(queue for queue in pipeline.QUEUES if queue.name == pipeline.DEAD)
    for element in ledger.elements(backends.redis(), backends.keys, dead):
        if (event_id := glimpse(element).event_id) in wanted:
            found.dead[event_id] = element
    for entry in journal_stream.scan(backends.redis(), backends.keys):
        for record in entry.records:
            if record.event_id in wanted:
                found.last[record.event_id] = record.outcome
                if record.payload is not None:
                    found.contents[record.event_id] = (record.payload, record.started_ms or entry.at_ms)
    try:
        conn = backends.postgres()
        found.last |= history_ends.last_outcomes(conn, [one for one in wanted if one not in found.last])
        _read_contents(conn, sorted(one for one in wanted if one in found.last and one not in found.contents), found)
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
    return found


def _read_contents(conn: Connection, ids: Sequence[str], found: Evidence) -> None:
    """What was received, of as many as one call sends again."""
    for start in range(0, len(ids), _AT_ONCE):
        if len(found.contents) >= MOST or sum(len(one) for one, _ in found.contents.values()) > MOST_BYTES:
            found.unread.update(ids[start:])
            return
        some = ids[start : start + _AT_ONCE]
        found.contents |= history.contents(conn, some)
        for record in history_ends.rejected(conn, [one for one in some if one not in found.contents]):
            if record.payload is not None:
                found.contents[record.event_id] = (record.payload, record.started_ms)


def _copies(backends: Backends, wanted: Collection[str]) -> Iterator[Copy]:
    client, keys = backends.redis(), backends.keys
    fixed = {queue.name for queue in queues.fixed()}
    for queue in pipeline.in_flow_order(sorted(ledger.workers(client, keys))):
        rank = _RANKS.index(queue.name) if queue.name in _RANKS else len(_RANKS)
        for element in ledger.elements(client, keys, queue):
            if (event_id := glimpse(element).event_id) in wanted:
                yield Copy(event_id, queue.name, rank, queue.name in fixed, element)
