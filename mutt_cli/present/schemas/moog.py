"""JSON of `mutt moog`."""

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
    maybe,
    record,
    words,
)  # fmt: skip
from mutt_cli.present.schemas.breaker import HOLD
from mutt_cli.present.schemas.remediation import CYCLE

_HEALTH: Final = words("healthy", "unauthorised", "down", "not_checked", "not_configured")

SCHEMAS: Final = {
    "mutt.moog.status": document(
        state=words("ok", "warn", "crit"),
        address=maybe(TEXT),
        health=_HEALTH,
        health_at=maybe(TIME),
        breaker=TEXT,
        failures=COUNT,
        tripped=HOLD,
        next_try_at=maybe(TIME),
        last_error=maybe(record(at=maybe(TIME), text=TEXT, reason=TEXT, forwarder=TEXT)),
        forwarders=many(record(forwarder=TEXT, alive=FLAG, in_hand=COUNT)),
        waiting=COUNT,
        set_aside=COUNT,
        last_cycle=CYCLE,
    ),
    "mutt.moog.test": document(
        **CHANGE,
        address=maybe(TEXT),
        method=maybe(words("HEAD", "POST")),
        health=maybe(_HEALTH),
        status=maybe(COUNT),
        said=TEXT,
        key=maybe(TEXT),
        key_refused=FLAG,
        event_id=maybe(TEXT),
        steps=many(
            record(
                step=words("dns", "connect", "tls", "answer"),
                state=words("ok", "crit"),
                milliseconds=NUMBER,
                detail=TEXT,
            )
        ),
    ),
}
