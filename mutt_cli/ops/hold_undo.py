"""Takes back that something was switched off or on: it is as it was before, unless somebody changed it since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mutt_cli.core.hold import Hold
from mutt_cli.core.switches import Off
from mutt_cli.errors import RefusedError
from mutt_cli.ops import hold as ops
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends

Held = dict[str, Hold | None]


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What is lifted or held again. Raises RefusedError MUTT-G006 if somebody switched since."""
    former, made = _held(recorded.originals, "former"), _held(recorded.originals, "made")
    now, at_ms = ops.standing(backends, former)
    # A command that was killed before it could say what it made has left holds with its id, or none at all.
    reached = [name for name in former if name in made or _operation(now[name]) == recorded.id]
    changed = [name for name in reached if name in made and _operation(now[name]) != _operation(made[name])]
    changed = changed if reached else list(former)
    if changed:
        raise RefusedError(
            f"{', '.join(changed)} is no longer as {recorded.id} left it",
            code="MUTT-G006",
            why="somebody switched it since, or its time is over",
            tries=("mutt status",),
        )
    back: Held = {
        name: None if hold is None or hold.over(at_ms) else hold for name, hold in former.items() if name in reached
    }
    lines = [f"{Off(name, hold).text}, again" if hold else f"{name} is switched on" for name, hold in back.items()]
    stops = any(hold is not None for hold in back.values())
    return Undo(lines, impact="B" if stops else "W", payload=(back, {name: now[name] for name in back}))


def carry_out(backends: Backends, _recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """Lift what was held, hold what was lifted, each until its own moment, if it is still as it was planned with."""
    back, seen = undo.payload
    before = ops.images(ops.change(backends, back, expected=seen))
    after = ops.images(back)
    originals = {"former": before, "made": after}
    return Undone(undo.lines, counts={"holds": len(back)}, originals=originals, audited=ops.audited(before, after))


def _held(originals: Mapping[str, Any], name: str) -> Held:
    found = originals.get(name)
    stored = found.items() if isinstance(found, dict) else ()
    return {str(key): msgspec.convert(value, Hold) if value else None for key, value in stored}


def _operation(hold: Hold | None) -> str | None:
    return None if hold is None else hold.operation
