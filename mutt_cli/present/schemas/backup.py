"""JSON of `mutt backup`."""

from typing import Final

from mutt_cli.present.checks_schema import STATE
from mutt_cli.present.schema import (
    CHANGE,
    COUNT,
    NUMBER,
    TEXT,
    TIME,
    document,
    listing,
    mapping,
    maybe,
    optional,
)

_PARTS: Final = mapping(mapping(COUNT))

SCHEMAS: Final = {
    "mutt.backup.create": document(
        **CHANGE, folder=TEXT, redis_bytes=COUNT, db_bytes=COUNT, free_bytes=COUNT, path=optional(TEXT),
        size_bytes=optional(COUNT), sha256=optional(TEXT), parts=optional(_PARTS),
    ),
    "mutt.backup.list": listing(
        {"folder": TEXT}, file=TEXT, path=TEXT, created_at=maybe(TIME), age_seconds=maybe(NUMBER), size_bytes=COUNT,
        made_by=TEXT, state=STATE, context=maybe(TEXT), release=maybe(TEXT), read_by=maybe(TEXT), problem=maybe(TEXT),
    ),
    "mutt.backup.verify": document(
        file=TEXT, state=STATE, created_at=TIME, made_by=TEXT, release=TEXT, schema_version=COUNT, of_context=TEXT,
        size_bytes=COUNT, lines=COUNT, parts=_PARTS,
    ),
}  # fmt: skip
