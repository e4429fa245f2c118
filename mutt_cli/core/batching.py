"""How many events an alerter takes in one step: more where many wait, because a step costs the same round trips."""

from __future__ import annotations

from typing import Final

MOST: Final = 2000
"""No batch is larger: what is run through Lua in one step, and decided again after a crash, stays bounded."""
GROWTH: Final = 4
WORTH_IT: Final = 8
"""A backlog of so many batches is taken in larger ones."""


def batch_size(configured: int, waiting: int) -> int:
    """Events to claim next, when `waiting` were left in the queue by the last claim (decisions.md D16, adaptive).

    A short queue is taken in batches of `configured`, so that the first event of a batch waits for few others.
    """
    if waiting < configured * WORTH_IT:
        return configured
    return max(configured, min(configured * GROWTH, MOST))
