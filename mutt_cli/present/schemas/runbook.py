"""JSON of `mutt runbook`."""

from typing import Final

from mutt_cli.present.schema import COUNT, TEXT, document, listing, many, maybe, record, words
from mutt_cli.present.schemas.doctor import FINDING

_HEAD: Final = {"runbook": TEXT, "symptom": TEXT, "looks": many(TEXT), "steps": many(TEXT), "source": maybe(TEXT)}
_CAUSE: Final = record(
    id=TEXT, area=TEXT, state=words("warn", "crit"), cause=TEXT, means=TEXT, steps=many(TEXT), owner=TEXT
)

SCHEMAS: Final = {
    "mutt.runbook.list": listing(runbook=TEXT, symptom=TEXT, causes=COUNT),
    "mutt.runbook.show": document(**_HEAD, causes=many(_CAUSE)),
    "mutt.runbook.run": document(**_HEAD, findings=many(FINDING)),
}
