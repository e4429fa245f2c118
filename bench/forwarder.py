"""How fast one forwarder posts and settles alerts, beside a loop that only pops and posts.

    .venv-dev/bin/python -m bench.forwarder [ROUNDS] [SECONDS]

8 and 64 posts at a time, against a webhook (bench/sink.py) that answers at once and one that takes 50 ms, by the real
forwarder (leases, breaker, limiter, order, ledger, journal, metrics, log lines at their default rate) and by
bench/plain_forward.py with the same HTTP client. Each alert has a signature of its own, so that none waits for
another. A queue that never runs empty is filled while both are paused. The ceiling at 50 ms is threads / 50 ms. The
figures of performance.md section 6 that belong beside this: httpx.Client 1,231 posts/s with 16 threads, 393 to 871
with 64, on another machine.
"""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from bench import figures, plain_forward
from mutt_cli.adapters.clock import IdSource
from mutt_cli.keys import Keys
from tests import servers
from tests.stack import SOURCE_TREE, Stack, eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import redis

KEYS = Keys()
RAISED = {"RATE_LIMIT_MAX_REQUESTS": "1000000", "RATE_LIMIT_WINDOW": "1", "HEARTBEAT_EXPIRY": "600"}
FILL = 3_000
"""Alerts put into a queue for each second that it has to last, and as many more."""


@dataclass
class Sender:
    """A process that empties a queue."""

    name: str
    pid: int
    queue: str

    def pause(self) -> None:
        """It must not run while the other one is measured."""
        _signal(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """From where it was."""
        _signal(self.pid, signal.SIGCONT)


def _signal(pid: int, number: signal.Signals) -> None:
    for one in figures.tree(pid):
        subprocess.run(["kill", f"-{int(number)}", str(one)], check=True)


def alerts(count: int) -> Iterator[bytes]:
    """As an alerter makes them, about 700 bytes, each of a fault of its own."""
    ids = IdSource()
    for n in range(count):
        text = f"%LINK-3-UPDOWN: Interface GigabitEthernet1/0/{n % 48}, changed state to down, flap count {n}"
        yield msgspec.json.encode({
            "event_id": ids.new(), "correlation_id": f"c{n:08d}", "received_at": "2026-11-23T23:00:00.000Z",
            "_source": "api", "severity": "critical", "description": text, "source": f"sw{n % 500}",
            "hostname": f"sw{n % 500}", "message": text,
            "rule": {"id": 1, "version": 1, "name": "link-down", "priority": 100}, "team": "NETO",
            "environment": "prod", "signature": f"bench-{ids.new()}", "matched_at": "2026-11-23T23:00:00.100Z",
            "suppressed_since_last": 0, "sequence": n, "attempt": 0,
            "event": {"severity": "info", "facility": "local7", "source_addr": "10.0.0.1"},
        })  # fmt: skip


@contextmanager
def sink(delay_ms: int) -> Iterator[int]:
    """The webhook, and its port."""
    port = servers.free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port), str(delay_ms)], cwd=SOURCE_TREE)
    try:
        yield port
    finally:
        process.kill()
        process.wait()


@contextmanager
def senders(stack: Stack, url: str, threads: int) -> Iterator[Sequence[Sender]]:
    """Both, paused."""
    real = stack.daemon("forwarder", MOOG_WEBHOOK_URL=url, FORWARDER_CONCURRENCY=str(threads))
    real.start()
    stack.wait_healthy("forwarder")
    command = [sys.executable, "-m", "bench.plain_forward", str(stack.valkey.socket), url, str(threads)]
    plain = subprocess.Popen(command, cwd=SOURCE_TREE)
    assert real.process is not None
    both = Sender("forwarder", real.process.pid, KEYS.alert_queue), Sender("plain", plain.pid, plain_forward.QUEUE)
    try:
        for sender in both:
            sender.pause()
        yield both
    finally:
        for sender in both:
            sender.go_on()
        plain.kill()
        plain.wait()
        stack.redis.delete(KEYS.alert_queue)
        real.stop()


def fill(client: redis.Redis, queue: str, elements: Sequence[bytes]) -> None:
    """The queue from empty; the journal too, since nobody reads it here."""
    client.delete(queue, KEYS.journal, KEYS.rate_limit_moog)
    for first in range(0, len(elements), 1000):
        client.lpush(queue, *elements[first : first + 1000])


def one(stack: Stack, sender: Sender, elements: Sequence[bytes], seconds: float, cell: figures.Cell) -> None:
    """One cell of one round: what left the queue in a time, a moment after the start."""
    client = stack.redis
    fill(client, sender.queue, elements)
    sender.go_on()
    eventually(lambda: client.llen(sender.queue) < len(elements) - 200, f"{sender.name} runs", 30)
    first, began, used = client.llen(sender.queue), time.perf_counter(), figures.cpu_s(sender.pid)
    time.sleep(seconds)
    last, took, used = client.llen(sender.queue), time.perf_counter() - began, figures.cpu_s(sender.pid) - used
    sender.pause()
    if not last:
        raise SystemExit(f"{sender.name} emptied its queue: raise FILL")
    cell.rates.append((first - last) / took)
    cell.cpu_us.append(used / (first - last) * 1e6)


def compare(stack: Stack, threads: int, delay_ms: int, rounds: int, seconds: float) -> None:
    """One table."""
    elements = list(itertools.islice(alerts(int(FILL * (seconds + 1))), int(FILL * (seconds + 1))))
    with sink(delay_ms) as port, senders(stack, f"http://127.0.0.1:{port}/webhook", threads) as both:
        cells = [figures.Cell(sender.name) for sender in both]
        for _ in range(rounds):
            for sender, cell in zip(both, cells, strict=True):
                one(stack, sender, elements, seconds, cell)
    print(f"\n{figures.heading(f'{threads} at a time, {delay_ms} ms: posts/s')}")
    print(*cells, sep="\n")
    print(figures.ratio("forwarder / plain", *cells))
    if delay_ms:
        print(f"{'ceiling by the delay':34} {threads / delay_ms * 1000:9,.0f}")


def main(rounds: int = 5, seconds: float = 1.5) -> None:
    """Run and print."""
    print(f"{rounds} rounds of {seconds} s, {figures.machine()}")
    print(f"limits raised: {', '.join(f'{name}={value}' for name, value in RAISED.items())}")
    with ExitStack() as stack_of:
        postgres = stack_of.enter_context(servers.postgres_server())
        openbao = stack_of.enter_context(servers.openbao_server())
        stack = stack_of.enter_context(running_stack(postgres, openbao, **RAISED))
        for threads, delay_ms in itertools.product((8, 64), (0, 50)):
            compare(stack, threads, delay_ms, rounds, seconds)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]), *map(float, sys.argv[2:3]))
