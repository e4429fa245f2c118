"""JSON of `mutt down`."""

from typing import Final

from mutt_cli.present.schema import COUNT, NUMBER, TEXT, document, maybe

SCHEMAS: Final = {"mutt.down": document(outcome=TEXT, pid=maybe(COUNT), took_seconds=NUMBER)}
