"""JSON of `mutt logs`: lines, or with --by counts."""

from typing import Final

from mutt_cli.present.schema import ANY, COUNT, TEXT, TIME, Field, either, listing, mapping, maybe, words

_LINE: Final[dict[str, Field]] = {
    "time": maybe(TIME), "service": TEXT, "level": maybe(words("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
    "message": TEXT, "correlation_id": maybe(TEXT), "host": maybe(TEXT), "pod_name": maybe(TEXT),
    "fields": mapping(ANY),
}  # fmt: skip
_GROUP: Final[dict[str, Field]] = {
    "value": TEXT, "count": COUNT, "first_at": maybe(TIME), "last_at": maybe(TIME),
}  # fmt: skip

SCHEMAS: Final = {"mutt.logs": either(listing(**_LINE), listing({"by": TEXT}, **_GROUP))}
