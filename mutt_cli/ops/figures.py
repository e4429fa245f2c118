"""How many events come in: now, on the average, and hour by hour of a day, by the ledger's own minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from mutt_cli.core.moment import rfc3339
from mutt_cli.ops import ledger_rows
from mutt_cli.ops.questions import Questions

if TYPE_CHECKING:
    from mutt_cli.ops.backends import Backends

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 3_600_000
HOURS: Final = 24


@dataclass(frozen=True)
class Hour:
    """One hour by its first moment, and how many events were accepted in it; None if that is not known."""

    at: datetime
    accepted: int | None


@dataclass(frozen=True)
class Figures:
    """Events a minute, and of each of the last 24 hours, the running one last."""

    last_minute: float
    """Of the last whole minute."""
    quarter: float
    """On the average of the last 15 whole minutes."""
    hour: float
    """On the average of the last 60."""
    hours: tuple[Hour, ...]
    warnings: tuple[str, ...] = ()


def figures(backends: Backends, now_ms: int) -> Figures:
    """What the ledger knows. Without PostgreSQL that is the last hour alone. Raises RedisUnavailableError."""
    questions = Questions(backends)
    first_hour = now_ms - now_ms % _HOUR_MS - (HOURS - 1) * _HOUR_MS
    accepted: dict[str, int] = {}
    for minute, _source, counter, value in ledger_rows.entries(backends, questions, since_ms=first_hour):
        if counter == "accepted":
            accepted[minute] = accepted.get(minute, 0) + value
    whole = now_ms - now_ms % _MINUTE_MS

    def average(minutes: int) -> float:
        of = (rfc3339(whole - number * _MINUTE_MS)[:16] for number in range(1, minutes + 1))
        return sum(accepted.get(minute, 0) for minute in of) / minutes

    hours = tuple(_hour(first_hour + number * _HOUR_MS, accepted) for number in range(HOURS))
    known = hours if questions.answered else tuple(Hour(one.at, None) for one in hours[:-1]) + hours[-1:]
    return Figures(average(1), average(15), average(60), known, tuple(questions.warnings))


def _hour(start_ms: int, accepted: dict[str, int]) -> Hour:
    name = rfc3339(start_ms)[:13]
    total = sum(value for minute, value in accepted.items() if minute[:13] == name)
    return Hour(datetime.fromtimestamp(start_ms / 1000, tz=UTC), total)
