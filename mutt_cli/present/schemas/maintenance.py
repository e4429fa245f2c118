"""JSON of `mutt maintenance`."""

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
    listing,
    many,
    maybe,
    record,
    words,
)  # fmt: skip

WINDOW: Final[dict[str, Field]] = {
    "window": TEXT, "state": words("open", "ended", "over"), "scope": TEXT, "since": maybe(TIME), "until": maybe(TIME),
    "ended_at": maybe(TIME), "actor": TEXT, "reason": TEXT, "left_seconds": COUNT,
}  # fmt: skip
_CHANGED: Final = document(**CHANGE, window=maybe(record(**WINDOW)), undo=many(TEXT))
_COURSE: Final = document(
    **CHANGE,
    steps=many(record(step=TEXT, line=maybe(TEXT), done=FLAG, seconds=maybe(NUMBER), detail=TEXT)),
    undo=many(TEXT),
)

SCHEMAS: Final = {
    "mutt.maintenance.list": listing(**WINDOW),
    "mutt.maintenance.show": document(**WINDOW),
    "mutt.maintenance.start": _CHANGED,
    "mutt.maintenance.end": _CHANGED,
    "mutt.maintenance.drain": _COURSE,
    "mutt.maintenance.resume": _COURSE,
}
