"""Going on with interrupted bulk work: what is left to do is read from its plan, its slices, and Redis."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import message_file, operations
from mutt_cli.adapters.files import file_sha256
from mutt_cli.adapters.operations import Begun, Ended
from mutt_cli.core.selection import recalled
from mutt_cli.core.transfer import Way
from mutt_cli.errors import RefusedError
from mutt_cli.ops import message_files, queue_move, queue_purge, queues, restore, slices
from mutt_cli.ops.bulk_undo import moved
from mutt_cli.ops.bulk_work import Progress, run
from mutt_cli.ops.holding import taken_over

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.core.selection import Selection
    from mutt_cli.ops.backends import Backends

RESUMERS: Final[Mapping[str, str]] = {
    "queue move": "_move",
    "queue import": "_import",
    "queue purge": "_purge",
    "dlq import": "_import",
    "dlq purge": "_purge",
    "dlq replay": "mutt_cli.ops.dlq_run:resume",
    "restore": "mutt_cli.ops.restore_work:resume",
}
"""What goes on with an operation of a command: a function here, or of another module."""

_ANEW: Final[Mapping[str, str]] = {
    "chaos": "mutt undo heals what it broke, if that is not healed yet",
    "reconcile": "what it did is done; mutt reconcile --repair looks anew and does the rest",
}
"""Commands that go on by being called again, and how."""


def check(recorded: Recorded) -> None:
    """Raises RefusedError MUTT-G011 for an operation that has nothing left to do, or that knows no going on."""
    if recorded.command not in RESUMERS:
        why = _ANEW.get(recorded.command, f"mutt {recorded.command} is done whole or not at all")
    elif recorded.state == "done":
        why = "it came to its end"
    elif recorded.undone_by:
        why = f"it was taken back by {recorded.undone_by}"
    else:
        return
    raise RefusedError(
        f"{recorded.id} cannot be resumed: {why}", code="MUTT-G011", tries=(f"mutt op show {recorded.id}",)
    )


def resume(backends: Backends, recorded: Recorded, actor: str, tell: Callable[[Progress], None]) -> Progress:
    """Do what is left, and close the operation, unless it stopped itself again. What was moved stays moved once.

    `actor` goes on with it, and that is whom the stories of the messages name.
    """
    place = RESUMERS[recorded.command]
    module, _, name = place.rpartition(":")
    found: Any = getattr(import_module(module), name) if module else globals()[place]
    progress: Progress = found(backends, recorded, actor, tell)
    _close(backends, recorded, progress)
    if not progress.stopped and recorded.command != restore.COMMAND:  # which has no slices
        slices.close(backends, recorded.id)
    return progress


def left_of(backends: Backends, recorded: Recorded) -> Selection | None:
    """The selection, bounded by what was agreed to and not moved yet; None if nothing is left."""
    selection = recalled(recorded.plan["selection"])
    if not recorded.plan.get("exact"):
        return selection
    left = int(recorded.plan["count"]) - sum(moved(backends, recorded).names.values())
    return replace(selection, limit=left) if left > 0 else None


def _move(backends: Backends, recorded: Recorded, actor: str, tell: Callable[[Progress], None]) -> Progress:
    known = queues.fixed()
    source = queues.named(str(recorded.plan["source"]), known, backends)
    target = queues.named(str(recorded.plan["targets"][0]), known, backends)
    last = slices.overtake(backends, recorded.id, recorded.id)
    selection = left_of(backends, recorded)
    if selection is None:
        return Progress(0)
    work = queue_move.work(backends, Way(source, target, "moved"), selection, recorded.id, actor)
    work.done_before = last
    return run(backends, work, tell)


def _import(backends: Backends, recorded: Recorded, actor: str, tell: Callable[[Progress], None]) -> Progress:
    path = Path(str(recorded.plan["file"]))
    message_file.verify(path)
    target = message_files.target_of_import(backends, str(recorded.plan["targets"][0]))
    filling = message_files.Filling(path, target, recorded.id, actor)
    return message_files.fill(backends, filling, int(recorded.plan["count"]), tell)


def _purge(backends: Backends, recorded: Recorded, actor: str, tell: Callable[[Progress], None]) -> Progress:
    """Without a finished backup nothing was removed yet: it is made now."""
    source = queues.named(str(recorded.plan["source"]), queues.fixed(), backends)
    backup = queue_purge.backup_of(recorded)
    if not backup.exists():
        message_files.export(backends, source, queue_purge.agreed(recorded), backup)
    message_file.verify(backup)
    last = slices.overtake(backends, recorded.id, recorded.id)
    done = moved(backends, recorded).names
    work = queue_purge.work(Way(source, None, "purged"), backup, recorded.id, actor, done)
    work.done_before = last
    return run(backends, work, tell)


def _close(backends: Backends, recorded: Recorded, progress: Progress) -> None:
    begun = Begun(
        recorded.id, recorded.started_at, recorded.actor, recorded.host, recorded.context, recorded.command,
        recorded.impact, recorded.argv, recorded.reason, recorded.plan, recorded.originals,
    )  # fmt: skip
    counts = dict(recorded.counts)
    if recorded.command == restore.COMMAND:
        counts["messages"] = counts.get("messages", 0) + progress.moved
    else:  # what was killed never told how far it had come; its slices do
        counts["messages"] = moved(backends, recorded).names.total()
    backup = _backup_of(recorded)
    digest = file_sha256(backup) if backup else None
    result = f"stopped: {progress.stopped}" if progress.stopped else "done"
    path = str(backup) if backup else None
    originals = {**recorded.originals, **progress.noted}
    ended = Ended(result, counts, originals, tuple(progress.audited), path, digest)
    if not operations.end(backends.postgres(), begun, ended):
        raise taken_over(recorded.id)


def _backup_of(recorded: Recorded) -> Path | None:
    """The file in which the operation keeps what it replaces."""
    if recorded.command == restore.COMMAND:
        return restore.safety_of(recorded)
    return queue_purge.backup_of(recorded) if recorded.command.endswith("purge") else None
