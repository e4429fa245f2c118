"""JSON of `mutt trace`: one event's story, or with --why-not those of the events that may be meant."""

from typing import Final

from mutt_cli.present.schema import (
    ANY,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    Field,
    document,
    either,
    many,
    mapping,
    maybe,
    record,
    words,
)

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

_CONTEXT: Final[dict[str, Field]] = {
    "decision": _DECISION, "parent": _PARENT, "operations": many(_OPERATION), "held": many(TEXT),
}  # fmt: skip
_STORY: Final = document(
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
    **_CONTEXT,
)
_FOUND: Final = record(
    event_id=TEXT, correlation_id=TEXT, hostname=TEXT, accepted_at=maybe(TIME), message=TEXT, message_known=FLAG,
    state=TEXT, ended=FLAG, verdict=TEXT, tries=many(TEXT), steps=many(record(**STEP)), now=many(record(**_PLACE)),
    **_CONTEXT,
)  # fmt: skip
_REFUSED: Final = record(id=TEXT, at=maybe(TIME), message=TEXT, reason=TEXT, error=TEXT, tries=many(TEXT))
_WHY_NOT: Final = document(
    host=TEXT,
    text=TEXT,
    since=TIME,
    until=TIME,
    found=many(_FOUND),
    quarantined=many(_REFUSED),
    more=COUNT,
    other_events=COUNT,
    unreadable_events=COUNT,
    refused_by_source=maybe(mapping(COUNT)),
    why=many(TEXT),
    tries=many(TEXT),
)

SCHEMAS: Final = {"mutt.trace": either(_STORY, _WHY_NOT)}
