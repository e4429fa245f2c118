"""Looking at a deployment again and again: frames of `mutt top`, with connections that are kept between looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.snapshot import SERVICES, Part, Snapshot, Trouble
from mutt_cli.core.top.frame import Frame
from mutt_cli.core.top.work import work_of
from mutt_cli.ops import metrics
from mutt_cli.ops.gather import BUG, Kept, together
from mutt_cli.ops.snapshot import DEADLINE_S, take

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.core.top.work import Work
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.snapshot.local import Folders

_MARGIN_S: Final = 0.5
_SELDOM: Final = ("account", "host", "vault", "burn")
"""Parts that cost a search through the queues, disks, or somebody else's server."""
_SELDOM_MS: Final = 10_000
_LATE_MS: Final = 60_000


class Lookout:
    """Takes frames of one deployment. A context manager; one thread at a time."""

    def __init__(self, configuration: Configuration, folders: Folders) -> None:
        self.configuration = configuration
        self._folders = folders
        self._kept = Kept(configuration.settings)
        self._last: Snapshot | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.__exit__()

    def look(self, seconds: float = DEADLINE_S) -> Frame:
        """Everything at this moment; what is not known says why. Raises only what is a bug of ours."""
        looks: dict[str, Callable[[], Any]] = {
            "snapshot": lambda: take(self.configuration, self._folders, seconds, self._kept, self._recent()),
            "work": self._kept.connected("work", _works),
        }
        found = together(looks, self.configuration.settings, seconds + _MARGIN_S)
        work, snapshot = found["work"], found["snapshot"]
        if snapshot.error is not None or not isinstance(snapshot.found, Snapshot):
            raise snapshot.surprise or snapshot.error or RuntimeError(BUG)
        self._last = snapshot.found
        at_ms = snapshot.found.at_ms + round(work.took_s * 1000)
        if work.error is None:
            return Frame(snapshot.found, Part(work.found, None, at_ms, work.took_s))
        trouble = Trouble(work.error.code, work.error.message, work.error.tries, "refused")
        return Frame(snapshot.found, Part(None, trouble, at_ms, work.took_s))

    def _recent(self) -> dict[str, Part[Any]]:
        """What does not change by the second and was looked at less than a few intervals ago.

        What did not end in its time is left alone for longer: a search through millions must not be all that is done.
        """
        if self._last is None:
            return {}
        parts = {name: getattr(self._last, name) for name in _SELDOM}
        return {name: one for name, one in parts.items() if one is not None and one.at_ms > now_ms() - _keep_ms(one)}


def _keep_ms(part: Part[Any]) -> int:
    if part.trouble is None:
        return _SELDOM_MS
    return _LATE_MS if part.trouble.kind == "late" else 0


def _works(backends: Backends) -> dict[str, Work]:
    """What each service counted, of those whose pages answer. Raises where Redis does not say where the pages are."""
    with failures_named():
        backends.redis().ping()
    answered = [one for one in metrics.scraped(backends) if not one.trouble]
    found = {
        service: work_of(service, [one.families for one in answered if one.endpoint.service == service])
        for service in SERVICES
    }
    return {service: work for service, work in found.items() if work is not None}
