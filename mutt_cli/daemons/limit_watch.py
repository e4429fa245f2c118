"""The forwarder's word about the delivery limit: a line when alerts begin to wait for it, and one when none do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.core.delivery_limit import Episode, Limit

if TYPE_CHECKING:
    from mutt_cli.adapters.forwarder_queue import Claimed
    from mutt_cli.daemons.runtime import Runtime


class LimitWatch:
    """What one forwarder's claims tell of the limit. The clerk alone calls it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._episode = Episode()

    def claimed(self, answer: Claimed) -> None:
        """Note one claim."""
        moog, log = self._runtime.settings.moog, self._runtime.log
        said = self._episode.note(limited=answer.limited, now_s=boottime_s(), window_s=moog.rate_limit_window)
        if said is None:
            return
        words = Limit(0, moog.rate_limit_max_requests, moog.rate_limit_window).words
        if said == "begins":
            log.warning("delivery limit reached: alerts wait in their queue for %s", words)
        else:
            log.info("delivery limit: no alert has waited for %s lately", words)
