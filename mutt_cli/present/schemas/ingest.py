"""JSON of `mutt ingest`."""

from typing import Final

from mutt_cli.present.schema import (
    ANY,
    CHANGE,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    Field,
    document,
    listing,
    many,
    maybe,
    optional,
    record,
    words,
)  # fmt: skip
from mutt_cli.present.schemas.breaker import HOLD

_SUM: Final[dict[str, Field]] = {
    "dry_run": FLAG, "accepted": COUNT, "refused": COUNT, "batches": optional(COUNT), "retries": optional(COUNT),
    "elapsed_seconds": optional(NUMBER), "stopped": optional(maybe(TEXT)), "resume_line": optional(maybe(COUNT)),
    "would_send": optional(COUNT),
}  # fmt: skip
_EVENT: Final[dict[str, Field]] = {
    "correlation_id": optional(TEXT), "event_id": optional(TEXT), "line": COUNT, "status": TEXT, "reason": TEXT,
    "detail": optional(TEXT), "hostname": optional(TEXT), "severity": optional(ANY), "message": optional(ANY),
    "event": optional(ANY),
}  # fmt: skip

_SWITCHED: Final = document(
    **CHANGE,
    switched=many(TEXT),
    off=HOLD,
    processes=many(record(service=TEXT, name=TEXT, host=TEXT, pid=COUNT, obeys=FLAG)),
    undo=many(TEXT),
)

SCHEMAS: Final = {
    "mutt.ingest.send": listing(_SUM, **_EVENT),
    "mutt.ingest.test": listing(
        {"accepted": COUNT, "refused": COUNT, "matched": COUNT, "rules_revision": COUNT, "rules": COUNT},
        line=COUNT,
        status=words("accepted", "refused"),
        hostname=TEXT,
        severity=TEXT,
        rule_id=maybe(COUNT),
        rule=TEXT,
        reason=TEXT,
        detail=TEXT,
        message=TEXT,
    ),
    "mutt.ingest.stop": _SWITCHED,
    "mutt.ingest.start": _SWITCHED,
}
