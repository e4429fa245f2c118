"""JSON of `mutt queue`."""

from typing import Final

from mutt_cli.present.schema import (
    ANY,
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

QUEUE: Final[dict[str, Field]] = {
    "queue": TEXT,
    "key": TEXT,
    "depth": COUNT,
    "oldest_age_seconds": maybe(NUMBER),
    "oldest_at": maybe(TIME),
    "consumers": COUNT,
    "drained_by": many(TEXT),
    "in_flight": FLAG,
    "held_by": maybe(TEXT),
    "meaning": TEXT,
}
_DEPTH: Final[dict[str, Field]] = {"queue": TEXT, "key": TEXT, "depth": COUNT}

MESSAGE: Final[dict[str, Field]] = {
    "id": TEXT, "payload_hash": TEXT, "event_id": TEXT, "correlation_id": TEXT, "accepted_at": maybe(TIME),
    "age_seconds": maybe(NUMBER), "host": TEXT, "rule": maybe(TEXT), "text": TEXT, "size_bytes": COUNT,
    "message": mapping(ANY),
}  # fmt: skip
SURVEY: Final[dict[str, Field]] = {
    "meant": COUNT, "depth": COUNT, "looked_at": COUNT, "exact": FLAG, "oldest_at": maybe(TIME),
    "newest_at": maybe(TIME), "size_bytes": COUNT, "samples": many(TEXT),
}  # fmt: skip
DONE: Final[dict[str, Field]] = {
    "moved": optional(COUNT), "by_target": optional(mapping(COUNT)), "stopped": optional(maybe(TEXT)),
}  # fmt: skip
EXPORTED: Final = document(queue=TEXT, path=TEXT, messages=COUNT, size_bytes=COUNT, sha256=TEXT)
IMPORTED: Final = document(**CHANGE, queue=TEXT, file=TEXT, messages=COUNT, **DONE)
PURGED: Final = document(**CHANGE, queue=TEXT, backup=TEXT, sha256=optional(TEXT), **SURVEY, **DONE)

SCHEMAS: Final = {
    "mutt.queue.list": listing(**QUEUE),
    "mutt.queue.depth": either(document(**_DEPTH), listing(**_DEPTH)),
    "mutt.queue.show": document(
        **QUEUE,
        change_per_second=NUMBER,
        time_to_empty_seconds=maybe(NUMBER),
        size_bytes=maybe(COUNT),
        newest_age_seconds=maybe(NUMBER),
        ages=many(record(below_seconds=maybe(NUMBER), messages=COUNT)),
        sampled=COUNT,
        cap=maybe(COUNT),
        warn_threshold=maybe(COUNT),
    ),
    "mutt.queue.peek": listing({"queue": TEXT, "depth": COUNT, "looked_at": COUNT}, **MESSAGE),
    "mutt.queue.wait": document(queue=TEXT, depth=COUNT, most=COUNT, waited_seconds=NUMBER),
    "mutt.queue.move": document(**CHANGE, source=TEXT, target=TEXT, **SURVEY, **DONE),
    "mutt.queue.export": EXPORTED,
    "mutt.queue.import": IMPORTED,
    "mutt.queue.purge": PURGED,
    "mutt.queue.orphan.list": listing(
        queue=TEXT,
        pod=TEXT,
        messages=COUNT,
        oldest_at=maybe(TIME),
        oldest_age_seconds=maybe(NUMBER),
        goes_back_to=TEXT,
        key=TEXT,
    ),
    "mutt.queue.orphan.recover": document(
        **CHANGE,
        lists=many(record(queue=TEXT, pod=TEXT, messages=COUNT, goes_back_to=TEXT)),
        returned=COUNT,
        buried=COUNT,
    ),
}
