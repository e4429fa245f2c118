"""How often each rule has won: counted by hour while decisions are stored, read for lists of rules.

A decision that is decided again (a dead letter that came back) counts again, as it stands in the history.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import journal_stream
from mutt_cli.adapters.queries import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.journal import Record
    from mutt_cli.keys import Keys

STAGE: Final = "alerter"
_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True)
class Matches:
    """What one rule has matched. `last_ms` is Unix time."""

    recent: int
    total: int
    last_ms: int


@dataclass(frozen=True)
class Wins:
    """How often each rule won at one moment, Unix ms."""

    at_ms: int
    counts: Counter[int]


def won(records: Sequence[Record]) -> Counter[int]:
    """How often each rule won."""
    return Counter(one.rule_id for one in records if one.rule_id is not None and one.stage == STAGE)


def add(conn: Connection, wins: Iterable[Wins]) -> None:
    """Count what rules won, within the caller's transaction."""
    counts: dict[int, Counter[int]] = {}
    lasts: dict[tuple[int, int], int] = {}
    for one in wins:
        hour = one.at_ms - one.at_ms % _HOUR_MS
        counts.setdefault(hour, Counter()).update(one.counts)
        for rule_id in one.counts:
            lasts[rule_id, hour] = max(one.at_ms, lasts.get((rule_id, hour), 0))
    if lasts:
        words = {
            "rules": [rule_id for rule_id, _ in lasts],
            "hours": [hour for _, hour in lasts],
            "counts": [counts[hour][rule_id] for rule_id, hour in lasts],
            "lasts": list(lasts.values()),
        }
        conn.execute(query("matches_add"), words)


def fold(conn: Connection) -> None:
    """Make one row of the hours that are over a week old. Raises DatabaseError."""
    conn.execute(query("matches_fold"))


def read(conn: Connection, since: datetime, ids: Sequence[int] | None = None) -> Mapping[int, Matches]:
    """By rule id: matches in whole hours since a moment, in all, and the last one. Of these rules, or of all."""
    words = {"since": since.replace(minute=0, second=0, microsecond=0), "ids": None if ids is None else list(ids)}
    found = conn.execute(query("matches_read"), words)
    return {rule_id: Matches(recent, total, last_ms) for rule_id, recent, total, last_ms in found}


def waiting(client: Client, keys: Keys) -> set[int]:
    """Rules that won an event whose record the historian has not stored yet."""
    return {
        record.rule_id
        for entry in journal_stream.scan(client, keys)
        for record in entry.records
        if record.rule_id is not None and record.stage == STAGE
    }
