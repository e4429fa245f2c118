"""What the daemons hold on to: memory, threads and files of each over a time under a steady load.

    .venv-dev/bin/python -m bench.soak [SECONDS] [EVENTS_PER_SECOND]

The five daemons run as processes, PostgreSQL and Valkey are real. Events come as NDJSON, one in ten is a fault of its
own that becomes an alert; the rest matches no rule. Every 5 s the resident memory, threads and open files of each
daemon are noted (all its processes added up, so that pages they share count more than once), and the keys and memory
of Valkey. Printed are the first sample, the one after the warm-up (a fifth of the time, a minute at most) and the
last, and the slope between those two by least squares, in percent of the mean per hour. At the end the queues have to
run empty and the ledger has to balance.
"""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec

from bench import figures
from mutt_cli.keys import Keys
from tests import servers
from tests.stack import API_KEY, Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = Keys()
RAISED = {"INGEST_MAX_RATE": "1000000000", "RATE_LIMIT_MAX_REQUESTS": "1000000"}
DAEMONS = ("ingestor", "alerter", "forwarder", "remediation", "webui")
SAMPLE_S = 5.0
POST_S = 0.2
ALERTS = 10
"""One event in so many is an alert."""


@dataclass(frozen=True)
class Sample:
    """One look at one thing."""

    at_s: float
    mib: float
    threads: int = 0
    files: int = 0
    keys: int = 0


def events(first: int, count: int) -> bytes:
    """NDJSON lines of about 200 bytes."""
    return b"".join(msgspec.json.encode(_event(n)) + b"\n" for n in range(first, first + count))


def _event(n: int) -> dict[str, str]:
    fault = n % ALERTS == 0
    text = (
        f"%LINK-3-UPDOWN: Interface GigabitEthernet{n}/1, changed state to down"
        if fault
        else f"%SYS-6-LOGGINGHOST_STARTSTOP: Logging to host 10.0.0.{n % 250} port 514 started by user{n % 7}"
    )
    return {"hostname": f"acc-{n % 500:03d}", "severity": "info", "facility": "local7", "message": text}


def look(stack: Stack, at_s: float) -> dict[str, Sample]:
    """Every daemon and the queue server, now."""
    seen = {}
    for name in DAEMONS:
        process = stack.daemons[name].process
        assert process is not None
        pids = figures.tree(process.pid)
        seen[name] = Sample(
            at_s,
            sum(map(figures.rss_mib, pids)),
            sum(_entries(pid, "task") for pid in pids),
            sum(_entries(pid, "fd") for pid in pids),
        )
    client = stack.redis
    used = int(client.info("memory")["used_memory"])
    seen["valkey (used_memory)"] = Sample(at_s, used / (1 << 20), keys=int(client.dbsize()))
    return seen


def _entries(pid: int, folder: str) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/{folder}").iterdir()))
    except OSError:
        return 0


def run(stack: Stack, seconds: float, rate: int) -> tuple[int, list[dict[str, Sample]]]:
    """Send at a steady rate and look now and then; how many events were accepted, and what was seen."""
    began, sent, samples = time.monotonic(), 0, [look(stack, 0.0)]
    headers = {"X-API-Key": API_KEY, "Content-Type": "application/x-ndjson"}
    size = int(rate * POST_S)
    with httpx.Client(headers=headers, timeout=30) as client:
        for number in itertools.count(1):
            answer = client.post(f"{stack.ingest_url}/ingest", content=events(sent, size))
            answer.raise_for_status()
            sent += answer.json()["accepted"]
            now = time.monotonic() - began
            if now >= len(samples) * SAMPLE_S:
                samples.append(look(stack, now))
            if now >= seconds:
                return sent, samples
            time.sleep(max(0.0, number * POST_S - now))
    raise AssertionError


def settled(stack: Stack) -> bool:
    """Nothing waits anywhere, and every record is in PostgreSQL."""
    client = stack.redis
    lists = (KEYS.ingest_queue, KEYS.alert_queue, KEYS.processing("alerter", "pod-1"), KEYS.processing("moog", "pod-1"))
    return not (any(map(client.llen, lists)) or client.zcard(KEYS.retry) or client.xlen(KEYS.journal))


def rows(samples: list[dict[str, Sample]], warm_s: float) -> Iterator[str]:
    """The table."""
    yield f"{'':22} {'start':>8} {'warm':>8} {'end':>8} MiB {'%/h':>8}   {'threads':>11} {'files':>11} {'keys':>13}"
    for name in samples[0]:
        seen = [sample[name] for sample in samples]
        warm = [one for one in seen if one.at_s >= warm_s]
        first, start, end = seen[0], warm[0], warm[-1]
        counts = (
            f"{start.threads:>5}-{end.threads:<5}",
            f"{start.files:>5}-{end.files:<5}",
            f"{start.keys:>6}-{end.keys:<6}",
        )
        yield (
            f"{name:22} {first.mib:8.1f} {start.mib:8.1f} {end.mib:8.1f}     {slope(warm):8.1f}   {' '.join(counts)}"
        )


def slope(samples: list[Sample]) -> float:
    """Growth of memory in percent of its mean per hour."""
    if len(samples) < 3:
        return float("nan")
    line = statistics.linear_regression([one.at_s for one in samples], [one.mib for one in samples])
    return line.slope * 3600 / statistics.mean(one.mib for one in samples) * 100


def main(seconds: int = 300, rate: int = 500) -> None:
    """Run and print."""
    print(f"{seconds} s at {rate} events/s, 1 in {ALERTS} an alert, {figures.machine()}")
    print(f"limits raised: {', '.join(f'{name}={value}' for name, value in RAISED.items())}")
    with (
        servers.postgres_server() as postgres,
        servers.openbao_server() as openbao,
        running_stack(postgres, openbao, **RAISED) as stack,
    ):
        stack.start(*DAEMONS)
        sent, samples = run(stack, seconds, rate)
        busy = figures.machine()
        eventually(lambda: settled(stack), "everything is decided, delivered and stored", 120)
        said = stack.mutt("reconcile", "-o", "json")
        balance = json.loads(said.stdout)
        print(*rows(samples, min(60.0, seconds / 5)), sep="\n")
        arrived, own = len(set(received_ids(stack))), balance["generated"]
        faults = -(-sent // ALERTS)
        print(f"accepted {sent}, {faults} of them alerts; {own} about unmatched kinds; delivered {arrived}")
        print(f"ledger balanced: {balance['balanced']}; at the end: {busy}")
        if not balance["balanced"]:
            raise SystemExit(said.stdout)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
