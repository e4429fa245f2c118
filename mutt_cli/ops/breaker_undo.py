"""Takes back a trip of the breaker: it closes, unless somebody reset it or tripped it again since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters import breaker
from mutt_cli.errors import RefusedError
from mutt_cli.ops import breaker as ops
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What would happen. Raises RefusedError MUTT-G006 if the breaker is not the one that was tripped."""
    found = breaker.read(backends.redis(), backends.keys)
    if found.trip is None or found.trip.operation != recorded.id:
        raise _changed(recorded, found.state)
    return Undo([f"the breaker, tripped {found.trip.phrase}, is closed: alerts leave at once"])


def carry_out(backends: Backends, recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """Close it, if it is still that trip."""
    answer = breaker.reset(backends.redis(), backends.keys, only=recorded.id)
    if answer is None:
        raise _changed(recorded, breaker.read(backends.redis(), backends.keys).state)
    before, after = ops.images(*answer), ops.images("CLOSED", None)
    originals = {"former": before, "made": after}
    return Undone(undo.lines, counts={"breakers": 1}, originals=originals, audited=ops.audited(before, after))


def _changed(recorded: Recorded, state: str) -> RefusedError:
    return RefusedError(
        f"the breaker is {state} and no longer held by {recorded.id}",
        code="MUTT-G006",
        why="somebody reset it, tripped it again, or its time is over",
        tries=("mutt breaker show", "mutt breaker reset"),
    )
