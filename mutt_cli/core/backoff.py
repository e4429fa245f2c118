"""How long to wait before the next attempt: exponential with full jitter, from arguments alone.

Full jitter (a uniform choice between nothing and the exponential limit) spreads the retries of many alerts that
failed in the same second over the whole interval, so that a receiver that comes back is not hit by all at once.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """When to try again and when to give up (contract.md 3.1, the `RETRY_*` settings)."""

    max_attempts: int = 5
    """Attempts in all, the first one included; at least one is always made."""
    initial_s: float = 1.0
    """Longest wait after the first failed attempt, in seconds."""
    multiplier: float = 2.0
    """Growth of the longest wait from one failure to the next."""
    max_s: float = 60.0
    """No wait of our own choice is longer, in seconds."""
    retry_after_max_s: float = 300.0
    """A `Retry-After` of the receiver is obeyed up to this many seconds."""


def longest_wait_s(failures: int, policy: Policy) -> float:
    """Upper limit of the wait after `failures` failed attempts in a row, in seconds; 0 for none."""
    if failures <= 0:
        return 0.0
    try:
        limit = policy.initial_s * policy.multiplier ** (failures - 1)
    except OverflowError:
        limit = policy.max_s
    return max(0.0, min(limit, policy.max_s))


def wait_s(failures: int, policy: Policy, jitter: float) -> float:
    """The wait after `failures` failed attempts, in seconds. `jitter` is the caller's random number in [0, 1]."""
    return longest_wait_s(failures, policy) * min(max(jitter, 0.0), 1.0)
