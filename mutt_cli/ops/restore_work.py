"""A restore as an operation: what is there is kept, what was comes back, and whoever was stopped half way goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.adapters import holds, operations_reading
from mutt_cli.adapters.files import file_sha256
from mutt_cli.adapters.operations import Audited
from mutt_cli.errors import RefusedError
from mutt_cli.ops import backup, inventory, restore, restore_run, standstill
from mutt_cli.ops.bulk_work import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.restore_run import Reached, Return


@dataclass(frozen=True)
class Doing:
    """How a restore is carried out: what its safety backup is called and where it goes, and who is told."""

    making: backup.Making
    folder: Path
    kept: Callable[[int, int, str], None]
    back: Callable[[int, int, str], None]


def carry_out(backends: Backends, back: Return, operation: Operation, doing: Doing) -> None:
    """Keep what is there, replace it, and note what undo needs. Errors as `put_back` and `backup.create`."""
    back.marks = standstill.marks(backends, back.parts)
    made = backup.create(backends, doing.folder, doing.making, doing.kept)
    operation.backup_path, operation.backup_sha256 = str(made.path), made.sha256
    try:
        restore_run.put_back(backends, back, doing.back)
    finally:
        if back.reached == "all":
            operation.counts, operation.originals = dict(back.counts), {"put_back": True}
            operation.audited = [audited(back)]
    operation.originals = {"put_back": True, "marks": standstill.marks(backends, back.parts)}


def audited(back: Return) -> Audited:
    """The row of the audit."""
    told = {"parts": list(back.parts), "file": str(back.source.path), "undoes": back.undoes or None}
    return Audited("RESTORE", "backup", back.source.path.name, None, told)


def reached(backends: Backends, recorded: Recorded) -> tuple[Reached, str]:
    """How far an operation or its undo came, and which of the two is half done: its id.

    Half of it is there as long as its holds are: they come and go with what they speak of.
    """
    undos = inventory.asked(backends, lambda conn: operations_reading.undos_of(conn, recorded))
    own = {recorded.id, *(one.id for one in undos)}
    held, _ = holds.read(backends.redis(), backends.keys.holds)
    for hold in held.values():
        if hold.command == restore.COMMAND and hold.operation in own:
            return "half", hold.operation
    return ("all" if recorded.originals.get("put_back") else "nothing"), ""


def taken_back(backends: Backends, recorded: Recorded) -> bool:
    """Whether an undo of it came to its end, and was killed before it could say so."""
    undos = inventory.asked(backends, lambda conn: operations_reading.undos_of(conn, recorded))
    return any(one.originals.get("put_back") for one in undos)


def resume(backends: Backends, recorded: Recorded, actor: str, tell: Callable[[Progress], None]) -> Progress:
    """Do all of it once more, where half of it is there; else there is nothing to do, or MUTT-G011 is raised.

    What was there before is in the backup that the operation made first: nothing could happen since.
    """
    parts = restore.parts_of(recorded)
    how_far, whose = reached(backends, recorded)
    if how_far == "all":
        return Progress(0)
    if how_far == "nothing" or whose != recorded.id:
        raise RefusedError(
            f"{recorded.id} cannot be resumed: it has replaced nothing" if how_far == "nothing" else
            f"{recorded.id} cannot be resumed: its undo {whose} is half done", code="MUTT-G011",
            tries=(f"mutt restore {recorded.plan.get('file', 'FILE')}",) if how_far == "nothing" else
            (f"mutt undo {recorded.id}",),
        )  # fmt: skip
    found = restore.source(Path(str(recorded.plan["file"])))
    if found.sha256 != recorded.plan["sha256"]:
        raise RefusedError(
            f"{found.path} is not the file that {recorded.id} was begun with: its SHA-256 differs", code="MUTT-G011",
            tries=(f"mutt undo {recorded.id}", f"sha256sum {found.path}"),
        )  # fmt: skip
    restore.check(backends, found, recorded.context, parts, ("other-deployment", "other-lanes"))
    back = restore_run.Return(found, parts, recorded.id, actor)
    restore_run.put_back(backends, back, lambda done, total, _: tell(Progress(total, total, done, done)))
    done = sum(back.counts.values())
    noted = {"put_back": True, "marks": standstill.marks(backends, parts)}
    return Progress(back.total, back.total, done, done, noted=noted, audited=[audited(back)])


def safety_backup(recorded: Recorded) -> Path:
    """The backup of what was there before. Raises RefusedError MUTT-G005 where it is not what was written."""
    path = restore.safety_of(recorded)
    if not path.is_file():
        raise RefusedError(
            f"the backup of what was there before {recorded.id} is not here: {path}", code="MUTT-G005",
            why=f"it was written on {recorded.host}", tries=(f"ls -l {path}", f"mutt op show {recorded.id}"),
        )  # fmt: skip
    if recorded.backup_sha256 and file_sha256(path) != recorded.backup_sha256:
        raise RefusedError(
            f"{path} is not the file that {recorded.id} wrote: its SHA-256 differs", code="MUTT-G005",
            tries=(f"sha256sum {path}", f"mutt op show {recorded.id}"),
        )  # fmt: skip
    return path
