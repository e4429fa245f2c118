"""Takes back the building of indexes: those that were built are removed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters import indexes
from mutt_cli.adapters.postgres import read_only
from mutt_cli.ops.database import working
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """The indexes that this operation was to build, as far as they are there."""
    names = [str(name) for name in recorded.originals.get("missing", ())]
    with working(backends) as conn, read_only(conn):
        there = indexes.existing(conn)
    found = [name for name in names if name in there]
    cannot = [f"{name} is not there" for name in names if name not in there]
    return Undo([f"remove index {name}" for name in found], cannot, payload=found)


def carry_out(backends: Backends, _recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """Remove them without holding up others; of a partitioned table for a moment only."""
    with working(backends) as conn:
        there = indexes.existing(conn)
        for name in undo.payload:
            if name in there:
                indexes.drop(conn, name, partitioned=there[name].partitioned)
    return Undone(undo.lines, undo.cannot, counts={"removed": len(undo.payload)})
