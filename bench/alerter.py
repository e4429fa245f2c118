"""How fast one alerter decides and records events, beside the same work without any safety.

    .venv-dev/bin/python -m bench.alerter [EVENTS] [RULES] [ROUNDS]

Each round drains the same events twice, interleaved: by the real alerter process (leases, idempotent scripts, dedupe,
ledger, journal, and its historian storing every event in PostgreSQL), and by bench/plain_loop.py. Printed are events
per second, median and spread, and the ratio round by round. Limits raised: none apply to the alerter.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import psycopg

from mutt_cli.adapters import rule_store
from mutt_cli.adapters.clock import IdSource
from mutt_cli.core.batching import batch_size
from mutt_cli.keys import Keys
from tests import servers
from tests.stack import SOURCE_TREE, Stack, eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = Keys()
BATCH = 500
LARGE = batch_size(BATCH, 1_000_000)
"""What the alerter takes in one step while a backlog waits; the plain loop takes as many."""


def elements(count: int, rules: int) -> Iterator[bytes]:
    """Events of about 300 bytes; one in ten matches a rule, each of those is a fault of its own."""
    ids = IdSource()
    for n in range(count):
        words = f"EVT{n % rules}-{n} module failed on port {n % 7}" if n % 10 == 0 else "user admin logged in by ssh"
        yield msgspec.json.encode({
            "event_id": ids.new(), "correlation_id": f"c{n:08d}", "received_at": "2026-11-23T23:00:00.000Z",
            "_source": "api", "_ingestor": "bench", "source_addr": "10.0.0.1", "hostname": f"sw{n % 500}",
            "message": f"%SYS-5-BENCH: {words} from 10.0.{n % 255}.7, session {n}", "severity": "info",
            "facility": "local7",
        })  # fmt: skip


def seed_rules(stack: Stack, count: int) -> None:
    """Rules that share words with the traffic."""
    with psycopg.connect(stack.dsn, autocommit=True) as conn, conn.cursor() as cursor:
        cursor.execute("DELETE FROM alert_rules")
        with cursor.copy("COPY alert_rules (rule_name, pattern, severity, priority, enabled) FROM STDIN") as copy:
            for n in range(count):
                copy.write_row((f"r{n}", f".*EVT{n}-[0-9]+ .*failed on port [0-9]", "minor", n % 100, True))


def fill(stack: Stack, events: list[bytes]) -> None:
    """Put all events into the empty queue, oldest first."""
    client = stack.redis
    client.delete(KEYS.ingest_queue, KEYS.alert_queue)
    for key in client.scan_iter(match="mutt:dedupe:*"):
        client.delete(key)
    for first in range(0, len(events), 1000):
        client.lpush(KEYS.ingest_queue, *events[first : first + 1000])


def wait_until_empty(stack: Stack) -> None:
    """Every event decided, and every record of it in PostgreSQL."""
    client = stack.redis
    while (
        client.llen(KEYS.ingest_queue) or client.llen(KEYS.processing("alerter", "pod-1")) or client.xlen(KEYS.journal)
    ):
        time.sleep(0.005)


def by_the_alerter(stack: Stack, events: list[bytes]) -> float:
    """Seconds; the alerter is paused while the queue is filled, so that it starts from a full one."""
    alerter = stack.daemons["alerter"]
    alerter.pause()
    fill(stack, events)
    began = time.perf_counter()
    alerter.wake()
    wait_until_empty(stack)
    return time.perf_counter() - began


def by_the_plain_loop(stack: Stack, events: list[bytes]) -> float:
    """Seconds of its loop alone, without its start."""
    stack.daemons["alerter"].pause()
    fill(stack, events)
    command = [sys.executable, "-m", "bench.plain_loop", str(stack.valkey.socket), stack.dsn, str(LARGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=SOURCE_TREE)
    stack.daemons["alerter"].wake()
    return float(done.stdout)


def rules_in_effect(stack: Stack) -> None:
    """Wait until the alerter decides with the rules that are in the database now."""
    with psycopg.connect(stack.dsn, autocommit=True) as conn:
        revision = rule_store.revision(conn)
    heartbeat = KEYS.heartbeat("alerter", "pod-1")
    stack.redis.publish(KEYS.rules_updates, "changed")
    eventually(
        lambda: msgspec.json.decode(stack.redis.get(heartbeat) or b"{}").get("rules_revision") == revision,
        "the rules are in effect",
        60,
    )


@contextmanager
def running_alerter(rules: int) -> Iterator[Stack]:
    """Servers, rules and an alerter with a batch of 500 and a lease that no pause outlasts."""
    with (
        servers.postgres_server() as postgres,
        servers.openbao_server() as openbao,
        running_stack(
            postgres, openbao, HEARTBEAT_EXPIRY="600", HEARTBEAT_INTERVAL="1", ALERTER_BATCH_SIZE=str(BATCH)
        ) as stack,
    ):
        seed_rules(stack, rules)
        stack.start("alerter")
        yield stack


def machine() -> str:
    """What the figures were taken on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def told(name: str, rates: list[float]) -> str:
    """Median and spread."""
    return f"{name:16} {statistics.median(rates):9,.0f}   {min(rates):9,.0f} to {max(rates):9,.0f}"


def main(count: int = 100_000, rules: int = 1000, rounds: int = 5) -> None:
    """Run and print."""
    events = list(elements(count, rules))
    ours: list[float] = []
    plain: list[float] = []
    with running_alerter(rules) as stack:
        by_the_alerter(stack, events[: count // 10])
        for _ in range(rounds):
            ours.append(count / by_the_alerter(stack, events))
            plain.append(count / by_the_plain_loop(stack, events))
    ratios = [mine / other for mine, other in zip(ours, plain, strict=True)]
    print(f"{count:,} events, {rules:,} rules, batches of {LARGE:,}, {rounds} rounds, {machine()}")
    print("events/s            median   lowest to highest")
    print(told("alerter", ours))
    print(told("plain loop", plain))
    print(f"ratio            {statistics.median(ratios):9.2f}   {min(ratios):9.2f} to {max(ratios):9.2f}")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
