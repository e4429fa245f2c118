"""JSON of `mutt status`."""

from typing import Final

from mutt_cli.core.ledger import IN, OUT
from mutt_cli.present.schema import (
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
    maybe,
    record,
    words,
)  # fmt: skip
from mutt_cli.present.schemas.breaker import OFF
from mutt_cli.present.schemas.maintenance import WINDOW
from mutt_cli.present.schemas.queue import QUEUE

_STATE: Final = words("ok", "warn", "crit", "unkn")
_FINDINGS: Final = many(record(state=_STATE, check=TEXT, text=TEXT, remedy=maybe(TEXT), caused_by=maybe(TEXT)))
_INSTANCE: Final[dict[str, Field]] = {
    "service": TEXT, "instance": TEXT, "state": TEXT, "in_hand": maybe(COUNT), "address": TEXT, "since": TEXT,
    "pid": maybe(COUNT), "version": TEXT, "detail": TEXT,
}  # fmt: skip
_LEDGER: Final[dict[str, Field]] = {
    **dict.fromkeys((*IN, *OUT), COUNT), "in_flight": COUNT, "accounted": COUNT, "remainder": COUNT, "balanced": FLAG,
}  # fmt: skip
_BACKEND: Final = record(name=TEXT, state=TEXT, address=TEXT, detail=TEXT, milliseconds=maybe(NUMBER))

STATUS: Final[dict[str, Field]] = {
    "state": _STATE,
    "findings": _FINDINGS,
    "backends": many(_BACKEND),
    "services": many(record(**_INSTANCE)),
    "queues": many(record(**QUEUE)),
    "ledger": maybe(record(**_LEDGER)),
    "breaker": maybe(record(state=TEXT, failures=COUNT, opened_at=maybe(TIME))),
    "switched_off": OFF,
    "maintenance": many(record(**WINDOW)),
}
"""Of the whole screen; `mutt top` says the same of each moment."""

SCHEMAS: Final = {
    "mutt.status": either(
        document(**STATUS),
        listing({"state": _STATE, "findings": _FINDINGS}, **_INSTANCE),
    ),
}
