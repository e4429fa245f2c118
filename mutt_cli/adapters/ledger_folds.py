"""Closed minutes of the ledger on their way from Redis to PostgreSQL, each counted once whatever crashes.

Three steps: `begin` sets fields aside in Redis under a uid, `store` adds them to `ledger_minutes` and notes the uid in
one transaction, `end` forgets what was set aside. Each may be repeated. Redis remembers its last fold, so that folds
which a rollback of Redis has undone there are taken out of PostgreSQL with the next one, and left out by readers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import scripts
from mutt_cli.adapters.ledger import SLICE, entry_of
from mutt_cli.adapters.postgres import ended_if_still, read_only
from mutt_cli.adapters.queries import query
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.ledger import IN, OUT
from mutt_cli.core.moment import rfc3339, unix_ms

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.ledger import Entry
    from mutt_cli.keys import Keys

MOST: Final = 2000
"""Fields of one fold."""
_ABOUT: Final = (b"uid", b"prev")
_TIMEOUT_MS: Final = 60_000


@dataclass(frozen=True)
class Fold:
    """What Redis says: the fold that is under way (`uid` empty: none), and the last one it remembers (or empty)."""

    uid: str
    prev: str
    entries: tuple[Entry, ...]

    @property
    def mark(self) -> tuple[str, str]:
        """Changes when a fold begins or ends."""
        return (self.uid, self.prev)


def state(client: Client, keys: Keys) -> Fold:
    """The fold that is under way and the one before it, of one instant."""
    pipeline = client.pipeline(transaction=True)
    pipeline.hgetall(keys.ledger_folding)
    pipeline.get(keys.ledger_folded)
    with failures_named():
        aside, last = pipeline.execute()
    entries = [entry_of(field, value) for field, value in aside.items() if field not in _ABOUT]
    uid, prev = aside.get(b"uid", b""), aside.get(b"prev", b"") if aside else last or b""
    return Fold(uid.decode("utf-8", "replace"), prev.decode("utf-8", "replace"), tuple(one for one in entries if one))


def begin(client: Client, keys: Keys, uid: str, before: str) -> bool:
    """Set fields of accepted minutes before `before` aside, unless an earlier fold is under way; True if any were."""
    fields: list[bytes] = []
    with failures_named():
        for field, value in client.hscan_iter(keys.ledger_minutes, count=SLICE):
            if _folds(field, value, before):
                fields.append(field)
            if len(fields) == MOST:
                break
    if not fields:
        return False
    names = [keys.ledger_minutes, keys.ledger_folding, keys.ledger_folded]
    return bool(scripts.call(client, "fold", names, [uid, *fields]) == b"OK")


def _folds(field: bytes, value: bytes, before: str) -> bool:
    """Whether a column would take it; what a hand wrote otherwise stays where it is."""
    entry = entry_of(field, value)
    if entry is None or entry[0] >= before or b"\x00" in field:
        return False
    ms = unix_ms(f"{entry[0]}:00Z")
    return ms is not None and rfc3339(ms)[:16] == entry[0] and "|".join(entry[:3]).encode() == field


def store(conn: Connection, lane: str, fold: Fold) -> bool:
    """Add the fold that is under way, once; False if it is stored already. Raises DatabaseError: repeat the call."""
    words = _columns(fold.entries) | {"lane": lane, "uid": fold.uid, "base": fold.prev or None}
    with conn.transaction():
        conn.execute(query("commit_durably"))
        ended_if_still(conn)
        if conn.execute(query("fold_note"), words).fetchone() is None:
            return False
        conn.execute(query("fold_orphan"), words)
        conn.execute(query("fold_add"), words)
        conn.execute(query("fold_forget"), words)
    return True


def _columns(entries: Sequence[Entry]) -> dict[str, Any]:
    return {
        "minutes": [f"{minute}:00Z" for minute, *_ in entries],
        "sources": [source for _, source, _, _ in entries],
        "counters": [counter for _, _, counter, _ in entries],
        "amounts": [amount for *_, amount in entries],
    }


def end(client: Client, keys: Keys, uid: str) -> bool:
    """Forget what was set aside for this fold, which is stored. False: it is another's, or nothing is."""
    return bool(scripts.call(client, "fold_end", [keys.ledger_folding, keys.ledger_folded], [uid]) == b"OK")


def read(
    conn: Connection, lane: str, fold: Fold, *, since_ms: int = 0, open_and: Collection[str] | None = None,
) -> list[Entry]:  # fmt: skip
    """The stored counters of the folds that Redis remembers, and those under way, each once.

    `open_and`: only minutes whose counters do not close by themselves, and these minutes. Raises DatabaseError.
    """
    words = {
        "lane": lane,
        "since": datetime.fromtimestamp(since_ms / 1000, tz=UTC),
        "incoming": list(IN),
        "outgoing": [*OUT, "accounted"],
        "whole": open_and is None,
        "minutes": [f"{one}:00Z" for one in open_and or () if unix_ms(f"{one}:00Z") is not None],
    }
    with read_only(conn, timeout_ms=_TIMEOUT_MS):
        stored = bool(fold.uid) and conn.execute(query("fold_known"), {"uid": fold.uid}).fetchone() is not None
        words["base"] = (fold.uid if stored else fold.prev) or None
        found = conn.execute(query("ledger_folded"), words).fetchall()
    return [*[(minute, source, counter, value) for minute, source, counter, value in found],
            *(() if stored else fold.entries)]  # fmt: skip
