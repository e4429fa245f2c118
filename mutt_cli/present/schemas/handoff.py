"""JSON of `mutt handoff`."""

from typing import Final

from mutt_cli.core.ledger import IN, OUT, UNSERVED
from mutt_cli.present.schema import COUNT, FLAG, TEXT, TIME, document, many, maybe, record, words
from mutt_cli.present.schemas.audit import AUDITED
from mutt_cli.present.schemas.breaker import OFF
from mutt_cli.present.schemas.maintenance import WINDOW
from mutt_cli.present.schemas.op import OPERATION

_STATE: Final = words("ok", "warn", "crit", "unkn")

SCHEMAS: Final = {
    "mutt.handoff": document(
        since=TIME,
        until=TIME,
        state=_STATE,
        findings=many(record(state=_STATE, text=TEXT)),
        missing=many(record(part=TEXT, code=TEXT, reason=TEXT)),
        switched_off=OFF,
        maintenance=many(record(**WINDOW)),
        not_acknowledged=many(record(service=TEXT, name=TEXT)),
        rotations=many(record(secret=TEXT, step=TEXT)),
        operations=many(record(**OPERATION)),
        changes=many(record(**AUDITED)),
        dead_letters=many(
            record(queue=TEXT, depth=COUNT, new=COUNT, sampled=FLAG, reasons=many(record(reason=TEXT, messages=COUNT)))
        ),
        counts=maybe(record(**dict.fromkeys((*IN, UNSERVED, *OUT), COUNT))),
        breaker=maybe(record(state=TEXT, failures=COUNT, opened_at=maybe(TIME), opened_since_start=maybe(COUNT))),
        due=many(record(at=TIME, what=TEXT)),
    ),
}
