"""JSON of `mutt doctor`."""

from typing import Final

from mutt_cli.present.schema import COUNT, FLAG, TEXT, document, many, maybe, record, words

FINDING: Final = record(
    id=TEXT, area=TEXT, state=words("warn", "crit"), cause=TEXT, proof=many(TEXT), means=TEXT,
    steps=many(record(line=TEXT, safe=FLAG)), owner=TEXT, source=maybe(TEXT),
)  # fmt: skip

SCHEMAS: Final = {
    "mutt.doctor": document(
        healthy=FLAG, areas=many(TEXT), elsewhere=many(TEXT), findings=many(FINDING),
        unknown=many(record(part=TEXT, error=TEXT)),
        fixed=maybe(many(record(line=TEXT, exit_code=COUNT))),
    )
}  # fmt: skip
