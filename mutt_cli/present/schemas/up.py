"""JSON of `mutt up`."""

from typing import Final

from mutt_cli.present.schema import COUNT, TEXT, TIME, document, many, mapping

SCHEMAS: Final = {
    "mutt.up": document(
        pid=COUNT,
        started=TIME,
        release=TEXT,
        env_file=TEXT,
        run_as=TEXT,
        ports=mapping(COUNT),
        sockets=mapping(TEXT),
        services=many(TEXT),
        log_dir=TEXT,
    ),
}
