"""Takes back that something was switched off or on: it is as it was before, unless somebody changed it since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mutt_cli.adapters import holds
from mutt_cli.core.hold import Hold
from mutt_cli.errors import RefusedError
from mutt_cli.ops import hold as ops
from mutt_cli.ops.switches import Off
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends

Held = dict[str, Hold | None]


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What is lifted or held again. Raises RefusedError MUTT-G006 if somebody switched since."""
    former, made = _held(recorded.originals, "former"), _held(recorded.originals, "made")
    now, at_ms = holds.read(backends.redis(), backends.keys)
    # A command that was killed before it could say what it made has left holds with its id, or none at all.
    reached = [name for name in former if name in made or _operation(now.get(name)) == recorded.id]
    changed = [name for name in reached if name in made and _operation(now.get(name)) != _operation(made[name])]
    changed = changed if reached else list(former)
    if changed:
        raise RefusedError(
            f"{', '.join(changed)} is no longer as {recorded.id} left it",
            code="MUTT-G006",
            why="somebody switched it since, or its time is over",
            tries=("mutt status", "mutt ingest start"),
        )
    back: Held = {
        name: None if hold is None or hold.over(at_ms) else hold for name, hold in former.items() if name in reached
    }
    lines = [f"{Off(name, hold).text}, again" if hold else f"{name} is switched on" for name, hold in back.items()]
    stops = any(hold is not None for hold in back.values())
    return Undo(lines, impact="B" if stops else "W", payload=(back, at_ms))


def carry_out(backends: Backends, _recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """Lift what was held, hold what was lifted, each until its own moment."""
    back, at_ms = undo.payload
    was: Held = {}
    for name, hold in back.items():
        for_s = (hold.until - at_ms) / 1000 if hold is not None and hold.until else 0.0
        was |= ops.change(backends, {name: hold}, for_s=for_s)
    before, after = ops.images(was), ops.images(back)
    originals = {"former": before, "made": after}
    return Undone(undo.lines, counts={"holds": len(back)}, originals=originals, audited=ops.audited(before, after))


def _held(originals: Mapping[str, Any], name: str) -> Held:
    found = originals.get(name)
    stored = found.items() if isinstance(found, dict) else ()
    return {str(key): msgspec.convert(value, Hold) if value else None for key, value in stored}


def _operation(hold: Hold | None) -> str | None:
    return None if hold is None else hold.operation
