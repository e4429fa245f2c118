"""What the history does not keep any longer: shown, and deleted now instead of at the historian's next round.

What is kept is the historian's to say: another host has other settings and another disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mutt_cli.adapters import history_partitions, host, kept_history
from mutt_cli.adapters.postgres import read_only
from mutt_cli.core import partitions
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.partitions import Partition, Stale
    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Settings


@dataclass(frozen=True)
class Policy:
    """What is kept: days of decisions and of payloads, and bytes (0 = no limit)."""

    days: int
    raw_days: int
    max_bytes: int
    judge: str = ""
    """The historian that says so; empty: the settings of this host."""
    notes: tuple[str, ...] = ()
    """What is to be known before anything is deleted by it."""


@dataclass(frozen=True)
class Doomed:
    """What the policy does not keep: whole days, and rows outside of them."""

    policy: Policy
    partitions: tuple[Partition, ...]
    stale: tuple[tuple[Stale, int], ...]
    """Only tables that have such rows, with their number."""
    kept_bytes: int
    """What the history takes afterwards."""

    @property
    def size(self) -> int:
        """Bytes of the whole days."""
        return sum(one.size_bytes for one in self.partitions)

    @property
    def rows(self) -> int:
        """Rows outside of them."""
        return sum(rows for _, rows in self.stale)

    @property
    def nothing(self) -> bool:
        """Whether everything is kept."""
        return not self.partitions and not self.rows


def policy(settings: Settings, state: Path) -> Policy:
    """What a historian keeps. HISTORY_MAX_BYTES 0 is a fifth of the free space, if PostgreSQL is on its host (D17)."""
    history = settings.history
    fifth = host.free_bytes(state) // 5 if host.is_here(settings.postgres.host) else 0
    return Policy(history.days, history.raw_days, history.max_bytes or fifth)


def in_force(backends: Backends) -> Policy:
    """What the leading historian keeps; where none has said it, what the settings say, and never by the disk here."""
    own, why = backends.settings.history, "no historian has said what it keeps"
    try:
        said = kept_history.told(backends.redis(), backends.keys)
    except MuttError as error:
        said, why = None, f"what the historian keeps is not known ({error.message})"
    if said is None:
        by = "by age and HISTORY_MAX_BYTES" if own.max_bytes else "by age alone"
        return Policy(own.days, own.raw_days, own.max_bytes, notes=(f"{why}: judged {by}, as set on this host",))
    pairs = {
        "HISTORY_DAYS": (own.days, said.days), "HISTORY_RAW_DAYS": (own.raw_days, said.raw_days),
        "HISTORY_MAX_BYTES": (own.max_bytes or said.max_bytes, said.max_bytes),
    }  # fmt: skip
    notes = tuple(
        f"{name} is {here} on this host, and the historian keeps to {its}: it reads that when it starts"
        for name, (here, its) in pairs.items()
        if here != its
    )
    return Policy(said.days, said.raw_days, said.max_bytes, f"{said.pod} on {said.host}", notes)


def doomed(conn: Connection, kept: Policy, today: date) -> Doomed:
    """What would be deleted at this moment. Raises DatabaseError."""
    with read_only(conn):
        there = history_partitions.existing(conn)
        gone = partitions.to_drop(there, today, days=kept.days, raw_days=kept.raw_days, max_bytes=kept.max_bytes)
        stale = [
            (one, history_partitions.count_stale(conn, one))
            for one in partitions.stale_rows(today, days=kept.days, raw_days=kept.raw_days)
        ]
    names = {one.name for one in gone}
    left = sum(one.size_bytes for one in there if one.name not in names)
    return Doomed(kept, tuple(gone), tuple((one, rows) for one, rows in stale if rows), left)


def delete(conn: Connection, plan: Doomed) -> Iterator[tuple[str, int]]:
    """Delete it: a day, or a batch of rows, in each transaction; gives the table and the number of rows (0 for a day).

    What was deleted before an error or a kill stays deleted; calling `doomed` and this again goes on with the rest.
    """
    for one in plan.partitions:
        history_partitions.drop(conn, one)
        yield one.name, 0
    for stale, _ in plan.stale:
        while deleted := history_partitions.delete_batch(conn, stale):
            yield stale.table, deleted
