"""JSON of `mutt logs`: lines, or with --by counts."""

from typing import Final

from mutt_cli.present.schema import (
    ANY,
    COUNT,
    TEXT,
    TIME,
    Field,
    either,
    listing,
    mapping,
    maybe,
    optional,
    record,
    words,
)  # fmt: skip

_KNOWN: Final = record(
    event_id=optional(TEXT), status=optional(ANY), reason=optional(TEXT), error=optional(TEXT), code=optional(TEXT),
    attempt=optional(COUNT), http_status=optional(COUNT), sampled=optional(COUNT), logger=optional(TEXT),
    method=optional(TEXT), path=optional(TEXT), duration_ms=optional(COUNT), remote_addr=optional(TEXT),
    actor=optional(TEXT),
)  # fmt: skip
"""Fields that runbooks filter by; a line may have others (contract.md 8.1)."""
_LINE: Final[dict[str, Field]] = {
    "time": maybe(TIME), "service": TEXT, "level": maybe(words("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
    "message": TEXT, "correlation_id": maybe(TEXT), "host": maybe(TEXT), "pod_name": maybe(TEXT),
    "fields": either(_KNOWN, mapping(ANY)),
}  # fmt: skip
_GROUP: Final[dict[str, Field]] = {
    "value": TEXT, "count": COUNT, "first_at": maybe(TIME), "last_at": maybe(TIME),
}  # fmt: skip

SCHEMAS: Final = {"mutt.logs": either(listing(**_LINE), listing({"by": TEXT}, **_GROUP))}
