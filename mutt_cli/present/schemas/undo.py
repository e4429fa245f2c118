"""JSON of `mutt undo`."""

from typing import Final

from mutt_cli.present.schema import CHANGE, COUNT, TEXT, document, many, mapping

SCHEMAS: Final = {
    "mutt.undo": document(**CHANGE, undoes=TEXT, restored=many(TEXT), cannot=many(TEXT), counts=mapping(COUNT)),
}
