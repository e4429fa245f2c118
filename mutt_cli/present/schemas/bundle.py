"""JSON of `mutt bundle`."""

from typing import Final

from mutt_cli.present.schema import COUNT, NUMBER, TEXT, TIME, document, many, maybe, record, words

SCHEMAS: Final = {
    "mutt.bundle": document(
        path=TEXT,
        size_bytes=COUNT,
        sha256=TEXT,
        incident=maybe(TEXT),
        since=TIME,
        until=TIME,
        severity=words("P1-Critical", "P2-High", "P3-Medium", "P4-Low"),
        left_out=COUNT,
        parts=many(
            record(
                part=TEXT, state=words("there", "failed", "absent"), file=maybe(TEXT), size_bytes=COUNT,
                took_seconds=NUMBER, code=maybe(TEXT), reason=maybe(TEXT), note=maybe(TEXT),
            )
        ),
    ),
}  # fmt: skip
