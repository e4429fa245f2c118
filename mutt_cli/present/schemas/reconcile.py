"""JSON of `mutt reconcile`."""

from typing import Final

from mutt_cli.core.ledger import IN, OUT
from mutt_cli.present.schema import (
    COUNT,
    FLAG,
    TEXT,
    Field,
    document,
    either,
    listing,
    many,
    mapping,
    maybe,
    optional,
    record,
)  # fmt: skip

_COUNTERS: Final[dict[str, Field]] = dict.fromkeys((*IN, *OUT), COUNT)
_TOTALS: Final[dict[str, Field]] = {
    "balanced": FLAG,
    **_COUNTERS,
    **dict.fromkeys(("in_flight", "accounted", "waiting", "refused", "quarantined", "remainder"), COUNT),
    "missing": many(TEXT),
    "missing_count": COUNT,
    "extra": many(TEXT),
    "extra_count": COUNT,
    "forgotten": COUNT,
    "forgotten_lost": COUNT,
    "forgotten_minutes": many(record(minute=TEXT, forgotten=COUNT, lost=COUNT)),
    "queues": mapping(COUNT),
    "correction": optional(record(id=TEXT, amount=COUNT, named=COUNT, operation=maybe(TEXT))),
    "repair": optional(
        record(
            operation=maybe(TEXT),
            planned=record(
                emitted=many(TEXT),
                emitted_count=COUNT,
                counted_dead=many(TEXT),
                counted_dead_count=COUNT,
                removed=many(record(event_id=TEXT, queue=TEXT, kept=maybe(TEXT))),
                removed_count=COUNT,
                ended_count=COUNT,
            ),
            done=record(emitted=COUNT, counted_dead=COUNT, removed=COUNT, ended=COUNT),
            backup=maybe(TEXT),
            left=many(record(why=TEXT, number=COUNT, ids=many(TEXT), told=TEXT, tries=many(TEXT))),
        )
    ),
}
_ROW: Final[dict[str, Field]] = {
    "minute": optional(TEXT), "source": optional(TEXT), **_COUNTERS, "in_flight": COUNT, "accounted": COUNT,
    "remainder": COUNT, "balanced": FLAG,
}  # fmt: skip

SCHEMAS: Final = {"mutt.reconcile": either(document(**_TOTALS), listing(_TOTALS, **_ROW))}
