"""Removing messages for good: first a backup that is proved whole, then only what the backup holds.

What arrives meanwhile stays, and what a worker takes meanwhile has gone its way: the operation knows which messages
it removed, and undo puts back those alone.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import message_file, operation_slices
from mutt_cli.core import transfer
from mutt_cli.core.dead_letter import payload_hash
from mutt_cli.core.selection import recalled
from mutt_cli.core.transfer import Way
from mutt_cli.errors import RefusedError
from mutt_cli.ops import queues
from mutt_cli.ops.bulk_work import Named, Work, run
from mutt_cli.ops.message_files import export
from mutt_cli.ops.queue_move import check_source
from mutt_cli.ops.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.core.message import Message
    from mutt_cli.core.selection import Selection
    from mutt_cli.core.transfer import Hand, Transfer
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.bulk_work import Progress
    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.survey import Survey

GROWTH: Final = 0.10
"""By so much a queue may grow between the plan and the purge (ux.md 3.3)."""
_COMPRESSED: Final = 0.2
"""Of the size of messages, in a backup: syslog in JSON; measured 0.08 to 0.17."""


@dataclass(frozen=True)
class PurgePlan:
    """What would be removed, and where the backup goes."""

    way: Way
    selection: Selection
    survey: Survey
    folder: Path
    free_bytes: int

    @property
    def backup_bytes(self) -> int:
        """About how large the backup will be."""
        return round(self.survey.size_bytes * _COMPRESSED)


def plan(
    backends: Backends, name: str, selection: Selection, folder: Path, *, forced: Collection[str] = ()
) -> PurgePlan:
    """What would be removed. Raises NotFoundError, UsageError, or RefusedError MUTT-G009 if the backup has no room."""
    queue = queues.named(name, queues.everything(backends), backends)
    check_source(queue)
    found = survey(backends, queue, selection)
    planned = PurgePlan(Way(queue, None, "purged"), selection, found, folder, _free(folder))
    if planned.free_bytes < 2 * planned.backup_bytes and "disk" not in forced:
        raise RefusedError(
            f"{folder} has {planned.free_bytes:,} bytes free, and the backup may need {planned.backup_bytes:,}",
            code="MUTT-G009",
            why="nothing is removed without a backup",
            tries=(f"df -h {folder}", "set MUTT_BACKUP_DIR to a folder with room", "add --force disk"),
        )
    return planned


def check_growth(backends: Backends, planned: PurgePlan, forced: Collection[str] = ()) -> None:
    """Raises RefusedError MUTT-G010 if much has arrived since somebody agreed to the plan."""
    depth = queues.depth(backends, planned.way.source.name)[1]
    if depth > planned.survey.depth * (1 + GROWTH) and "growing" not in forced:
        raise RefusedError(
            f"{planned.way.source.name} grew from {planned.survey.depth:,} to {depth:,} messages since the plan",
            code="MUTT-G010",
            why="it is no longer what you agreed to",
            tries=("run it again", "mutt maintenance start", "add --force growing"),
        )


def recorded_plan(planned: PurgePlan) -> dict[str, Any]:
    """For the operations journal: all that resume and undo need. The backup's name is that of the operation."""
    return {
        "source": planned.way.source.name, "targets": [], "count": planned.survey.meant,
        "exact": planned.survey.whole, "selection": planned.selection.as_mapping(), "folder": str(planned.folder),
    }  # fmt: skip


def carry_out(
    backends: Backends, planned: PurgePlan, operation: Operation, actor: str, tell: Callable[[Progress], None]
) -> Progress:
    """Write the backup, read it back, then remove what it holds."""
    written = export(
        backends,
        planned.way.source,
        planned.selection,
        backup_name(planned.folder, planned.way.source.name, operation.id),
    )
    operation.backup_path, operation.backup_sha256 = str(written.path), written.sha256
    progress = run(backends, work(planned.way, written.path, operation.id, actor), tell)
    progress.wanted = written.count
    return progress


def backup_name(folder: Path, queue: str, operation: str) -> Path:
    """Where the backup of an operation goes."""
    return folder / f"{queue}-{operation}.jsonl.gz"


def backup_of(recorded: Recorded) -> Path:
    """The backup of a purge, also of one that was killed before it could say where that is."""
    if recorded.backup_path:
        return Path(recorded.backup_path)
    return backup_name(Path(str(recorded.plan["folder"])), str(recorded.plan["source"]), recorded.id)


def agreed(recorded: Recorded) -> Selection:
    """What somebody agreed to remove: what has arrived since is not part of it."""
    count = int(recorded.plan["count"])
    most = count if recorded.plan.get("exact") else round(count * (1 + GROWTH))
    selection = recalled(recorded.plan["selection"])
    return replace(selection, limit=min(most, selection.limit or most))


def work(way: Way, backup: Path, operation: str, actor: str, done: Counter[bytes] | None = None) -> Work:
    """The bulk work: removes what the backup holds, as often as it holds it. `done` was removed before."""
    left = Counter(operation_slices.name_of(payload_hash(one)) for one in message_file.read(backup))
    left.subtract(done or {})

    def take(message: Message, hand: Hand, _name: bytes) -> Transfer:
        return transfer.transfer(message.element, way, hand)

    return Work(way.source, operation, actor, Named(left, take))


def _free(folder: Path) -> int:
    place = folder
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free
