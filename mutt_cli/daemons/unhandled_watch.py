"""Events that no rule matched: counted by kind in Redis, and one meta-alert for each kind that reached the threshold.

Every alerter adds what it saw each second, off the path of the events; it looks for what is due at start and each
JANITOR_INTERVAL. The script raises one alert for each life of a kind's key (C-34).
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import unhandled_kinds
from mutt_cli.adapters.clock import IdSource, boottime_s, now_ms
from mutt_cli.adapters.redis_client import REDIS_TROUBLE
from mutt_cli.core import unhandled
from mutt_cli.core.enrich import Inventory
from mutt_cli.core.journal import Record, storable
from mutt_cli.core.unhandled import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.event import Event
    from mutt_cli.core.unhandled import Kind
    from mutt_cli.daemons.meters import AlerterMeters
    from mutt_cli.daemons.rulebook import Rulebook
    from mutt_cli.daemons.runtime import Runtime


TELL_EVERY_S: Final = 1.0
"""How often an alerter tells Redis what it saw: a second's counts are what its SIGKILL may cost (ADR 0016)."""


class UnhandledWatch:
    """A thread of an alerter, and the door to it."""

    def __init__(self, runtime: Runtime, rulebook: Rulebook, meters: AlerterMeters) -> None:
        self._runtime, self._rulebook, self._meters = runtime, rulebook, meters
        self._client, self._ids = runtime.redis(), IdSource()
        self._lock, self._telling = threading.Lock(), threading.Lock()
        self._tally = Tally()
        self._untold: tuple[str, list[Kind]] | None = None

    def saw(self, events: Sequence[Event]) -> None:
        """Count the unmatched events of a batch that is finished. Called by the work loop."""
        if events:
            with self._lock:
                for one in events:
                    self._tally.add(one)

    def run(self) -> None:
        """Until the daemon stops."""
        next_look = 0.0
        while not self._runtime.stop.wait(TELL_EVERY_S):
            try:
                self.tell()
                if boottime_s() >= next_look:
                    interval = self._runtime.settings.worker.janitor_interval
                    next_look = boottime_s() + interval * random.uniform(0.9, 1.1)  # noqa: S311 - jitter, no secret
                    self._look()
            except REDIS_TROUBLE as error:
                self._runtime.log.warning("janitor: unhandled events are not looked at: %s", error)

    def tell(self) -> None:
        """Add to the counts in Redis; after a lost reply the same counts under the same uid come first."""
        with self._telling:
            while self._untold or len(self._tally):
                if self._untold is None:
                    with self._lock:
                        self._untold = (self._ids.new(), self._tally.take(now_ms()))
                self._add(*self._untold)
                self._untold = None

    def _add(self, uid: str, found: list[Kind]) -> None:
        settings, runtime = self._runtime.settings.alerter, self._runtime
        ttl_ms, cap = settings.unhandled_expiry * 1000, settings.unhandled_max_keys
        unhandled_kinds.add(self._client, runtime.keys, runtime.pod, found, uid, ttl_ms, cap)

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
