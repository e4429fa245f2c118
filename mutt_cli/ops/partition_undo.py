"""Takes back what was done to days of the history: empty new ones go again, dropped ones come back from their files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mutt_cli.adapters import history_partitions
from mutt_cli.adapters.postgres import read_only
from mutt_cli.core import partitions
from mutt_cli.errors import MuttError
from mutt_cli.ops import database_partitions
from mutt_cli.ops.database import working
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What is there and empty goes; what is dropped and in a sound file comes back."""
    with working(backends) as conn, read_only(conn):
        there = {one.name for one in history_partitions.existing(conn)}
    if recorded.command == "db partition create":
        names = [str(name) for name in recorded.originals.get("missing", ())]
        found = [name for name in names if name in there]
        return Undo([f"remove {name}, if it is empty" for name in found], payload=found)
    folder = Path(str(recorded.originals.get("folder", "")))
    names = [str(name) for name in recorded.originals.get("partitions", ()) if name not in there]
    digests = {name: str((recorded.originals.get("sha256") or {}).get(name, "")) for name in names}
    problems = {name: problem for name in names if (problem := _problem(folder, name, digests[name]))}
    sound = [name for name in names if name not in problems]
    lines = [f"make {name} again from {folder}" for name in sound]
    impact: Literal["W", "B"] = "B" if len(sound) > 1 else "W"
    payload = str(folder), {name: digests[name] for name in sound}
    return Undo(lines, list(problems.values()), impact=impact, payload=payload)


def carry_out(backends: Backends, recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """One after another, each in a transaction of its own."""
    with working(backends) as conn:
        if recorded.command == "db partition create":
            parts = [one for name in undo.payload if (one := partitions.parse(name)) is not None]
            kept = [one.name for one in parts if not history_partitions.drop(conn, one, rows=0)]
            cannot = [f"{name} has rows by now" for name in kept]
            gone = len(parts) - len(kept)
            return Undone([f"removed {gone} empty partitions"], [*undo.cannot, *cannot], {"removed": gone})
        folder, names = undo.payload
        rows = sum(database_partitions.put_back(conn, name, Path(folder), digest) for name, digest in names.items())
    return Undone(undo.lines, undo.cannot, {"partitions": len(names), "rows": rows})


def _problem(folder: Path, name: str, sha256: str) -> str:
    try:
        database_partitions.verified(folder, name, sha256)
    except MuttError as error:
        return error.message
    return ""
