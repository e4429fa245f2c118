"""JSON of `mutt breaker`."""

from typing import Final

from mutt_cli.present.schema import CHANGE, COUNT, FLAG, NUMBER, TEXT, TIME, document, many, maybe, record, words

HOLD: Final = maybe(record(actor=TEXT, reason=TEXT, since=maybe(TIME), until=maybe(TIME), operation=maybe(TEXT)))
"""Who switched something off, why, since when, until when."""
OFF: Final = many(
    record(what=TEXT, actor=TEXT, reason=TEXT, since=maybe(TIME), until=maybe(TIME), operation=maybe(TEXT))
)
"""Everything that is switched off."""
_CHANGED: Final = document(**CHANGE, former=TEXT, state=TEXT, tripped=HOLD, moog=maybe(TEXT), undo=many(TEXT))

SCHEMAS: Final = {
    "mutt.breaker.show": document(
        state=TEXT,
        judged=words("ok", "warn", "crit"),
        enabled=FLAG,
        failures=COUNT,
        threshold=COUNT,
        opened_at=maybe(TIME),
        next_try_at=maybe(TIME),
        next_try_in_seconds=maybe(NUMBER),
        timeout_seconds=NUMBER,
        probing=FLAG,
        open_action=words("dlq", "hold"),
        waiting=COUNT,
        set_aside=COUNT,
        tripped=HOLD,
        last_error=maybe(record(at=maybe(TIME), text=TEXT, reason=TEXT, forwarder=TEXT)),
    ),
    "mutt.breaker.trip": _CHANGED,
    "mutt.breaker.reset": _CHANGED,
}
