"""Takes back what `mutt chaos` broke and could not heal, because it was killed.

It goes by the image that was recorded before, and needs no back end where a process stands still.
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mutt_cli.core.chaos import BY_NAME, Image
from mutt_cli.ops.chaos import making, mark
from mutt_cli.ops.chaos.making import Doer
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What is healed: nothing if it is healed already."""
    if recorded.host != platform.node():
        return Undo((), (f"it was broken on {recorded.host}: go there",))
    try:
        image = msgspec.convert(recorded.originals.get("image"), Image)
    except msgspec.ValidationError:
        return Undo((), ("what it broke is not known",))
    told = making.standing(backends, image, recorded.id)
    if not told:
        return Undo((), (f"{image.fault} is healed already",))
    return Undo((f"{told}: {BY_NAME[image.fault].heals}",), payload=image)


def carry_out(backends: Backends, recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """Heal it. The watch of the command finds nothing to do then."""
    making.heal(backends, undo.payload, Doer(recorded.id, undo.actor))
    mark.remove(Path(str(recorded.originals["root"])), recorded.id)
    return Undone(undo.lines, counts={"faults": 1})
