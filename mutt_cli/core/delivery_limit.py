"""The delivery limit (C-56) in one wording for status, trace and log, and when a forwarder says that it meets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

SETTING: Final = "RATE_LIMIT_MAX_REQUESTS"
"""The setting that an operator raises."""


@dataclass(frozen=True)
class Limit:
    """The limit that all forwarders share: permits given in the window that ends now, and the most it may hold."""

    used: int
    most: int
    window_s: int

    @property
    def full(self) -> bool:
        """Whether an alert has to wait for a permit now."""
        return self.used >= self.most

    @property
    def words(self) -> str:
        """`RATE_LIMIT_MAX_REQUESTS (100 in 60 s)`."""
        return f"{SETTING} ({self.most:,} in {self.window_s:,} s)"


@dataclass
class Episode:
    """A time in which alerts wait for the limit, as one forwarder sees it: it ends after a window without any wait.

    At the limit each permit that comes free lets one alert go, so single claims tell of no wait in between.
    """

    _last_s: float | None = None

    def note(self, *, limited: bool, now_s: float, window_s: float) -> Literal["begins", "ends"] | None:
        """Take in one claim at `now_s` (seconds of a clock that only grows); what is to be said now, if anything."""
        if limited:
            begins = self._last_s is None
            self._last_s = now_s
            return "begins" if begins else None
        if self._last_s is None or now_s - self._last_s < window_s:
            return None
        self._last_s = None
        return "ends"
