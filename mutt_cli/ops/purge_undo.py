"""Takes back a purge: the messages that it removed, from its backup, behind what has arrived since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters import message_file
from mutt_cli.adapters.files import file_sha256
from mutt_cli.core.transfer import home_of
from mutt_cli.errors import RefusedError
from mutt_cli.ops.bulk_undo import back_already, close, moved, overtaken
from mutt_cli.ops.message_files import Filling, fill
from mutt_cli.ops.queue_purge import backup_of
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from collections import Counter

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What would be put back. Raises RefusedError MUTT-G005 where the backup is not, or BrokenFileError."""
    path = backup_of(recorded)
    if not path.is_file():
        raise RefusedError(
            f"the backup of {recorded.id} is not here: {path}",
            code="MUTT-G005", why=f"it was written on {recorded.host}", tries=(f"ls -l {path}",),
        )  # fmt: skip
    if recorded.backup_sha256 and file_sha256(path) != recorded.backup_sha256:
        raise RefusedError(
            f"{path} is not the file that {recorded.id} wrote: its SHA-256 differs", code="MUTT-G005",
            tries=(f"sha256sum {path}", f"mutt op show {recorded.id}"),
        )  # fmt: skip
    message_file.verify(path)
    left, back = _left(backends, recorded)
    count = sum(left.values())
    home = home_of(str(recorded.plan.get("source")))
    if home is not None and back and not count:
        lines = [f"all {sum(back.values()):,} messages were put back before this was interrupted"]
        return Undo(lines, payload=(path, left, home))
    if home is None or not count:
        raise RefusedError(
            f"{recorded.id} removed nothing", code="MUTT-G005", tries=(f"mutt op show {recorded.id}",),
        )  # fmt: skip
    lines = [f"{count:,} messages go back to {home.name}, behind those that are there"]
    cannot = ["their place before messages that arrived since"]
    return Undo(lines, cannot, "B", (path, left, home))


def carry_out(backends: Backends, recorded: Recorded, undo: Undo, by: str) -> Undone:
    """Put back what was removed."""
    path, names, queue = undo.payload
    if overtaken(backends, recorded, by):
        names, _ = _left(backends, recorded)
    count = sum(names.values())
    progress = fill(backends, Filling(path, queue, by, undo.actor, purged_before=True, only=names), count)
    close(backends, recorded, by)
    return Undone([f"{progress.moved:,} messages are back in {queue.name}"], (), {"put_back": progress.moved})


def _left(backends: Backends, recorded: Recorded) -> tuple[Counter[bytes], Counter[bytes]]:
    """Names of the messages that are still away, and of those that an earlier attempt has put back."""
    back = back_already(backends, recorded)
    return moved(backends, recorded).names - back, back
