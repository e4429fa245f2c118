"""How often each rule has won: counted by hour while decisions are stored, read for lists of rules.

A decision that is decided again (a dead letter that came back) counts again, as it stands in the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import journal_stream
from mutt_cli.adapters.queries import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
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


def add(conn: Connection, decisions: Iterable[tuple[int, Record]]) -> None:
    """Count the decisions (Unix ms, record) that a rule won, within the caller's transaction."""
    counts: dict[tuple[int, int], list[int]] = {}
    for at_ms, record in decisions:
        if record.rule_id is not None and record.stage == STAGE:
            kept = counts.setdefault((record.rule_id, at_ms - at_ms % _HOUR_MS), [0, 0])
            kept[0] += 1
            kept[1] = max(kept[1], at_ms)
    if counts:
        words = {
            "rules": [rule for rule, _ in counts],
            "hours": [hour for _, hour in counts],
            "counts": [count for count, _ in counts.values()],
            "lasts": [last for _, last in counts.values()],
        }
        conn.execute(query("matches_add"), words)


def fold(conn: Connection) -> None:
    """Make one row of the hours that are over a week old. Raises DatabaseError."""
    conn.execute(query("matches_fold"))


def read(conn: Connection, since: datetime) -> Mapping[int, Matches]:
    """By rule id: matches in whole hours since a moment, in all, and the last one."""
    found = conn.execute(query("matches_read"), {"since": since.replace(minute=0, second=0, microsecond=0)})
    return {rule_id: Matches(recent, total, last_ms) for rule_id, recent, total, last_ms in found}


def waiting(client: Client, keys: Keys) -> set[int]:
    """Rules that won an event whose record the historian has not stored yet."""
    return {
        record.rule_id
        for entry in journal_stream.scan(client, keys)
        for record in entry.records
        if record.rule_id is not None and record.stage == STAGE
    }
