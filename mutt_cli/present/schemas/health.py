"""JSON of `mutt health` (ux.md 7.5): its own head, for a verdict is given also where no context could be chosen."""

from typing import Final

from mutt_cli.present.schema import COUNT, NUMBER, TEXT, TIME, many, maybe, record, words
from mutt_cli.present.schemas.maintenance import WINDOW

_STATUS: Final = ("ok", "warning", "critical", "unknown")
_CHECK: Final = record(
    id=TEXT, status=words(*_STATUS, "skipped"), code=maybe(COUNT), value=maybe(NUMBER), unit=maybe(TEXT),
    warn=maybe(TEXT), crit=maybe(TEXT), message=TEXT, remedy=maybe(TEXT), runbook=maybe(TEXT), caused_by=maybe(TEXT),
    duration_seconds=NUMBER,
)  # fmt: skip

SCHEMAS: Final = {
    "mutt.health": record(
        kind=TEXT, version=COUNT, context=TEXT, environment=TEXT, host=TEXT, time=TIME, duration_seconds=NUMBER,
        status=words(*_STATUS), code=COUNT, counts=record(**dict.fromkeys((*_STATUS, "skipped"), COUNT)),
        maintenance=maybe(record(**WINDOW)), checks=many(_CHECK),
    )
}  # fmt: skip
