"""Finding one event among many in the history: how long `mutt trace` takes, by id, by prefix and without an id.

    python -m bench.trace [ROWS] [ROUNDS]

ROWS (1,000,000; at most 10,000,000) are made in a PostgreSQL of its own: two records for each event, spread over 30
days, a tenth of the events with their payload. Each command is a process of its own, as an operator starts it; beside
them `python -c pass`, so that machines can be compared. The promise: by id in at most 1 s among 10,000,000 rows.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from bench.look import seconds, tell
from mutt_cli.adapters.history_partitions import make_missing
from mutt_cli.adapters.migrations import migrate
from mutt_cli.core.ids import uuid7_floor
from mutt_cli.core.partitions import Partition
from tests import servers

MOST = 10_000_000
DAYS = 30
STEPS = 2
"""Records of an event: the decision and the delivery."""
EVENT = """
SELECT n, at, (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
               || lpad(to_hex(n %% 4096), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid AS id
FROM (SELECT n, %(first)s::timestamptz + n * (%(span)s::interval / %(events)s) AS at
      FROM generate_series(0, %(events)s - 1) AS n) AS times
"""
RECORDS = f"""
INSERT INTO event_history
SELECT at, id, 'c-' || md5(n::text), stage, outcome, 'reason', queue, 'pod-1', at, 'api', at, 120, attempt,
       'core-sw' || n %% 997, '10.0.3.9', 'ing-1', 'critical', 1, 1, 'link-down', code, '', NULL, id
FROM ({EVENT}) AS event
CROSS JOIN (VALUES ('alerter', 'alerted', 'alert', 0, NULL::int), ('forwarder', 'delivered', '', 1, 200))
    AS step (stage, outcome, queue, attempt, code)
"""  # noqa: S608  our own text
PAYLOADS = f"""
INSERT INTO event_payloads
SELECT at, id,
       convert_to(format('{{"hostname":"core-sw%%s","message":"LINK-3: Gi0/%%s down"}}', n %% 997, n %% 48), 'UTF8')
FROM ({EVENT}) AS event WHERE n >= %(events)s * 9 / 10
"""  # noqa: S608  our own text


def fill(conn: psycopg.Connection, rows: int, now: datetime) -> tuple[list[str], float]:
    """Make the rows; gives ids of an old, a middle and a new event, and how long it took."""
    began = time.perf_counter()
    first, events = now - timedelta(days=DAYS), rows // STEPS
    days = [(first + timedelta(days=number)).date() for number in range(DAYS + 1)]
    with conn.transaction():
        make_missing(conn, [Partition(day, table) for table in ("event_history", "event_payloads") for day in days])
    words = {"first": first, "span": timedelta(days=DAYS) - timedelta(minutes=1), "events": events}
    with conn.transaction():
        conn.execute(RECORDS.encode(), words)
        conn.execute(PAYLOADS.encode(), words)
    conn.execute(b"VACUUM ANALYZE event_history, event_payloads")
    chosen = conn.execute(
        b"SELECT event_id::text FROM event_history WHERE attempt = 1 AND event_id >= %(from)s::uuid"
        b" ORDER BY event_id LIMIT 1",
        {"from": uuid7_floor(round((now - timedelta(days=1)).timestamp() * 1000))},
    ).fetchone()
    oldest = conn.execute(b"SELECT min(event_id::text), max(event_id::text) FROM event_history").fetchone()
    if chosen is None or oldest is None:
        raise SystemExit("no rows were made")
    return [str(oldest[0]), str(chosen[0]), str(oldest[1])], time.perf_counter() - began


def main() -> None:
    """Fill the history, then time each command."""
    rows, rounds = (int(word) for word in [*sys.argv[1:], *("1000000", "5")[len(sys.argv) - 1 :]])
    if not STEPS <= rows <= MOST:
        raise SystemExit(f"ROWS: {STEPS} to {MOST:,}")
    now = datetime.fromtimestamp(time.time(), tz=UTC)
    with (
        servers.valkey_server() as valkey, servers.postgres_server() as postgres, postgres.database() as database,
        tempfile.TemporaryDirectory() as folder, psycopg.connect(postgres.dsn_for(database), autocommit=True) as conn,
    ):  # fmt: skip
        migrate(conn)
        ids, took = fill(conn, rows, now)
        parameters = conn.info.get_parameters()
        (Path(folder) / "mutt.env").write_text(
            f"REDIS_SOCKET={valkey.socket}\nPOSTGRES_HOST={parameters['host']}\nPOSTGRES_PORT={conn.info.port}\n"
            f"POSTGRES_USER={conn.info.user}\nPOSTGRES_DB={database}\n"
        )
        keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environment = keep | {"MUTT_ENV_FILE": f"{folder}/mutt.env", "MUTT_STATE_DIR": folder, "HOME": folder}
        environment["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
        unit = statistics.median(seconds([sys.executable, "-c", "pass"], environment, rounds))
        print(f"{rows:,} rows of {rows // STEPS:,} events in {took:.1f} s; python -c pass {unit:.3f} s")
        mutt = [sys.executable, "-m", "mutt_cli"]
        tell("mutt --version", seconds([*mutt, "--version"], environment, rounds), unit)
        for name, event_id in zip(("oldest", "a day old", "newest"), ids, strict=True):
            tell(f"mutt trace ID, {name}", seconds([*mutt, "trace", event_id], environment, rounds), unit)
        found = conn.execute(b"SELECT correlation_id FROM event_history WHERE event_id = %s", (ids[0],)).fetchone()
        prefix = str(found[0])[:14] if found else ids[0]
        tell("mutt trace PREFIX", seconds([*mutt, "trace", prefix], environment, rounds), unit)
        around = (now - timedelta(days=1)).isoformat()
        words = ["trace", "--why-not", "core-sw7", "Gi0", "--around", around]
        tell("mutt trace --why-not", seconds([*mutt, *words], environment, rounds), unit)


if __name__ == "__main__":
    main()
