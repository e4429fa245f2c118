"""What to do about a token that runs out: renew it, log in again, or nothing yet (contradictions.md C-33)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

WARN_BELOW_S: Final = 7 * 86_400.0
"""A token that cannot replace itself is worth a warning when less than this is left (C-33)."""

_FIND_OUT_S: Final = WARN_BELOW_S + 86_400.0
_CAPPED: Final = 0.95
_SOONEST_LOOK_S: Final = 0.2


class Step(Enum):
    """The decision."""

    NOTHING = "nothing"
    RENEW = "renew"
    LOGIN = "login"


@dataclass(frozen=True)
class Lease:
    """A token's life as its server told it last. Durations in seconds; `granted_s` 0 means it never ends."""

    granted_s: float
    """Time to live given at the last login or renewal."""
    asked_s: float
    """Time to live asked for then; what the token was created with."""
    renewable: bool

    @property
    def endless(self) -> bool:
        """A root token: no end, nothing to renew."""
        return self.granted_s <= 0

    @property
    def capped(self) -> bool:
        """The last grant was cut short by the token's maximum age: further renewals end at the same moment."""
        return self.granted_s < self.asked_s * _CAPPED


def next_step(lease: Lease, remaining_s: float, threshold_s: float) -> Step:
    """Decide from the time left. `threshold_s` is VAULT_TOKEN_RENEW_THRESHOLD.

    A lease shorter than the threshold is due at half its life, not all the time. A capped or unrenewable one needs
    a new login; so does one that has run out.
    """
    if lease.endless:
        return Step.NOTHING
    if remaining_s <= 0:
        return Step.LOGIN
    if remaining_s > min(threshold_s, lease.granted_s / 2):
        return Step.NOTHING
    return Step.RENEW if lease.renewable and not lease.capped else Step.LOGIN


def renewal_threshold_s(threshold_s: float, *, by_hand: bool) -> float:
    """Below how much time left a token is renewed. `threshold_s` is VAULT_TOKEN_RENEW_THRESHOLD.

    One that only a person can replace is renewed from eight days on: the renewal tells whether it can live on, and if
    it cannot there are still seven days to warn of it.
    """
    return max(threshold_s, _FIND_OUT_S) if by_hand else threshold_s


def next_look_s(lease: Lease, remaining_s: float, interval_s: float) -> float:
    """How long to wait before deciding again: the usual interval, but a third of what is left if that is less."""
    if lease.endless:
        return interval_s
    return max(_SOONEST_LOOK_S, min(interval_s, remaining_s / 3))
