"""Whether Moogsoft can be sent to: a probe without side effect, its answer kept for a moment, each result logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.moogsoft import MoogsoftClient
from mutt_cli.core import delivery

if TYPE_CHECKING:
    from mutt_cli.daemons.runtime import Runtime

KEEP_S: Final = 10.0
"""An answer counts for this long."""


class MoogsoftWatch:
    """Asks the health address, else the webhook (C-54). Works without a key: below 500 is reachable."""

    def __init__(self, runtime: Runtime) -> None:
        """Raises ConfigError if an address cannot be used."""
        self._runtime = runtime
        self._webhook = self._key = ""
        self._connect()
        self._answer = ""
        self._until = 0.0

    def _connect(self) -> None:
        """A client for the webhook and the key of now: both may change at run time."""
        moog, key = self._runtime.settings.moog, self._runtime.secrets.current("MOOG_API_KEY")
        if (moog.webhook_url, key) != (self._webhook, self._key):
            self._client = MoogsoftClient(moog.webhook_url, key, moog.health_timeout, health_url=moog.health_url)
            self._webhook, self._key = moog.webhook_url, key

    @property
    def word(self) -> str:
        """The last result: `healthy`, `unauthorised`, `down`, or `not checked`."""
        return self._answer or "not checked"

    @property
    def known(self) -> bool:
        """Whether asking would tell nothing new, or is switched off (MOOG_HEALTH_CHECK_ENABLED)."""
        return not self._runtime.settings.moog.health_check_enabled or boottime_s() < self._until

    @property
    def healthy(self) -> bool:
        """False only if Moogsoft was asked a moment ago and is down; look at `known` before acting on True."""
        return not (self._runtime.settings.moog.health_check_enabled and self.known and self._answer == "down")

    @property
    def gauges(self) -> dict[str, float]:
        """The last result as a metric, under both documented names (C-53); nothing while nobody has asked."""
        if not self._answer:
            return {}
        return dict.fromkeys(("mutt_moog_health", "mutt_remediation_moog_health"), float(self._answer != "down"))

    def ask(self) -> None:
        """Probe once, unless that is switched off; log the result (SO:719)."""
        if not self._runtime.settings.moog.health_check_enabled:
            self._answer = ""
            return
        self._connect()
        answer = self._client.probe()
        self._answer, self._until = delivery.health(answer), boottime_s() + KEEP_S
        log, said = self._runtime.log, answer.text
        if self._answer == "down":
            log.warning("Moogsoft health: down, replay to it pauses: %s", said)
        elif self._answer == "unauthorised":
            log.warning("Moogsoft health: reachable, but it does not accept our key for the probe: %s", said)
        else:
            log.info("Moogsoft health: healthy: %s", said)
