"""JSON of `mutt context`."""

from typing import Final

from mutt_cli.present.schema import ANY, CHANGE, COUNT, FLAG, NUMBER, TEXT, Field, document, listing, mapping, maybe

_CONTEXT: Final[dict[str, Field]] = {
    "name": TEXT, "current": FLAG, "protected": FLAG, "read_only": FLAG, "require_reason": FLAG, "color": maybe(TEXT),
    "env_file": maybe(TEXT), "redis": maybe(TEXT), "db": maybe(TEXT), "vault": maybe(TEXT), "settings": mapping(TEXT),
}  # fmt: skip

SCHEMAS: Final = {
    "mutt.context.list": listing(**_CONTEXT),
    "mutt.context.show": document(**_CONTEXT),
    "mutt.context.add": document(**CHANGE, name=TEXT, file=TEXT, fields=mapping(ANY)),
    "mutt.context.use": document(**CHANGE, name=TEXT, previous=maybe(TEXT), hours=maybe(COUNT)),
    "mutt.context.check": listing(
        {"checked": TEXT}, backend=TEXT, state=TEXT, address=TEXT, milliseconds=maybe(NUMBER), detail=TEXT
    ),
}
