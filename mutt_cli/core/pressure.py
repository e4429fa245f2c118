"""What gives way when the journal is full because PostgreSQL cannot take it: history before alerts (D14).

At the byte cap raw payloads are left out, half a cap later also the rows of events that matched no rule. At twice the
cap alerters stop claiming, half a cap later forwarders. Finish and settle are never refused.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.journal import Record


class Pressure(IntEnum):
    """How full the journal is; each level includes the ones before it."""

    NONE = 0
    NO_PAYLOADS = 1
    NO_UNMATCHED = 2
    ALERTERS_STOP = 3
    FORWARDERS_STOP = 4


def pressure(used_bytes: int, cap_bytes: int, action: Literal["shed", "stop"]) -> Pressure:
    """The level for `used_bytes`. With `stop` alerters stop at the cap instead of leaving history out."""
    if used_bytes < cap_bytes:
        return Pressure.NONE
    if used_bytes >= 2.5 * cap_bytes:
        return Pressure.FORWARDERS_STOP
    if action == "stop" or used_bytes >= 2 * cap_bytes:
        return Pressure.ALERTERS_STOP
    return Pressure.NO_PAYLOADS if used_bytes < 1.5 * cap_bytes else Pressure.NO_UNMATCHED


def shrink(records: Sequence[Record], level: Pressure) -> tuple[list[Record], int]:
    """The records that are still written, and how many rows and payloads of history were left out."""
    if level < Pressure.NO_PAYLOADS:
        return list(records), 0
    kept = [one for one in records if level < Pressure.NO_UNMATCHED or one.outcome != "unhandled"]
    bare = [msgspec.structs.replace(one, payload=None) if one.payload is not None else one for one in kept]
    skipped = len(records) - len(kept) + sum(one.payload is not None for one in kept)
    return bare, skipped
