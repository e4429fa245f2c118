"""How fast the door takes events, beside the same work without any promise.

    .venv-dev/bin/python -m bench.ingest [ROUNDS] [SECONDS] [THREADS]

Single events on 32 kept connections, and NDJSON batches of 500 on 4, each sent by bench/load.py to: the real ingestor
with one worker, the real ingestor with a worker for each core, and bench/plain_ingest.py. Everything of the ingestor
is on: key, limiter, cap, ids, ledger, witness, metrics, log lines at their default rate. The cells of a round run one
after another, so that each ratio is of neighbours in time. The figures of performance.md section 5 that belong beside
this: waitress with 4 threads pinned 4,880 requests/s, batches 400,000 events/s, on another machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import msgspec

from bench import figures, load, plain_ingest
from mutt_cli.keys import Keys
from tests import servers
from tests.stack import API_KEY, SOURCE_TREE, Stack, eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = Keys()
RAISED = {"INGEST_MAX_RATE": "1000000000", "INGEST_QUEUE_CAP": "1000000000"}
KINDS = {"single": 32, "batch": 4}
"""Connections of each kind of load."""


@dataclass
class Target:
    """A server under load."""

    name: str
    port: int
    pid: int


def ingestor(stack: Stack, workers: int, threads: int) -> Target:
    """The real daemon, with a port of its own."""
    port = servers.free_port()
    ports = {"INGESTOR_PORT": str(port), "METRICS_PORT": str(servers.free_port()), "INGEST_THREADS": str(threads)}
    daemon = stack.daemon("ingestor", f"bench-{workers}", **ports)
    daemon.arguments = ("--workers", str(workers))
    daemon.start()
    assert daemon.process is not None
    _wait_for(f"http://127.0.0.1:{port}/health")
    return Target(f"ingestor, workers: {workers}", port, daemon.process.pid)


@contextmanager
def plain(stack: Stack) -> Iterator[Target]:
    """The baseline."""
    port = servers.free_port()
    command = [sys.executable, "-m", "bench.plain_ingest", str(port), str(stack.valkey.socket), API_KEY]
    process = subprocess.Popen(command, cwd=SOURCE_TREE)
    try:
        _wait_for(f"http://127.0.0.1:{port}/")
        yield Target("plain, 1 process pinned", port, process.pid)
    finally:
        process.kill()
        process.wait()


def _wait_for(url: str) -> None:
    def answers() -> bool:
        try:
            return httpx.get(url, timeout=2).status_code < 500
        except httpx.HTTPError:
            return False

    eventually(answers, f"{url} answers", 30)


def load_on(target: Target, kind: str, seconds: float) -> tuple[load.Result, float]:
    """The result, and the CPU seconds of the server."""
    command = [sys.executable, "-m", "bench.load", str(target.port), API_KEY, kind, str(KINDS[kind]), str(seconds)]
    before = figures.cpu_s(target.pid)
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=SOURCE_TREE)
    used = figures.cpu_s(target.pid) - before
    return msgspec.json.decode(done.stdout, type=load.Result), used


def one(stack: Stack, target: Target, kind: str, seconds: float, cell: figures.Cell) -> None:
    """One cell of one round; the queue and the limiter's window are empty before it."""
    stack.redis.delete(KEYS.ingest_queue, KEYS.rate_limit_ingestor, plain_ingest.QUEUE)
    result, used = load_on(target, kind, seconds)
    if result.bad:
        print(f"{target.name}, {kind}: {result.bad} answers were no 200")
    cell.rates.append(result.events / result.seconds)
    cell.cpu_us.append(used / max(1, result.events) * 1e6)
    cell.late_ms.append(result.p99_ms)


def main(rounds: int = 5, seconds: float = 2.0, threads: int = 4) -> None:
    """Run and print."""
    print(f"{rounds} rounds of {seconds} s, threads per worker: {threads}, {figures.machine()}")
    print(f"limits raised: {', '.join(f'{name}={value}' for name, value in RAISED.items())}")
    with ExitStack() as stack_of:
        postgres = stack_of.enter_context(servers.postgres_server())
        openbao = stack_of.enter_context(servers.openbao_server())
        stack = stack_of.enter_context(running_stack(postgres, openbao, **RAISED))
        cores = len(os.sched_getaffinity(0))
        targets = [ingestor(stack, count, threads) for count in dict.fromkeys((1, cores))]
        targets.append(stack_of.enter_context(plain(stack)))
        for kind, connections in KINDS.items():
            cells = [figures.Cell(target.name) for target in targets]
            for number in range(rounds + 1):
                for target, cell in zip(targets, cells, strict=True):
                    spare = figures.Cell("warm-up")
                    one(stack, target, kind, seconds if number else 0.5, cell if number else spare)
            limit = load.ceiling(kind, connections, seconds)
            print(f"\n{figures.heading(f'{kind}, {connections} connections: events/s')}")
            print(*cells, sep="\n")
            for cell in cells[:-1]:
                print(figures.ratio(f"{cell.name} / plain", cell, cells[-1]))
            print(f"{'ceiling of the load generator':34} {limit.events / limit.seconds:9,.0f}")
            time.sleep(0.1)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]), *map(float, sys.argv[2:3]), *(int(word) for word in sys.argv[3:4]))
