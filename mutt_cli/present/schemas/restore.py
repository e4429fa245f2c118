"""JSON of `mutt restore`."""

from typing import Final

from mutt_cli.present.schema import CHANGE, COUNT, TEXT, TIME, document, many, mapping, maybe

SCHEMAS: Final = {
    "mutt.restore": document(
        **CHANGE, file=TEXT, only=maybe(TEXT), created_at=TIME, release=TEXT, of_context=TEXT, schema_version=COUNT,
        changes=many(TEXT), not_restored=many(TEXT), safety_backup=maybe(TEXT), counts=mapping(COUNT),
    ),
}  # fmt: skip
