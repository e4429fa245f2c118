"""Accepting what the ledger cannot explain, with a reason: a correction in the books that undo takes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import ledger
from mutt_cli.adapters.clock import IdSource
from mutt_cli.core import journal, reconciliation
from mutt_cli.core.moment import rfc3339
from mutt_cli.errors import RefusedError
from mutt_cli.ops import slices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.ledger import Entry
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.reconcile import Reconciliation


@dataclass(frozen=True)
class Booking:
    """What is about to be written: ledger entries, and the ids whose way it ends."""

    ledger: tuple[Entry, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]

    def as_mapping(self) -> dict[str, Any]:
        """For the operations journal: all that undo needs."""
        return {"ledger": list(self.ledger), "missing": list(self.missing), "extra": list(self.extra)}


@dataclass(frozen=True)
class Accepted:
    """A correction that was written: its id in the journal, the amount, how many of it had a name, its operation."""

    uid: str
    amount: int
    named: int
    operation: str = ""


def booking(result: Reconciliation) -> Booking:
    """What accepting the remainder that `result` shows would write.

    What the ledger had forgotten is counted as accepted again, and as accounted for: lost or not, its queues are gone.
    If more ids are listed than are missing, only the amount is booked: an id that is not lost must not be called so.
    """
    missing, extra = ((), ()) if result.names_too_many else (result.missing, result.extra)
    found = reconciliation.rows(result.found.entries, result.found.held) if result.found else []
    minute_now = rfc3339(result.reading.at_ms)[:16]
    entries = reconciliation.correction(missing, extra, result.remainder, found, minute_now)
    return Booking((*entries, *reconciliation.relearned(result.forgotten, result.gone)), missing, extra)


def accept(
    backends: Backends, result: Reconciliation, booked: Booking, *, reason: str, actor: str, operation: str = ""
) -> Accepted:
    """Write the correction, and the ids with the reason into the journal, in one step.

    Raises RefusedError MUTT-G018 if somebody corrected the ledger in between.
    """
    uid = IdSource().new()
    records = [record(one, "accounted", reason, actor, operation) for one in booked.missing]
    records += [record(one, "injected", reason, actor, operation) for one in booked.extra]
    write(
        backends, booked.ledger, records, uid=uid, seen=result.reading.balance.accounted, after=result.corrected,
        operation=operation,
    )  # fmt: skip
    if operation:
        slices.forget(backends, operation)
    return Accepted(uid, result.remainder, len(records), operation)


def write(
    backends: Backends,
    entries: Sequence[Entry],
    records: Sequence[journal.Record],
    *,
    uid: str,
    seen: int,
    after: str,
    operation: str,
) -> None:
    """One correction, if nobody made another since. Raises RefusedError MUTT-G018."""
    done = ledger.accept(
        backends.redis(), backends.keys, uid=uid, seen=seen, ledger=entries, journal=journal.pack(records),
        after=after, operation=operation,
    )  # fmt: skip
    if not done:
        raise RefusedError(
            "somebody else corrected the ledger in between; nothing was changed", code="MUTT-G018",
            tries=("mutt reconcile",),
        )  # fmt: skip


def record(event_id: str, outcome: str, reason: str, actor: str, operation: str) -> journal.Record:
    """What the event's story says of it."""
    return journal.Record(event_id, "", "operator", outcome, reason, pod=actor, operation_id=operation)
