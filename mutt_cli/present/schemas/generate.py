"""JSON of `mutt generate`: the same for every kind of file."""

from typing import Final

from mutt_cli.core.generated import EVERY
from mutt_cli.present.schema import CHANGE, TEXT, listing, maybe, words

_FILES: Final = listing(
    CHANGE,
    path=TEXT,
    mode=TEXT,
    content=TEXT,
    state=maybe(words("created", "same", "renewed", "kept")),
    written_to=maybe(TEXT),
)

SCHEMAS: Final = {f"mutt.generate.{kind}": _FILES for kind in EVERY}
