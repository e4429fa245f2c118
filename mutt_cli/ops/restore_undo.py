"""Takes a restore back: what was there before comes from the backup that was made first.

Of settings and rules each gets what it was, as after `config set` and `rule import`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.errors import RefusedError
from mutt_cli.ops import config_undo, inventory_undo, restore, restore_run, restore_work, standstill
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from typing import Any

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What would be put back.

    Raises RefusedError MUTT-G005 where nothing was replaced or the safety backup is not, G006 where something has
    happened since, and G051 while a daemon is alive.
    """
    live = _live(recorded)
    if live is not None:
        undo: Undo = live.plan_undo(backends, recorded)
        return undo
    how_far, _ = restore_work.reached(backends, recorded)
    if how_far != "half" and restore_work.taken_back(backends, recorded):
        return Undo([f"{recorded.id} was taken back before this was interrupted"])
    if how_far == "nothing":
        raise RefusedError(
            f"{recorded.id} has replaced nothing", code="MUTT-G005", tries=(f"mutt op show {recorded.id}",)
        )
    path, parts = restore_work.safety_backup(recorded), restore.parts_of(recorded)
    standstill.require(backends)
    if how_far == "all" and recorded.originals.get("marks") != standstill.marks(backends, parts):
        raise RefusedError(
            f"something has happened since {recorded.id}: it is no longer what was put back", code="MUTT-G006",
            why="taking it back would lose what was accepted, decided or set since",
            tries=(f"mutt restore {path}", "mutt op list --since 24h"),
        )  # fmt: skip
    found = restore.source(path)
    lines = [f"{' and '.join(parts)} as of {found.head['created_at']}, from {path}"]
    return Undo(lines, impact="B", payload=found)


def carry_out(backends: Backends, recorded: Recorded, undo: Undo, by: str) -> Undone:
    """Put it back. Whoever is interrupted calls it again."""
    live = _live(recorded)
    if live is not None:
        undone: Undone = live.carry_out(backends, recorded, undo, by)
        return undone
    if undo.payload is None:
        return Undone(undo.lines)
    parts = restore.parts_of(recorded)
    how_far, _ = restore_work.reached(backends, recorded)
    back = restore_run.Return(undo.payload, parts, by, undo.actor, undoes=recorded.id)
    back.marks = standstill.marks(backends, parts) if how_far == "all" else {}
    restore_run.put_back(backends, back, lambda *_: None)
    return Undone(undo.lines, counts=back.counts, audited=[restore_work.audited(back)])


def _live(recorded: Recorded) -> Any:
    """The module that takes back settings or rules; None for what was put back while nothing ran."""
    return {"config": config_undo, "rules": inventory_undo}.get(str(recorded.plan.get("only")))
