"""JSON of `mutt version`."""

from typing import Final

from mutt_cli.present.schema import ANY, TEXT, document, many

SCHEMAS: Final = {"mutt.version": document(client=TEXT, python=TEXT, system=TEXT, components=many(ANY))}
