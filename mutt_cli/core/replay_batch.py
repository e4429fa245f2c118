"""When a replay stops itself: its canary failed, or too much of it comes straight back (ux.md 4.2)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mutt_cli.core.journal import Record

Fate = tuple[Literal["well", "failed", "under way"], str]
"""What became of one event, and the word for it."""

MOST_RETURNS: Final = 0.20
"""The share of a batch that may come straight back."""
_LEAST: Final = 10
"""So many have to be sent before a share means anything."""
_WELL: Final = frozenset({"delivered", "unhandled", "deduplicated", "suppressed"})
_FAILED: Final = frozenset({"dead_lettered", "dead", "shed", "error"})


def fate(event_id: str, records: Iterable[tuple[int, Record]], since_ms: int) -> Fate:
    """What became of an event since a moment: its last end, as far as a worker (not a hand) wrote it."""
    ends = [
        (at, record)
        for at, record in records
        if record.event_id == event_id and at >= since_ms and record.stage not in {"operator", "remediation"}
        and record.outcome in _WELL | _FAILED
    ]  # fmt: skip
    if not ends:
        return "under way", ""
    record = max(ends, key=lambda one: one[0])[1]
    return ("well" if record.outcome in _WELL else "failed"), record.reason or record.outcome


def verdict_on_canary(fates: Mapping[str, Fate]) -> str | None:
    """Empty if the whole canary went well, why the rest is not sent if one failed, None while one is under way."""
    failed = Counter(word for state, word in fates.values() if state == "failed")
    if failed:
        words = ", ".join(f"{number} {word}" for word, number in failed.most_common(3))
        return f"the canary failed: {failed.total()} of {len(fates)} came back ({words})"
    return None if any(state == "under way" for state, _ in fates.values()) else ""


def canary_is_late(fates: Mapping[str, Fate], seconds: float) -> str:
    """Why the rest is not sent, if the canary has not come to its end in time."""
    late = sum(state == "under way" for state, _ in fates.values())
    return f"the canary is late: {late} of {len(fates)} have not come to their end within {seconds:g} s"


def verdict_on_returns(returned: int, sent: int) -> str:
    """Why no more is sent, if too much comes straight back; else empty."""
    if sent < _LEAST or returned <= sent * MOST_RETURNS:
        return ""
    return f"{returned} of {sent} came straight back"
