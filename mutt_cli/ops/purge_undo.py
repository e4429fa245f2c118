"""Takes back a purge: the messages that it removed, from its backup, behind what has arrived since."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.adapters import message_file
from mutt_cli.errors import RefusedError
from mutt_cli.ops import queues, slices
from mutt_cli.ops.bulk_undo import back_already, moved
from mutt_cli.ops.message_files import Filling, fill
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What would be put back. Raises RefusedError MUTT-G005 where the backup is not, or BrokenFileError."""
    removed = moved(backends, recorded)
    path = Path(str(recorded.backup_path or recorded.plan.get("backup") or ""))
    if not path.is_file():
        raise RefusedError(
            f"the backup of {recorded.id} is not here: {path}",
            code="MUTT-G005", why=f"it was written on {recorded.host}", tries=(f"ls -l {path}",),
        )  # fmt: skip
    if recorded.backup_sha256 and message_file.file_sha256(path) != recorded.backup_sha256:
        raise RefusedError(
            f"{path} is not the file that {recorded.id} wrote: its SHA-256 differs", code="MUTT-G005",
            tries=(f"sha256sum {path}", f"mutt op show {recorded.id}"),
        )  # fmt: skip
    message_file.verify(path)
    left = removed.names - back_already(backends, recorded)
    count = sum(left.values())
    lines = [f"{count:,} messages go back to {recorded.plan.get('source')}, behind those that are there"]
    cannot = ["their place before messages that arrived since"]
    return Undo(lines, cannot, "B", (path, left))


def carry_out(backends: Backends, recorded: Recorded, undo: Undo, by: str) -> Undone:
    """Put back what was removed."""
    path, names = undo.payload
    queue = queues.named(str(recorded.plan.get("source")), queues.fixed(), backends)
    count = sum(names.values())
    progress = fill(backends, Filling(path, queue, by, recorded.actor, purged_before=True, only=names), count)
    slices.forget(backends, by)
    slices.forget(backends, recorded.id)
    return Undone([f"{progress.moved:,} messages are back in {queue.name}"], (), {"put_back": progress.moved})
