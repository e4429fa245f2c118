"""What the overview shows: one look at everything, kept for METRICS_CACHE_TTL seconds, whoever asks meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
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
YOUNG_S: Final = 10.0
PATIENCE_S: Final = 0.2
"""How long a visitor waits for a new look while the last one is young."""
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

    A look may take seconds while a back end hangs or a ledger is searched for what is missing, and no request must wait
    for that, its own look or somebody else's, as long as what is known is young.
    """

    def __init__(self, place: Place, stores: Stores) -> None:
        self._place, self._stores = place, stores
        self._lock = threading.Lock()
        self._lookout = Lookout(place.configuration, place.folders)
        self._look: Look | None = None
        self._until = 0.0

    def look(self) -> Look:
        """As everything was, at most METRICS_CACHE_TTL seconds ago, or where a look takes its time YOUNG_S."""
        known = self._look
        if known is None:
            with self._lock:
                return self._look or self._renewed()
        if boottime_s() < self._until or not self._lock.acquire(blocking=False):
            return known
        found: Future[Look] = Future()
        threading.Thread(target=self._renew, args=(found,), name="board", daemon=True).start()
        is_young = now_ms() - known.at_ms < YOUNG_S * 1000
        wait((found,), PATIENCE_S if is_young else None)
        return found.result() if found.done() else known

    def _renew(self, found: Future[Look]) -> None:
        """Look anew for whoever waits; the lock is theirs and given back here."""
        try:
            try:
                look = self._renewed()
            finally:
                self._lock.release()
        except Exception as error:  # noqa: BLE001  it is raised where the result is asked for
            found.set_exception(error)
        else:
            found.set_result(look)

    def _renewed(self) -> Look:
        look = self._look = self._taken()
        self._until = boottime_s() + self._place.runtime.settings.webui.metrics_cache_ttl
        return look

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
