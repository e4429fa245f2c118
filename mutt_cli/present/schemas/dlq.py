"""JSON of `mutt dlq`."""

from typing import Final

from mutt_cli.present.schema import (
    CHANGE,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
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
from mutt_cli.present.schemas.queue import DONE, EXPORTED, IMPORTED, MESSAGE, PURGED

_FAILED: Final[dict[str, Field]] = {
    "reason": TEXT, "error": TEXT, "attempts": COUNT, "crashes": COUNT, "replays": COUNT, "origin": maybe(TEXT),
    "first_failed_at": maybe(TIME), "last_failed_at": maybe(TIME), "failed_age_seconds": maybe(NUMBER),
}  # fmt: skip
_AROUND: Final[dict[str, Field]] = {
    "depths": mapping(COUNT),
    "drained_by": mapping(many(TEXT)),
    "held_by": mapping(TEXT),
}
_JUDGED: Final[dict[str, Field]] = {
    "goes_to": maybe(TEXT), "stays_because": maybe(TEXT),
    "faults": many(record(kind=TEXT, what=TEXT, repair=maybe(TEXT))), "diff": many(TEXT),
}  # fmt: skip
_LETTERS: Final = many(record(id=TEXT, payload_hash=TEXT, queue=TEXT, host=TEXT, text=TEXT, **_JUDGED))
_REPLAY: Final[dict[str, Field]] = {
    "count": COUNT, "staying": COUNT, "to": mapping(COUNT), "why_staying": mapping(COUNT), "faults": mapping(COUNT),
    "letters": _LETTERS,
}  # fmt: skip
_GROUP: Final[dict[str, Field]] = {
    "queue": TEXT, "reason": optional(TEXT), "error": optional(TEXT), "host": optional(TEXT), "rule": optional(TEXT),
    "messages": COUNT, "exact": FLAG, "oldest_at": maybe(TIME), "newest_at": maybe(TIME), "sample": TEXT,
}  # fmt: skip
_PAUSED: Final[dict[str, Field]] = {
    **CHANGE, "queues": many(record(queue=TEXT, paused=FLAG, until=maybe(TIME), reason=maybe(TEXT), by=maybe(TEXT))),
}  # fmt: skip

SCHEMAS: Final = {
    "mutt.dlq.list": either(
        listing(_AROUND, **MESSAGE, queue=TEXT, **_FAILED), listing({**_AROUND, "by": TEXT}, **_GROUP)
    ),
    "mutt.dlq.show": document(
        **MESSAGE,
        queue=TEXT,
        **_FAILED,
        history=many(record(reason=TEXT, count=COUNT, first_at=maybe(TIME), last_at=maybe(TIME))),
        **_JUDGED,
    ),
    "mutt.dlq.fix": document(**CHANGE, **_REPLAY),
    "mutt.dlq.replay": document(**CHANGE, **_REPLAY, **DONE),
    "mutt.dlq.export": EXPORTED,
    "mutt.dlq.import": IMPORTED,
    "mutt.dlq.purge": PURGED,
    "mutt.dlq.pause": document(**_PAUSED),
    "mutt.dlq.resume": document(**_PAUSED),
}
