"""What is switched off, by whom, why and until when: the same fields and words wherever it is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.hold import Hold
    from mutt_cli.core.switches import Off

_LAST_MS: Final = 253_402_300_799_999


def moment(ms: int | None) -> datetime | None:
    """Unix ms as a moment; None for 0, and for what no calendar has."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC) if ms is not None and 0 < ms <= _LAST_MS else None


def hold_fields(hold: Hold | None) -> dict[str, Any] | None:
    """A hold in JSON."""
    if hold is None:
        return None
    return {
        "actor": hold.actor, "reason": hold.reason, "since": moment(hold.since), "until": moment(hold.until),
        "operation": hold.operation or None,
    }  # fmt: skip


def off_rows(off: Sequence[Off]) -> list[dict[str, Any]]:
    """Everything that is switched off, in JSON."""
    return [{"what": one.what, **(hold_fields(one.hold) or {})} for one in off]
