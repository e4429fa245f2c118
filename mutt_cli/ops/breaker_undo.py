"""Takes back a trip of the breaker: it is what it was before, unless somebody reset it or tripped it again since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mutt_cli.adapters import breaker
from mutt_cli.adapters.breaker import Breaker
from mutt_cli.core.hold import Hold
from mutt_cli.ops import breaker as ops
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What it goes back to. Raises RefusedError MUTT-G006 if the breaker is not the one that was tripped."""
    found = breaker.read(backends.redis(), backends.keys)
    if found.trip is None or found.trip.operation != recorded.id:
        raise ops.changed(found, f"after {recorded.id}")
    former = _former(recorded.originals.get("former"), found.now_ms)
    return Undo([f"the breaker, tripped {found.trip.phrase}, {_told(former)}"], payload=(former, found.trip))


def carry_out(backends: Backends, recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """Put it back, if it is still that trip."""
    former, trip = undo.payload
    found = breaker.put_back(backends.redis(), backends.keys, former, trip)
    if not found.changed:
        raise ops.changed(found, f"after {recorded.id}")
    before, after = ops.images(found), ops.images(former)
    originals = {"former": before, "made": after}
    return Undone(undo.lines, counts={"breakers": 1}, originals=originals, audited=ops.audited(before, after))


def _former(image: Any, now_ms: int) -> Breaker:
    found = image if isinstance(image, dict) else {}
    trip = msgspec.convert(found["trip"], Hold) if found.get("trip") else None
    return Breaker(
        str(found.get("state") or "CLOSED"), int(found.get("failures") or 0), int(found.get("opened_ms") or 0),
        trip=None if trip is None or trip.over(now_ms) else trip,
    )  # fmt: skip


def _told(former: Breaker) -> str:
    if former.trip is not None:
        return f"is tripped {former.trip.phrase}, again"
    if former.state == "CLOSED":
        return "is closed: alerts leave at once"
    return f"is {former.state} again, as Moogsoft's {former.failures:,} failures in a row had made it"
