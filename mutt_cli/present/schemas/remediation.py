"""JSON of `mutt remediation`."""

from typing import Final

from mutt_cli.present.schema import (
    CHANGE,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    document,
    many,
    mapping,
    maybe,
    record,
    words,
)  # fmt: skip
from mutt_cli.present.schemas.breaker import HOLD

CYCLE: Final = maybe(
    record(
        at=maybe(TIME), seconds=NUMBER, instance=TEXT, host=TEXT, returned=COUNT, buried=COUNT, dlq_moog=COUNT,
        dlq_alerter=COUNT, held=mapping(TEXT), breaker=TEXT, moog_health=TEXT,
    )
)  # fmt: skip

SCHEMAS: Final = {
    "mutt.remediation.show": document(
        state=words("ok", "warn"),
        enabled=FLAG,
        at_work=FLAG,
        instances=many(TEXT),
        paused=HOLD,
        interval_seconds=NUMBER,
        batch_size=COUNT,
        waiting=mapping(COUNT),
        next_at=maybe(TIME),
        next_in_seconds=maybe(NUMBER),
        last=CYCLE,
    ),
    "mutt.remediation.run": document(**CHANGE, cycle=CYCLE),
}
