"""JSON of `mutt trace`."""

from typing import Final

from mutt_cli.present.schema import ANY, COUNT, FLAG, NUMBER, TEXT, TIME, Field, document, many, maybe, record, words

STEP: Final[dict[str, Field]] = {
    "at": maybe(TIME), "offset_seconds": NUMBER, "stage": TEXT, "outcome": TEXT, "reason": TEXT, "words": TEXT,
    "pod": TEXT, "queue": maybe(TEXT), "attempt": maybe(COUNT), "response_code": maybe(COUNT),
    "rule_id": maybe(COUNT), "rule_version": maybe(COUNT), "rule_name": maybe(TEXT), "waited_seconds": maybe(NUMBER),
    "worked_seconds": maybe(NUMBER), "operation_id": maybe(TEXT), "parent_id": maybe(TEXT),
}  # fmt: skip
_PLACE: Final[dict[str, Field]] = {
    "queue": TEXT, "id": TEXT, "since": maybe(TIME), "age_seconds": maybe(NUMBER), "due_at": maybe(TIME),
    "held_by": maybe(TEXT), "reason": maybe(TEXT), "error": maybe(TEXT), "attempts": COUNT, "crashes": COUNT,
    "replays": COUNT,
}  # fmt: skip
_RULE: Final[dict[str, Field]] = {"rule_id": COUNT, "version": COUNT, "name": TEXT, "priority": NUMBER}
_RIVALS: Final = maybe(many(record(**_RULE, why=TEXT, words=TEXT)))
_ORIGIN: Final = maybe(record(**{"value": TEXT, "from": maybe(TEXT), "recorded": FLAG}))
_DECISION: Final = maybe(
    record(
        outcome=TEXT, at=TIME, as_of=words("then", "now", "unknown"), rule=maybe(record(**_RULE, pattern=TEXT)),
        lost=_RIVALS, nearest=_RIVALS, team=_ORIGIN, environment=_ORIGIN, severity=_ORIGIN, notes=many(TEXT),
    )
)  # fmt: skip
_PARENT: Final = maybe(record(event_id=TEXT, at=maybe(TIME), outcome=TEXT, words=TEXT))
_OPERATION: Final = record(operation=TEXT, at=TIME, actor=TEXT, command=TEXT, reason=TEXT, state=TEXT)

SCHEMAS: Final = {
    "mutt.trace": document(
        event_id=TEXT,
        correlation_id=TEXT,
        hostname=TEXT,
        severity=TEXT,
        message=TEXT,
        source=TEXT,
        sender=TEXT,
        ingestor=TEXT,
        accepted_at=maybe(TIME),
        state=TEXT,
        ended=FLAG,
        verdict=TEXT,
        tries=many(TEXT),
        steps=many(record(**STEP)),
        now=many(record(**_PLACE)),
        payload=ANY,
        decision=_DECISION,
        parent=_PARENT,
        operations=many(_OPERATION),
    ),
}
