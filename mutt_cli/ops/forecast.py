"""Time to full and time to drain of the queues, from two looks a moment apart."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import queue_reading
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core import pipeline
from mutt_cli.core.forecast import Forecast, Movement, forecast, left_alert
from mutt_cli.core.rates import read_rate
from mutt_cli.errors import UsageError
from mutt_cli.ops import dynamic, queues, switches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Settings

LOOK_S: Final = 2.0
"""Between the two looks: long enough for a rate, short enough for who waits for the answer."""


@dataclass(frozen=True)
class Outlook:
    """What is to be expected of the queues, and what would change it."""

    rows: tuple[Forecast, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Flow:
    """What was counted between the two looks."""

    accepted: int
    left_alert: int


def outlook(
    backends: Backends, configuration: Configuration, names: Sequence[str], rate_per_s: float | None
) -> Outlook:
    """The forecast of these queues, of all without any. Raises NotFoundError for a name that is none."""
    everything = queues.everything(backends)
    chosen = [queues.named(name, everything, backends) for name in names] or list(pipeline.QUEUES)
    seen = dynamic.view(backends, configuration)
    first, began = _look(backends, chosen), boottime_s()
    time.sleep(LOOK_S)
    last, seconds = _look(backends, chosen), boottime_s() - began
    (before, counted_before), (after, counted) = first, last
    left = left_alert(counted_before, counted, before, after)
    flow = Flow(counted["accepted"] - counted_before["accepted"], left)
    rows = tuple(
        forecast(_movement(queue, (before[queue.name], after[queue.name]), seconds, flow, seen.settings), rate_per_s)
        for queue in chosen
    )
    return Outlook(rows, tuple(_notes(backends, seen.settings, chosen)))


def rate_of(text: str | None) -> float | None:
    """Messages per second of `--rate`: a number, or COUNT/PERIOD. Raises UsageError."""
    if text is None:
        return None
    rate = read_rate(text)
    try:
        number = rate.per_second if rate is not None else float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise UsageError(f"--rate {text} is no rate", tries=("mutt forecast dlq-moog --rate 50/1m",))
    return number


def _look(backends: Backends, chosen: Sequence[Queue]) -> tuple[dict[str, int], dict[str, int]]:
    client, keys = backends.redis(), backends.keys
    wanted = {one.name: one for one in (*pipeline.QUEUES, *chosen)}
    depths = dict(zip(wanted, queue_reading.depths(client, keys, list(wanted.values())), strict=True))
    with failures_named():
        counters = client.hmget(keys.ledger, ["accepted", "forwarded"])
    accepted, forwarded = (int(one or 0) for one in counters)
    return depths, {"accepted": accepted, "forwarded": forwarded}


def _movement(queue: Queue, depths: tuple[int, int], seconds: float, flow: Flow, settings: Settings) -> Movement:
    cap = came = went = planned = None
    if queue.name == pipeline.INGEST:
        cap, came = settings.ingest.queue_cap, flow.accepted
    elif queue.name == pipeline.ALERT:
        went = flow.left_alert if flow.left_alert >= 0 else None
    elif queue.name == pipeline.QUARANTINE:
        cap = settings.ingest.quarantine_cap
    elif queue.name in {pipeline.DLQ_MOOG, pipeline.DLQ_ALERTER} and settings.remediation.enabled:
        planned = settings.remediation.batch_size / settings.remediation.interval
    return Movement(queue.name, *depths, seconds, cap, came, went, planned)


def _notes(backends: Backends, settings: Settings, chosen: Sequence[Queue]) -> Sequence[str]:
    """What bounds the rates, and what is switched off."""
    names, notes = {one.name for one in chosen}, [one.text for one in switches.switched_off(backends)]
    moog, remediation = settings.moog, settings.remediation
    if pipeline.ALERT in names and moog.rate_limit_enabled:
        most = moog.rate_limit_max_requests / moog.rate_limit_window
        notes.append(
            f"alerts leave at most at {most:g}/s, the limit that all forwarders share: mutt ratelimit set moog"
        )
    if {pipeline.DLQ_MOOG, pipeline.DLQ_ALERTER} & names:
        notes.append(
            f"remediation returns up to {remediation.batch_size:,} every {remediation.interval:g} s, both queues"
            " together, and what was set aside by breaker or shedding as room allows"
        )
    return notes
