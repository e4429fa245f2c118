"""The ledger per minute wherever it lies: young minutes in Redis, closed ones folded into PostgreSQL.

Both are read as of one state of folding, so that no counter is met twice or not at all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import ledger, ledger_folds, witness_totals
from mutt_cli.core import witnessed
from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from mutt_cli.adapters.ledger_folds import Fold
    from mutt_cli.core.ledger import Entry
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.questions import Questions

_REREADS: Final = 5
YOUNG_MS: Final = 3_500_000
"""Minutes younger than this are in Redis for certain: folding takes those of an hour ago."""


def entries(
    backends: Backends, questions: Questions, *, since_ms: int = 0, open_and: Iterable[str] | None = None,
) -> tuple[Entry, ...]:  # fmt: skip
    """Counters per minute and source, as `ledger_folds.read` bounds the folded ones; those in Redis are all there.

    Without PostgreSQL only what Redis holds, with a warning.
    """
    client, keys = backends.redis(), backends.keys
    asked = None if open_and is None else frozenset(open_and)
    for _ in range(_REREADS):
        fold = ledger_folds.state(client, keys)
        fresh = list(ledger.minutes(client, keys))
        wanted = None if asked is None else asked | {minute for minute, *_ in fresh}
        stored = _stored(backends, questions, fold, since_ms, wanted)
        if ledger_folds.state(client, keys).mark == fold.mark:
            break
    return (*fresh, *stored)


def _stored(
    backends: Backends, questions: Questions, fold: Fold, since_ms: int, wanted: Collection[str] | None
) -> list[Entry]:
    lane = backends.keys.tag
    return questions.ask(
        lambda conn: ledger_folds.read(conn, lane, fold, since_ms=since_ms, open_and=wanted), list(fold.entries)
    )


@dataclass(frozen=True)
class Testimony:
    """What the witnesses say: accepted events per minute, and those of them that the ledger does not know."""

    witnessed: Counter[str]
    forgotten: Counter[str]


def testimony(backends: Backends, questions: Questions, now_ms: int) -> Testimony:
    """Compare the witnesses with the ledger. Without PostgreSQL only minutes that cannot have been folded yet."""
    client, keys = backends.redis(), backends.keys
    # The witness first: its totals only grow after the ledger's, so that events which arrive meanwhile harm nothing.
    said = witness_totals.read(client, keys)
    if not said:
        return Testimony(said, said)
    known = _accepted(ledger.minutes(client, keys))
    if not witnessed.forgotten(said, known):
        return Testimony(said, witnessed.forgotten(said, known))
    known = _accepted(entries(backends, questions, since_ms=now_ms - 2 * witness_totals.WINDOW_MS))
    found = witnessed.forgotten(said, known)
    if found and not questions.answered:
        young = rfc3339(now_ms - YOUNG_MS)[:16]
        for minute in [minute for minute in found if minute < young]:
            del found[minute]
    return Testimony(said, found)


def _accepted(found: Iterable[Entry]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for minute, _source, counter, number in found:
        if counter == "accepted":
            counted[minute] += number
    return counted
