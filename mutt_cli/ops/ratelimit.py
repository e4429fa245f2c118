"""The two limiters, by name: what they allow, what they have given in the window that ends now, how often they bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters import metrics_page, queue_reading
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.rates import Rate, read_rate
from mutt_cli.errors import NotFoundError, UsageError
from mutt_cli.ops import dynamic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.ops.backends import Backends

Name = Literal["ingest", "moog"]
SETTINGS: Final[Mapping[str, tuple[str, str]]] = {
    "ingest": ("ingest_max_rate", "ingest_rate_window"),
    "moog": ("moog_rate_limit", "moog_rate_period"),
}
"""The dynamic settings of each limiter: how many, in how many seconds."""
_PAGE_S: Final = 1.0


@dataclass(frozen=True)
class Limiter:
    """One limiter, shared by all processes of its service."""

    name: Name
    counts: str
    """What one permit is for."""
    enabled: bool
    limit: int
    window_s: int
    used: int
    waiting: int | None
    """Alerts that wait for a permit or their turn; None where senders keep what does not come in."""
    hits: float | None
    """Refusals (ingest) or waits (moog) since the start of the daemons of this host; None if none answers."""
    returns_s: int | None
    """Seconds after which a value that was set for a time goes back."""

    @property
    def headroom(self) -> int:
        """Permits that are left now."""
        return max(0, self.limit - self.used)

    @property
    def state(self) -> Literal["ok", "warn"]:
        """`warn` while somebody has to wait for a permit."""
        return "warn" if self.enabled and not self.headroom else "ok"


def limiters(backends: Backends, configuration: Configuration) -> tuple[Limiter, ...]:
    """Both of them. Raises RedisUnavailableError."""
    client, keys = backends.redis(), backends.keys
    seen = dynamic.view(backends, configuration)
    ingest, moog = seen.settings.ingest, seen.settings.moog
    now = queue_reading.now_ms(client)
    pipeline = client.pipeline(transaction=False)
    pipeline.zcount(keys.rate_limit_ingestor, f"({now - int(ingest.rate_window * 1000)}", now)
    pipeline.zcount(keys.rate_limit_moog, f"({now - int(moog.rate_limit_window * 1000)}", now)
    pipeline.llen(keys.alert_queue)
    with failures_named():
        requests, posts, waiting = map(int, pipeline.execute())
    settings = backends.settings
    hits = metrics_page.total(
        settings.ingest.host, settings.ingest.metrics_port, "mutt_ingest_rate_limit_hits_total", _PAGE_S
    )
    waits = metrics_page.total("", settings.forwarder.metrics_port, "mutt_moog_rate_limit_hits_total", _PAGE_S)
    return (
        Limiter(
            "ingest", "requests, each with one event or many", moog.rate_limit_enabled, ingest.max_rate,
            int(ingest.rate_window), requests, None, hits, _returns(seen.returns, "ingest"),
        ),
        Limiter(
            "moog", "posts to Moogsoft, of all forwarders together", moog.rate_limit_enabled,
            moog.rate_limit_max_requests, int(moog.rate_limit_window), posts, waiting, waits,
            _returns(seen.returns, "moog"),
        ),
    )  # fmt: skip


def wishes(name: str, text: str) -> list[tuple[str, str]]:
    """The settings that make a limiter allow `COUNT/PERIOD`. Raises NotFoundError or UsageError."""
    if name not in SETTINGS:
        raise NotFoundError(f"there is no limiter {name}: there are ingest and moog", tries=("mutt ratelimit show",))
    rate = read_rate(text)
    if not isinstance(rate, Rate):
        raise UsageError(
            f"{text} is no rate: write COUNT/PERIOD, with whole seconds", tries=(f"mutt ratelimit set {name} 1000/1m",)
        )
    count, window = SETTINGS[name]
    return [(count, str(rate.count)), (window, str(rate.seconds))]


def _returns(returns: Mapping[str, int], name: str) -> int | None:
    found = [returns[key] for key in SETTINGS[name] if key in returns]
    return min(found) if found else None
