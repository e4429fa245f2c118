"""JSON of `mutt queue`."""

from typing import Final

from mutt_cli.present.schema import COUNT, FLAG, NUMBER, TEXT, TIME, Field, document, either, listing, many, maybe

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

SCHEMAS: Final = {
    "mutt.queue.list": listing(**QUEUE),
    "mutt.queue.depth": either(document(**_DEPTH), listing(**_DEPTH)),
}
