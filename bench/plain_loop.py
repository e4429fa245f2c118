"""The alerter's work without its safety: what the machine gives to the same RE2 Filter, batch size and COPY.

No lease, no idempotent claim, no dedupe, no enrichment, no ledger, no journal stream: pop a batch, match, push alerts,
copy the same rows and payloads into the same tables, go on. A crash anywhere loses the batch. Run by bench/alerter.py,
which compares the two.

    python -m bench.plain_loop SOCKET DSN BATCH
"""

from __future__ import annotations

import sys
import time

import msgspec
import psycopg
import redis

from mutt_cli.adapters import rule_store
from mutt_cli.adapters.history_copy import COLUMNS, PAYLOAD_COLUMNS, copy_what_fits, make_rows
from mutt_cli.core import journal
from mutt_cli.core.event import Event
from mutt_cli.core.matcher import compile_rules
from mutt_cli.core.rules import Rule
from mutt_cli.keys import Keys


def main(socket: str, dsn: str, batch: int) -> None:
    """Drain the ingest queue once and print seconds."""
    client = redis.Redis(unix_socket_path=socket)
    decode = msgspec.json.Decoder(Event).decode
    keys = Keys()
    with psycopg.connect(dsn, autocommit=True) as conn:
        table = rule_store.load(conn)
        rules = compile_rules(
            1, [Rule(row.id, row.version, row.rule_name, row.pattern, row.priority) for row in table.rules]
        )
        now_ms = time.time_ns() // 1_000_000
        began = time.perf_counter()
        while elements := client.execute_command("RPOP", keys.ingest_queue, batch):  # type: ignore[no-untyped-call]
            records, alerts = [], []
            for element in elements:
                event = decode(element)
                rule = rules.match(event.message)
                if rule:
                    alerts.append(element)
                outcome = "alerted" if rule else "unhandled"
                records.append(
                    journal.Record(
                        event.event_id, event.correlation_id, "alerter", outcome, hostname=event.hostname,
                        source=event.source_key, rule_id=rule.id if rule else None, payload=element,
                    )
                )  # fmt: skip
            if alerts:
                client.lpush(keys.alert_queue, *alerts)
            rows, _, _ = make_rows([(bytes(16), journal.Entry("", now_ms, records))])
            with conn.transaction():
                copy_what_fits(conn, "event_history", COLUMNS, rows)
                payloads = [(row[0], row[1], element) for row, element in zip(rows, elements, strict=True)]
                copy_what_fits(conn, "event_payloads", PAYLOAD_COLUMNS, payloads)
        print(time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
