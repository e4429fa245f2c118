"""Puts counts of unmatched events back that were removed; what has ended or is counted anew by then stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import unhandled_kinds
from mutt_cli.adapters.clock import utc_now
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


def plan_undo(_backends: Backends, recorded: Recorded) -> Undo:
    """Those that would still live if they had not been removed."""
    images: list[dict[str, Any]] = list(recorded.originals.get("kinds", ()))
    gone_ms = int((utc_now() - recorded.started_at).total_seconds() * 1000)
    alive = [one for one in images if one["left_ms"] < 0 or one["left_ms"] > gone_ms]
    ended = len(images) - len(alive)
    cannot = [f"{ended:,} kinds would have ended by themselves by now"] if ended else []
    payload = [one | {"left_ms": one["left_ms"] - gone_ms if one["left_ms"] >= 0 else -1} for one in alive]
    lines = [f"put back the counts of {len(alive):,} kinds"] if alive else []
    return Undo(lines, cannot, payload=payload)


def carry_out(backends: Backends, _recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """Write each value back, unless the kind is there: it was counted anew, or never removed."""
    client, keys = backends.redis(), backends.keys
    back = sum(unhandled_kinds.put_back(client, keys, one["key"], one["value"], one["left_ms"]) for one in undo.payload)
    there = len(undo.payload) - back
    stays = [f"{there:,} kinds are there: they are counted anew, or were not removed"] if there else []
    return Undone([f"put back the counts of {back:,} kinds"], [*undo.cannot, *stays], counts={"put_back": back})
