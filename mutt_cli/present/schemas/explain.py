"""JSON of `mutt explain`."""

from typing import Final

from mutt_cli.present.schema import TEXT, document, many, mapping, words

SCHEMAS: Final = {
    "mutt.explain": document(
        name=TEXT,
        sort=words("code", "queue", "metric", "setting", "key", "cause", "check", "message"),
        means=TEXT,
        events=TEXT,
        tries=many(TEXT),
        facts=mapping(TEXT),
    )
}
