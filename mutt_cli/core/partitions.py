"""Which daily partitions of the history have to be made and which may go. Days are UTC.

`event_history` and `event_payloads` are partitioned by the time of the record; `journal_done` by its uid, a UUIDv7,
which begins with its time. Payloads go first when space runs out; today's partitions never go.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

HISTORY: Final = "event_history"
PAYLOADS: Final = "event_payloads"
DONE: Final = "journal_done"
TABLES: Final = (HISTORY, PAYLOADS, DONE)
DAYS_AHEAD: Final = 3
"""Partitions are made this many days ahead, so that a historian that is away over a weekend finds them."""


@dataclass(frozen=True, order=True)
class Partition:
    """One day of one table; `size_bytes` with its indexes, 0 if it does not exist yet."""

    day: date
    table: str
    size_bytes: int = 0

    @property
    def name(self) -> str:
        """Its table name: `event_history_p20261123`."""
        return f"{self.table}_p{self.day:%Y%m%d}"

    @property
    def key(self) -> str:
        """The column that decides which rows belong here."""
        return key_of(self.table)

    @property
    def bounds(self) -> tuple[str, str]:
        """First key inside and first key after, as SQL literals without quotes."""
        return self._bound(self.day), self._bound(self.day + timedelta(days=1))

    def _bound(self, day: date) -> str:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if self.table != DONE:
            return f"{midnight:%Y-%m-%d %H:%M:%S}+00"
        digits = f"{int(midnight.timestamp()) * 1000:012x}"
        return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"


def key_of(table: str) -> str:
    """The column of one of TABLES that decides to which day a row belongs."""
    return "uid" if table == DONE else "recorded_at"


def parse(name: str, size_bytes: int = 0) -> Partition | None:
    """The partition a table name stands for, or None if it is none of ours (DEFAULT, or made by hand)."""
    table, separator, digits = name.rpartition("_p")
    if not separator or table not in TABLES or len(digits) != 8 or not digits.isascii() or not digits.isdigit():
        return None
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return Partition(day, table, size_bytes)


def missing(existing: Collection[Partition], today: date, ahead: int = DAYS_AHEAD) -> list[Partition]:
    """The partitions from `today` to `ahead` days later that do not exist, earliest first."""
    there = {partition.name for partition in existing}
    wanted = (Partition(today + timedelta(days=n), table) for n in range(ahead + 1) for table in TABLES)
    return [partition for partition in wanted if partition.name not in there]


def of_row(table: str, key: str) -> Partition | None:
    """The partition for a row with this key as `COPY` writes it in UTC; None for one that only DEFAULT can take."""
    try:
        if table == DONE:
            at = datetime.fromtimestamp(int(key[:8] + key[9:13], 16) / 1000, UTC)
            return Partition(at.date(), table)
        return Partition(date.fromisoformat(key[:10]), table) if key[10:11] == " " else None
    except (ValueError, OverflowError, OSError):
        return None


def first_kept_day(table: str, today: date, *, days: int, raw_days: int) -> date:
    """The oldest day of `table` that retention keeps; payloads never outlive the decisions about them."""
    kept = min(days, raw_days) if table == PAYLOADS else days
    return today - timedelta(days=max(kept, 0))


@dataclass(frozen=True)
class Stale:
    """Rows outside the partitions that retention does not keep: those of `table` whose `column` lies before."""

    table: str
    column: str
    before: str
    """A moment, as a SQL literal without quotes."""


def stale_rows(today: date, *, days: int, raw_days: int) -> tuple[Stale, ...]:
    """What is too old in DEFAULT and among the rejects."""
    firsts = {table: first_kept_day(table, today, days=days, raw_days=raw_days) for table in TABLES}
    found = [
        Stale(f"{table}_default", "recorded_at", Partition(day, HISTORY).bounds[0]) for table, day in firsts.items()
    ]
    return (*found, Stale("event_history_rejects", "rejected_at", Partition(firsts[HISTORY], HISTORY).bounds[0]))


def to_drop(
    existing: Collection[Partition], today: date, *, days: int, raw_days: int, max_bytes: int = 0
) -> list[Partition]:
    """The partitions beyond their age, then the oldest ones (payloads first) until the rest fits in `max_bytes`.

    `max_bytes` 0 means no limit. What age alone removes counts as removed before the space is judged.
    """
    expired = [p for p in existing if p.day < first_kept_day(p.table, today, days=days, raw_days=raw_days)]
    kept = sorted(set(existing) - set(expired))
    if not max_bytes:
        return sorted(expired)
    excess = sum(p.size_bytes for p in kept) - max_bytes
    candidates = [p for table in (PAYLOADS, HISTORY) for p in kept if p.table == table and p.day < today]
    squeezed = []
    for partition in candidates:
        if excess <= 0:
            break
        squeezed.append(partition)
        excess -= partition.size_bytes
    return sorted(expired) + squeezed
