"""What the overview shows: one look at everything, kept for METRICS_CACHE_TTL seconds, whoever asks meanwhile."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import frame_ring
from mutt_cli.adapters.clock import boottime_s, now_ms
from mutt_cli.core.top.rates import Span, depths
from mutt_cli.core.top.track import Track
from mutt_cli.daemons.webui.lent import LentBackends
from mutt_cli.errors import MuttError
from mutt_cli.ops import health
from mutt_cli.ops.figures import Figures, figures
from mutt_cli.ops.lookout import Lookout
from mutt_cli.ops.status import Status

if TYPE_CHECKING:
    from mutt_cli.daemons.webui.api.endpoint import Place
    from mutt_cli.daemons.webui.stores import Stores

CURVE_MS: Final = 30 * 60_000
POINTS: Final = 60
_FRAMES: Final = 200
_MARGIN_MS: Final = 60_000


@dataclass(frozen=True)
class Look:
    """Everything at one moment. `number` names it: another look has another."""

    number: int
    at_ms: int
    status: Status
    figures: Figures | None
    curves: dict[str, list[float | None]]
    """Depths of the last half hour by queue."""


class Board:
    """One worker process's. Whoever comes while one looks gets what was seen before; only the first look is waited for.

    A look may take seconds while a back end hangs, and a request must not wait for somebody else's.
    """

    def __init__(self, place: Place, stores: Stores) -> None:
        self._place, self._stores = place, stores
        self._lock = threading.Lock()
        self._lookout = Lookout(place.configuration, place.folders)
        self._look: Look | None = None
        self._until = 0.0

    def look(self) -> Look:
        """As everything was, at most METRICS_CACHE_TTL seconds ago."""
        known = self._look
        if known is not None and (boottime_s() < self._until or not self._lock.acquire(blocking=False)):
            return known
        if known is None:
            self._lock.acquire()
        try:
            if self._look is None or boottime_s() >= self._until:
                self._look = self._taken()
                self._until = boottime_s() + self._place.runtime.settings.webui.metrics_cache_ttl
            return self._look
        finally:
            self._lock.release()

    def _taken(self) -> Look:
        at = now_ms()
        seen = self._lookout.look().snapshot
        found = Status(seen, health.judged(seen, self._place.configuration.settings))
        counted, curves = None, dict[str, list[float | None]]()
        try:
            with LentBackends(self._place.runtime, self._stores) as backends:
                counted = figures(backends, at)
                track = Track(frame_ring.read(backends.redis(), backends.keys, _FRAMES))
        except MuttError:
            return Look(at, at, found, counted, curves)
        span = Span(track.moment_ms(), CURVE_MS, POINTS)
        samples = track.samples(span_ms=CURVE_MS + _MARGIN_MS)
        for one in found.queues:
            curves[one.name] = depths(samples, one.name, span)
        return Look(at, at, found, counted, curves)
