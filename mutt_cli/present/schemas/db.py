"""JSON of `mutt db`."""

from typing import Final

from mutt_cli.present.schema import COUNT, FLAG, TEXT, TIME, document, many, maybe

SCHEMAS: Final = {
    "mutt.db.status": document(
        server_version=TEXT,
        size_bytes=COUNT,
        connections=COUNT,
        max_connections=COUNT,
        schema_version=COUNT,
        schema_applied_at=maybe(TIME),
        code_version=COUNT,
        pending=many(TEXT),
        history_bytes=COUNT,
        partitions=COUNT,
        missing_partitions=many(TEXT),
        rejected_records=COUNT,
        rules_revision=COUNT,
    ),
    "mutt.db.migrate": document(
        dry_run=FLAG, schema_version=maybe(COUNT), applied=many(TEXT), partitions=many(TEXT), pending=many(TEXT)
    ),
}
