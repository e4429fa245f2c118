"""JSON of `mutt chaos`: what can be broken without a name, else what each round came to."""

from typing import Final

from mutt_cli.core.ledger import IN, OUT
from mutt_cli.present.schema import (
    CHANGE,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    document,
    either,
    listing,
    many,
    maybe,
    record,
    words,
)

_FAULT: Final = {"name": TEXT, "does": TEXT, "doctor": TEXT, "health": TEXT, "heals": TEXT, "heals_seconds": COUNT}
_ROUND: Final = record(
    **_FAULT,
    title=TEXT,
    operation=TEXT,
    result=words("ok", "not_recovered", "not_balanced", "ended"),
    said=TEXT,
    began_at=TIME,
    healed_at=TIME,
    broken_seconds=NUMBER,
    ended_by=words("time", "interrupt", "itself", "signal"),
    recovered=FLAG,
    recovery_seconds=maybe(NUMBER),
    seen=many(record(check=TEXT, state=words("warning", "critical"), after_seconds=NUMBER)),
    left=many(record(check=TEXT, state=TEXT)),
    sent=COUNT,
    answered=COUNT,
    accepted=maybe(COUNT),
    delivered=maybe(COUNT),
    ledger=maybe(record(**dict.fromkeys((*IN, *OUT), COUNT))),
    in_flight=maybe(COUNT),
    balanced=maybe(FLAG),
    remainder=maybe(COUNT),
    missing=many(TEXT),
    extra=many(TEXT),
)
SCHEMAS: Final = {
    "mutt.chaos": either(
        document(
            **CHANGE,
            names=many(TEXT),
            for_seconds=NUMBER,
            state=words("ok", "warn", "crit", "unkn"),
            rounds=many(_ROUND),
        ),
        listing(**_FAULT, here=FLAG),
    ),
}
