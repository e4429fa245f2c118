"""Telling and meeting the load that core/backpressure.py judges: warn, shed, or pause, as the settings of now say.

A level is told when it changes and once a minute while it lasts; what is shed has its documented line (TG:1653).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.logs import EventLog
from mutt_cli.core.backpressure import Depths, Level, Load, Thresholds, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.alerter_queue import Batch
    from mutt_cli.core.journal import Record
    from mutt_cli.daemons.meters import AlerterMeters
    from mutt_cli.daemons.runtime import Runtime

TELL_EVERY_S: Final = 60.0


class Congestion:
    """What one alerter makes of the depth of its queue."""

    def __init__(self, runtime: Runtime, meters: AlerterMeters) -> None:
        self._runtime, self._meters = runtime, meters
        self._events = EventLog(runtime.log, runtime.settings.log.event_rate)
        self._level, self._mode = Level.CALM, ""
        self._told_at = 0.0

    def judge(self, batch: Batch) -> Load:
        """The load, told if it is news."""
        settings = self._runtime.settings.alerter
        limits = Thresholds(settings.queue_warn_threshold, settings.queue_shed_threshold, settings.shed_mode)
        load = judge(Depths(batch.waiting, batch.alerts), len(batch.elements), limits)
        other_mode = load.level is not Level.CALM and limits.mode != self._mode
        if load.level != self._level or other_mode or (load.level and boottime_s() - self._told_at >= TELL_EVERY_S):
            self._tell(load, limits)
            self._level, self._mode, self._told_at = load.level, limits.mode, boottime_s()
        return load

    def _tell(self, load: Load, limits: Thresholds) -> None:
        log = self._runtime.log
        if load.level is Level.CALM:
            log.info("Backpressure: over, %d events in hand and waiting", load.depth)
        elif load.level is Level.WARN:
            log.warning("Backpressure: Queue depth %d reached warn threshold %d", load.depth, limits.warn)
        elif limits.mode != "dlq":
            log.warning(
                "Backpressure: Queue depth %d exceeds shed threshold %d, shed mode %s: nothing is shed",
                load.depth, limits.shed, limits.mode,
            )  # fmt: skip

    def after(self, load: Load, records: Sequence[Record]) -> None:
        """The batch is finished: a line for each event that was shed, or the pause."""
        if load.pause:
            self._meters.shed("defer", len(records))
            self._runtime.stop.wait(self._runtime.settings.alerter.defer_sleep_ms / 1000)
        shed = [record for record in records if record.outcome == "shed"]
        if not shed:
            return
        self._meters.shed("dlq", len(shed))
        limit = self._runtime.settings.alerter.queue_shed_threshold
        for record in shed:
            if self._events.due():
                text = f"Backpressure: Queue depth {load.depth} exceeds shed threshold {limit}, shedding event"
                self._events.line(text, correlation_id=record.correlation_id, event_id=record.event_id, status="shed")
