"""The ledger, judged: everything that came in is somewhere, or the ids of what is not (D18).

Totals are read by one script, so events that flow never make them wrong; only a remainder, or a minute in which a
witness saw more than the ledger knows, starts a search for ids, and the totals are read again before it is reported.
What hands pushed and nobody has counted in yet is `waiting` and does not unbalance.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters import ledger, restore_tables
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core import reconciliation
from mutt_cli.core.ids import uuid7_ms
from mutt_cli.core.moment import unix_ms
from mutt_cli.core.pipeline import in_flow_order
from mutt_cli.ops import ledger_rows
from mutt_cli.ops.ledger_search import Found, Search, look
from mutt_cli.ops.questions import Questions

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.ledger import Reading
    from mutt_cli.core.reconciliation import Row
    from mutt_cli.ops.backends import Backends

By = Literal["minute", "source"]
_ATTEMPTS: Final = 3
"""Searches that are tried while the remainder itself still changes."""
_REREADS: Final = 5


@dataclass(frozen=True)
class Reconciliation:
    """The answer. `remainder` is what neither counters, queues, records, an acceptance nor a hand push explains."""

    reading: Reading
    remainder: int
    found: Found | None = None
    """None if the totals closed at once and no rows were asked for."""
    quarantined: int = 0
    """Refused items of batches that are kept now."""
    forgotten: Counter[str] = field(default_factory=Counter)
    """Events that were answered 200 and that the ledger does not know, per accepted minute: Redis was rolled back."""
    warnings: tuple[str, ...] = ()
    corrected: str = ""
    """The last correction by hand that this knows of; whoever corrects says so."""

    @property
    def gone(self) -> Counter[str]:
        """Of those forgotten, what is lost; the way of the others has ended, as their records say."""
        return self.found.gone if self.found else Counter()

    @property
    def balanced(self) -> bool:
        """True if nothing is missing and nothing appeared from nowhere. Messages in flight do not unbalance."""
        return self.remainder == 0

    @property
    def missing(self) -> tuple[str, ...]:
        """Ids that should be in a queue and are in none; there may be fewer names than the remainder says."""
        return self.found.missing if self.found and not self.balanced else ()

    @property
    def extra(self) -> tuple[str, ...]:
        """Ids that are there once too often."""
        return self.found.extra if self.found and not self.balanced else ()

    @property
    def names_too_many(self) -> bool:
        """More ids than the remainder: a record of some is missing (see `mutt db status`), so no id is sure."""
        net = len(self.missing) - len(self.extra)
        return net > self.remainder >= 0 or net < self.remainder <= 0

    @property
    def waiting(self) -> int:
        """Messages that were pushed by hand and that no worker has counted in yet."""
        return self.found.waiting if self.found else 0

    def rows(self, by: By, since_ms: int | None = None, until_ms: int | None = None) -> list[Row]:
        """The ledger per accepted minute or per source; messages that moved during the count blur the last ones."""
        if self.found is None:
            return []
        entries = [entry for entry in self.found.entries if _inside(entry[0], since_ms, until_ms)]
        held = {place: n for place, n in self.found.held.items() if _inside(place[0], since_ms, until_ms)}
        return reconciliation.rows(entries, held, by)


def measure(backends: Backends) -> Reading:
    """The balance of one instant. If it does not close, a worker may be new: then its list is counted too."""
    client, keys = backends.redis(), backends.keys
    workers = ledger.workers(client, keys)
    for _ in range(_REREADS):
        reading = ledger.read_balance(client, keys, in_flow_order(sorted(workers)))
        now = workers if reading.balance.balanced else ledger.workers(client, keys)
        if now <= workers:
            break
        workers |= now
    return reading


def reconcile(
    backends: Backends, witness_folder: Path, *, since_ms: int | None = None, rows: bool = False
) -> Reconciliation:
    """Judge the totals; if they do not close, name ids.

    `since_ms` bounds the search; None is a day, or as far back as a minute is off. `rows` also counts what each minute
    and source still holds. Raises RedisUnavailableError; without PostgreSQL the answer says what could not be judged.
    """
    questions = Questions(backends)
    corrected = ledger.corrected(backends.redis(), backends.keys)
    reading = measure(backends)
    said = ledger_rows.testimony(backends, questions, reading.at_ms)
    with failures_named():
        quarantined = int(backends.redis().llen(backends.keys.quarantine))
    found: Found | None = None
    for _ in range(_ATTEMPTS):
        if reading.balance.balanced and not said.forgotten:
            break
        search = Search(
            backends, questions, witness_folder, now_ms=reading.at_ms, since_ms=since_ms, testimony=said, whole=rows
        )
        found = search.run(reading.balance.remainder)
        before, reading = reading, measure(backends)
        if reading.balance.remainder == before.balance.remainder:
            break
    if reading.balance.balanced and not said.forgotten:
        found = _rows_only(backends, questions) if rows else None
        return Reconciliation(reading, 0, found, quarantined, warnings=tuple(questions.warnings), corrected=corrected)
    _tell_of_a_restore(questions, found, forgotten=bool(said.forgotten))
    waiting, gone = (found.waiting, found.gone.total()) if found else (0, 0)
    return Reconciliation(
        reading, reading.balance.remainder + waiting + gone, found, quarantined, said.forgotten,
        tuple(questions.warnings), corrected,
    )  # fmt: skip


def _tell_of_a_restore(questions: Questions, found: Found | None, *, forgotten: bool) -> None:
    """What was accepted between a backup and its restore is missing, whatever became of it then."""
    came = [uuid7_ms(one) or 0 for one in found.missing] if found else []
    last = questions.ask(restore_tables.last, None) if came or forgotten else None
    if last is not None and (forgotten or min(came) <= last[1].timestamp() * 1000):
        operation, at, kept = last
        questions.warn(
            f"a backup was put back at {at:%Y-%m-%d %H:%M:%SZ} ({operation}): what came after that backup counts as"
            f" missing, also where it was delivered then; what was there is in {kept}; --accept closes it"
        )


def _rows_only(backends: Backends, questions: Questions) -> Found:
    seen = look(backends)
    return Found((), (), seen.waiting, ledger_rows.entries(backends, questions), seen.places)


def _inside(minute: str, since_ms: int | None, until_ms: int | None) -> bool:
    at = unix_ms(f"{minute}:00Z")
    if at is None:
        return since_ms is None and until_ms is None
    return (since_ms is None or at > since_ms - 60_000) and (until_ms is None or at <= until_ms)
