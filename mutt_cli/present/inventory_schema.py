"""What commands that change rules, hosts or teams say in JSON (see present/inventory.py)."""

from typing import Final

from mutt_cli.present.schema import ANY, CHANGE, COUNT, TEXT, Field, document, many, mapping, maybe, record, words

DIFFERENCE: Final = many(record(field=TEXT, old=ANY, new=ANY))
CHANGE_ROW: Final[dict[str, Field]] = {
    "noun": words("rule", "host"), "verb": words("add", "change", "delete"), "id": maybe(COUNT), "name": TEXT,
    "fields": DIFFERENCE,
}  # fmt: skip
ALERTERS: Final = many(record(name=TEXT, host=TEXT, pid=COUNT, revision=COUNT, state=words("in_effect", "behind")))
CHANGED: Final = document(
    **CHANGE,
    changes=many(record(**CHANGE_ROW)),
    counts=mapping(COUNT),
    unchanged=COUNT,
    revision=maybe(COUNT),
    alerters=maybe(ALERTERS),
    undo=maybe(TEXT),
)
"""What a change says, done or planned."""
