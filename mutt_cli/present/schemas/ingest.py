"""JSON of `mutt ingest`."""

from typing import Final

from mutt_cli.present.schema import ANY, COUNT, FLAG, NUMBER, TEXT, Field, listing, maybe, optional

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

SCHEMAS: Final = {"mutt.ingest.send": listing(_SUM, **_EVENT)}
