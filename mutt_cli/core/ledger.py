"""The ledger as arithmetic: what came in is somewhere, or the remainder says how much is not.

accepted + generated + injected = forwarded + unhandled + suppressed + deduplicated + dead + purged + in flight (D18).
In flight is measured (the lengths of all lists but the dead letters), never computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

IN: Final = ("accepted", "generated", "injected")
OUT: Final = ("forwarded", "unhandled", "suppressed", "deduplicated", "dead", "purged")

UNSERVED: Final = "unserved"
"""Events that were refused because we could not take them now; in no balance, they never came in."""

Entry = tuple[str, str, str, int]
"""(accepted minute `2026-11-23T22:33`, source, counter, signed delta)."""


@dataclass(frozen=True)
class Balance:
    """Counters and lengths of one instant."""

    counters: Mapping[str, int]
    in_flight: int
    accounted: int = 0
    """Remainder that an operator has accepted with a reason (`reconcile --accept`)."""
    forgotten: int = 0
    """Messages that a witness saw come in and that neither these counters nor any record know (core/witnessed.py)."""

    @property
    def remainder(self) -> int:
        """Messages that should be here and are not; negative: here and never counted in. Zero balances."""
        came = sum(self.counters.get(name, 0) for name in IN)
        went = sum(self.counters.get(name, 0) for name in OUT)
        return came + self.forgotten - went - self.in_flight - self.accounted

    @property
    def balanced(self) -> bool:
        """True if nothing is missing and nothing appeared from nowhere."""
        return self.remainder == 0
