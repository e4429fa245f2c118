"""JSON of `mutt audit`."""

from typing import Final

from mutt_cli.present.schema import ANY, COUNT, TEXT, TIME, Field, document, listing, many, mapping, maybe, record

AUDITED: Final[dict[str, Field]] = {
    "id": COUNT, "at": TIME, "actor": TEXT, "verb": TEXT, "object": TEXT, "what": TEXT,
    "fields": many(record(field=TEXT, old=ANY, new=ANY)), "table": maybe(TEXT), "record": maybe(TEXT),
    "reason": maybe(TEXT), "operation": maybe(TEXT),
}  # fmt: skip
_COUNTED: Final = many(record(name=TEXT, changes=COUNT))

SCHEMAS: Final = {
    "mutt.audit.list": listing(**AUDITED),
    "mutt.audit.show": document(**AUDITED, old=maybe(mapping(ANY)), new=maybe(mapping(ANY))),
    "mutt.audit.report": document(
        since=TIME, until=TIME, changes=COUNT, by_actor=_COUNTED, by_table=_COUNTED, by_object=_COUNTED,
        without_reason=many(COUNT), by_hand=many(COUNT), items=many(record(**AUDITED)),
    ),
}  # fmt: skip
