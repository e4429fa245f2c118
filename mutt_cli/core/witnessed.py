"""What the ingestors' witnesses say against the ledger: a minute in which more was accepted than Redis remembers.

A failover or a rollback takes queues and counters back together, so the ledger alone closes. The witness stands
outside and shows what it forgot. Not all of that is lost: what was decided and delivered before has its records in
PostgreSQL, and only the ledger is behind. A ledger that is ahead of its witness (a process died between enqueue and
note, or a total is still to be published) says nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from mutt_cli.core import unhandled
from mutt_cli.core.enrich import HAND

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

NO_INGESTOR: Final = frozenset({HAND, unhandled.SOURCE})
"""Ledger sources of messages that no ingestor has accepted: they have no witness."""


def forgotten(witnessed: Mapping[str, int], accepted: Mapping[str, int]) -> Counter[str]:
    """Events per minute that the ledger does not know. The witness must have been read before the ledger."""
    return Counter({
        minute: number - accepted.get(minute, 0)
        for minute, number in witnessed.items()
        if number > accepted.get(minute, 0)
    })  # fmt: skip


def gone(
    missing: Mapping[str, int], witnessed: Mapping[str, int], known: Mapping[str, Collection[str]]
) -> Counter[str]:
    """Events per minute that are lost among those forgotten (`missing`).

    `known`: ids accepted in each minute that wait in a queue or whose way has ended according to any record.
    """
    return Counter({
        minute: lost
        for minute, number in missing.items()
        if (lost := min(number, witnessed[minute] - len(known.get(minute, ())))) > 0
    })  # fmt: skip
