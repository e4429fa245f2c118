"""JSON of `mutt cache`."""

from typing import Final

from mutt_cli.present.schema import (
    CHANGE,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    document,
    listing,
    many,
    maybe,
    record,
    words,
)  # fmt: skip

SCHEMAS: Final = {
    "mutt.cache.show": listing(
        {"database_revision": maybe(COUNT)},
        alerter=TEXT,
        state=words("ok", "warn", "unkn"),
        revision=maybe(COUNT),
        age_seconds=maybe(NUMBER),
        loaded_at=maybe(TIME),
        rules=maybe(COUNT),
        refused=maybe(COUNT),
        dev_hosts=maybe(COUNT),
        teams=maybe(COUNT),
        load_seconds=maybe(NUMBER),
        memory_bytes=maybe(COUNT),
        host=maybe(TEXT),
        pid=maybe(COUNT),
    ),
    "mutt.cache.reload": document(
        **CHANGE,
        database_revision=maybe(COUNT),
        alerters=many(record(alerter=TEXT, reloaded=FLAG)),
        behind=many(TEXT),
        seconds=NUMBER,
    ),
}
