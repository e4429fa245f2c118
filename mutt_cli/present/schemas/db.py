"""JSON of `mutt db`."""

from typing import Final

from mutt_cli.present.checks_schema import CHECKS, OWNER, STATE
from mutt_cli.present.schema import (
    CHANGE,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    Field,
    Schema,
    document,
    listing,
    many,
    maybe,
    record,
    words,
)

_STATEMENTS: Final[Schema] = many(
    record(
        statement=TEXT,
        application=maybe(TEXT),
        longest_seconds=NUMBER,
        mean_seconds=maybe(NUMBER),
        calls=maybe(COUNT),
    )
)

_RETENTION: Final[dict[str, Field]] = {
    "history_days": COUNT,
    "raw_days": COUNT,
    "max_bytes": COUNT,
    "judged_by": maybe(TEXT),
    "partitions": many(record(partition=TEXT, size_bytes=COUNT)),
    "rows": many(record(table=TEXT, rows=COUNT)),
    "size_bytes": COUNT,
    "kept_bytes": COUNT,
}

SCHEMAS: Final = {
    "mutt.db.status": document(
        state=STATE,
        server_version=TEXT,
        size_bytes=COUNT,
        connections=COUNT,
        max_connections=COUNT,
        schema_version=COUNT,
        schema_applied_at=maybe(TIME),
        code_version=COUNT,
        pending=many(TEXT),
        history_bytes=COUNT,
        partitions=COUNT,
        missing_partitions=many(TEXT),
        rejected_records=COUNT,
        rules_revision=COUNT,
        replicas=COUNT,
        advice=CHECKS,
        tables=many(
            record(
                table=TEXT,
                parts=COUNT,
                size_bytes=COUNT,
                live_rows=COUNT,
                dead_rows=COUNT,
                vacuumed_at=maybe(TIME),
                analyzed_at=maybe(TIME),
            )
        ),
        slow_statements=_STATEMENTS,
        running_statements=_STATEMENTS,
        not_visible=many(TEXT),
        checks=CHECKS,
    ),
    "mutt.db.connections": listing(
        {
            "state": STATE,
            "used": COUNT,
            "max_connections": COUNT,
            "reserved": COUNT,
            "free": COUNT,
            "pool_max": COUNT,
            "checks": CHECKS,
            "not_visible": many(TEXT),
        },
        application=TEXT,
        owner=OWNER,
        user=TEXT,
        database=TEXT,
        state=TEXT,
        sessions=COUNT,
        longest_in_state_seconds=maybe(NUMBER),
        longest_transaction_seconds=maybe(NUMBER),
    ),
    "mutt.db.connections.kill": document(
        **CHANGE,
        planned=many(record(pid=COUNT, application=TEXT, user=TEXT, idle_seconds=NUMBER)),
        ended=COUNT,
        busy=COUNT,
        refused=COUNT,
    ),
    "mutt.db.partition.list": listing(
        partition=TEXT,
        table=TEXT,
        day=maybe(TEXT),
        age_days=maybe(COUNT),
        size_bytes=COUNT,
        rows=COUNT,
        state=words("ahead", "today", "kept", "expired", "default"),
        archived=FLAG,
    ),
    "mutt.db.partition.create": document(**CHANGE, planned=many(TEXT), made=many(TEXT)),
    "mutt.db.partition.archive": document(
        **CHANGE,
        folder=TEXT,
        planned=many(TEXT),
        size_bytes=COUNT,
        written=many(record(partition=TEXT, rows=COUNT, file_bytes=COUNT, sha256=TEXT)),
    ),
    "mutt.db.partition.drop": document(
        **CHANGE, folder=TEXT, planned=many(TEXT), dropped=many(TEXT), freed_bytes=COUNT
    ),
    "mutt.db.index.list": listing(
        {"rule_query_plan": many(TEXT)},
        index=TEXT,
        table=TEXT,
        state=words("ok", "missing", "invalid", "differs", "unused"),
        of_schema=FLAG,
        size_bytes=maybe(COUNT),
        scans=maybe(COUNT),
        note=maybe(TEXT),
        definition=TEXT,
    ),
    "mutt.db.index.create": document(**CHANGE, planned=many(TEXT), built=many(TEXT)),
    "mutt.db.index.analyze": document(**CHANGE, planned=many(TEXT), analyzed=many(TEXT), refused=many(TEXT)),
    "mutt.db.retention.show": document(**_RETENTION),
    "mutt.db.retention.run": document(**CHANGE, **_RETENTION, dropped=many(TEXT), deleted_rows=COUNT),
    "mutt.db.migrate": document(
        **CHANGE, schema_version=maybe(COUNT), applied=many(TEXT), partitions=many(TEXT), pending=many(TEXT)
    ),
}
