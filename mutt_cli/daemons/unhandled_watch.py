"""The janitor's look at events that no rule matched: one meta-alert for each kind that reached the threshold (C-34).

Every alerter looks, at start and each JANITOR_INTERVAL; the script raises one alert for each life of a kind's key.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from mutt_cli.adapters import unhandled_kinds
from mutt_cli.adapters.clock import IdSource, now_ms
from mutt_cli.adapters.redis_client import REDIS_TROUBLE
from mutt_cli.core import unhandled
from mutt_cli.core.enrich import Inventory
from mutt_cli.core.journal import Record, storable

if TYPE_CHECKING:
    from mutt_cli.core.unhandled import Kind
    from mutt_cli.daemons.meters import AlerterMeters
    from mutt_cli.daemons.rulebook import Rulebook
    from mutt_cli.daemons.runtime import Runtime


class UnhandledWatch:
    """A thread of an alerter."""

    def __init__(self, runtime: Runtime, rulebook: Rulebook, meters: AlerterMeters) -> None:
        self._runtime, self._rulebook, self._meters = runtime, rulebook, meters
        self._client, self._ids = runtime.redis(), IdSource()

    def run(self) -> None:
        """Until the daemon stops."""
        while not self._runtime.stop.is_set():
            try:
                self._look()
            except REDIS_TROUBLE as error:
                self._runtime.log.warning("janitor: unhandled events are not looked at: %s", error)
            interval = self._runtime.settings.worker.janitor_interval
            self._runtime.stop.wait(interval * random.uniform(0.9, 1.1))  # noqa: S311 - jitter, not a secret

    def _look(self) -> None:
        threshold = self._runtime.settings.alerter.unhandled_threshold
        for kind in unhandled_kinds.kinds(self._client, self._runtime.keys):
            if kind.counts.count >= threshold and not kind.counts.triggered:
                self._raise(kind, threshold)

    def _raise(self, kind: Kind, threshold: int) -> None:
        book, at = self._rulebook.book, now_ms()
        alert = unhandled.meta_alert(kind, event_id := self._ids.new(), book.inventory if book else Inventory(), at)
        made = Record(
            event_id, storable(kind.counts.correlation_id), "alerter", "generated", "unhandled", "alert",
            self._runtime.pod, at, unhandled.SOURCE, started_ms=at, hostname=storable(kind.counts.hostname),
            severity="warning", rule_name=unhandled.NO_RULE, payload=alert,
        )  # fmt: skip
        args = (self._client, self._runtime.keys, kind, alert, made)
        if unhandled_kinds.raise_alert(*args, threshold=threshold):
            self._meters.meta_alert()
            self._runtime.log.warning(
                "janitor: unhandled events of one kind reached %d (%d by now): meta-alert raised", threshold,
                kind.counts.count, extra={"correlation_id": kind.counts.correlation_id, "event_id": event_id},
            )  # fmt: skip
