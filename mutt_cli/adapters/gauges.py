"""Gauges: depths and the breaker's state, read from Redis when somebody scrapes, in at most one second.

While Redis is away the last known numbers are given; what was never known is left out. One read runs at a time, in a
thread of its own, so that neither a slow Redis nor many scrapers can hold up anything else.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.exposition import printed
from mutt_cli.core.metrics import DRAINED
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

Read = tuple[str, ...]
"""A Redis command that reads one key, and the key; of several keys the sum."""

WAIT_S: Final = 1.0
BREAKER_NUMBERS: Final = {b"CLOSED": 0.0, b"OPEN": 1.0, b"HALF_OPEN": 2.0}
"""contract.md 5.2, C-50. No key means that the breaker has never moved: closed."""


class Gauges:
    """Numbers that Redis knows, by metric name or by series as printed (adapters/metrics.py)."""

    def __init__(self, client: Client, reads: Mapping[str, Read]) -> None:
        self._client, self._reads = client, dict(reads)
        self._known: dict[str, float] = {}
        self._lock = threading.Lock()
        self._reading: threading.Event | None = None

    def read(self) -> dict[str, float]:
        """The numbers now, or the last known ones if Redis does not answer within WAIT_S."""
        with self._lock:
            if self._reading is None:
                self._reading = threading.Event()
                threading.Thread(target=self._ask, args=(self._reading,), name="gauges", daemon=True).start()
            reading = self._reading
        reading.wait(WAIT_S)
        with self._lock:
            return dict(self._known)

    def _ask(self, done: threading.Event) -> None:
        found: dict[str, float] = {}
        try:
            with failures_named():
                pipeline = self._client.pipeline(transaction=False)
                for command, *keys in self._reads.values():
                    for key in keys:
                        pipeline.execute_command(command, key)  # type: ignore[no-untyped-call]
                answers = iter(pipeline.execute(raise_on_error=False))
            for name, (_, *keys) in self._reads.items():
                numbers = [number for _ in keys if (number := _number(next(answers))) is not None]
                if len(numbers) == len(keys):
                    found[name] = sum(numbers)
        except MuttError:
            pass  # the daemon's own calls say in the log what is wrong with Redis
        finally:
            with self._lock:
                self._known |= found
                self._reading = None
            done.set()


def _number(answer: Any) -> float | None:
    """A length, a number in text, or a state of the breaker; None if a hand left something else there."""
    if isinstance(answer, bytes) and answer in BREAKER_NUMBERS:
        return BREAKER_NUMBERS[answer]
    try:
        return float(answer or 0)
    except (TypeError, ValueError):
        return None


def of_ingestor(client: Client, keys: Keys) -> Callable[[], dict[str, float]]:
    """Reads the ingestor's gauges."""
    return Gauges(client, {"mutt_ingest_queue_depth": ("LLEN", keys.ingest_queue)}).read


def of_alerter(client: Client, keys: Keys, pods: Sequence[str]) -> Callable[[], dict[str, float]]:
    """Reads the gauges of one alerter, whose workers have these names."""
    reads = {
        "mutt_alerter_queue_depth": ("LLEN", keys.ingest_queue),
        "mutt_alerter_dlq_depth": ("LLEN", keys.dlq_alerter),
        "mutt_alerter_processing_list_depth": ("LLEN", *(keys.processing("alerter", pod) for pod in pods)),
    }
    return Gauges(client, reads).read


def of_forwarder(client: Client, keys: Keys, pods: Sequence[str]) -> Callable[[], dict[str, float]]:
    """Reads the gauges of one forwarder, whose workers have these names."""
    reads = {
        "mutt_moog_dlq_depth": ("LLEN", keys.dlq_moog),
        "mutt_moog_retry_depth": ("ZCARD", keys.retry),
        "mutt_moog_processing_list_depth": ("LLEN", *(keys.processing("moog", pod) for pod in pods)),
        "mutt_moog_circuit_breaker_state": ("GET", keys.breaker("state")),
        "mutt_moog_circuit_breaker_failures": ("GET", keys.breaker("failures")),
    }
    return Gauges(client, reads).read


def of_remediation(client: Client, keys: Keys) -> Callable[[], dict[str, float]]:
    """Reads remediation's depths."""
    drained = zip(DRAINED, (keys.dlq_moog, keys.dlq_alerter), strict=True)
    reads = {printed("mutt_remediation_dlq_depth", [("dlq_name", name)]): ("LLEN", key) for name, key in drained} | {
        "mutt_remediation_dead_depth": ("LLEN", keys.dead)
    }
    return Gauges(client, reads).read
