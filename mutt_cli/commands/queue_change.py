"""The commands of `mutt queue` that change something, and the export; `mutt dlq` has the same for its queues."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mutt_cli.commands.bulk import Count, Everything, Older, Task, Wheres, carried_out, must_choose, selection_of
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command
from mutt_cli.errors import OK

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.ops.bulk_work import Progress
    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.queue_move import MovePlan
    from mutt_cli.ops.queue_purge import PurgePlan

Name = Annotated[str, typer.Argument(metavar="NAME", help="Short name (ingest, dlq-moog ...) or the key in Redis.")]
Source = Annotated[str, typer.Argument(metavar="SRC", help="Where the messages are.")]
Target = Annotated[str, typer.Option("--to", metavar="QUEUE", help="Where they go.")]
File = Annotated[str, typer.Argument(metavar="FILE", help="A file that an export or a backup wrote.")]
Out = Annotated[str, typer.Option("--out", metavar="PATH", help="The file to write; it must not exist yet.")]


def add_to(app: typer.Typer) -> None:
    """Declare the commands that `queue` and `dlq` share."""
    command(app, "export", impact="R", endless=True)(export)
    command(app, "import", impact="B", endless=True)(import_file)
    command(app, "purge", impact="D", endless=True)(purge)
    if app.info.name == "queue":
        command(app, "move", impact="B", endless=True)(move)


def export(run: Run, name: Name, *, out: Out) -> int:
    """Write the messages of a queue to a file: JSON lines, gzip, checksummed, read back. Nothing is taken.

    `zcat FILE | jq` reads it; the first line says what it is, the last one proves that it is whole.
    """
    from mutt_cli.commands.progress import Progressing
    from mutt_cli.core.selection import Selection
    from mutt_cli.ops import queues
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.message_files import export as write
    from mutt_cli.present.messages import export_document

    line = Progressing(run, "written")
    with Backends(run.settings) as backends:
        queue, depth = queues.depth(backends, name)
        written = write(backends, queue, Selection(), Path(out), lambda count: line(count, depth))
    line.close()
    run.show(export_document(run.spec.kind, queue.name, written))
    return OK


def import_file(run: Run, name: Name, file: File) -> int:
    """Put the messages of an export into a queue, behind those that are there. They count as put in by hand.

    The file is read to its end and checked first. What is imported twice is there twice: `mutt undo` takes an import
    out again as far as no worker has taken it.
    """
    from mutt_cli.adapters.message_file import verify
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.ops import message_files as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.messages import done_document, plan_document

    path = Path(file).absolute()
    head = verify(path)
    with Backends(run.settings) as backends:
        target, count = ops.target_of_import(backends, name), int(head["count"])
        title = f"IMPORT {count:,} messages into {target.name}"
        lines = [f"from {path}, written of {head.get('queue')} at {head.get('created_at')}"]
        lines += [] if head.get("queue") == target.name else [f"note: the file is of {head.get('queue')}"]
        fields = {"queue": target.name, "file": str(path), "messages": count}
        if not approved(run, Plan(title, target.name, lines)):
            run.show(plan_document(run.spec.kind, title, fields, lines))
            return OK
        plan = {"file": str(path), "targets": [target.name], "count": count}

        def job(operation: "Operation", tell: "Callable[[Progress], None]") -> "Progress":
            return ops.fill(backends, ops.Filling(path, target, operation.id, run.actor), count, tell)

        operation, progress = carried_out(run, backends, Task([target.name, str(path)], plan, job, "put in", count))
    title = f"{progress.moved:,} messages put into {target.name}"
    run.show(done_document(run.spec.kind, title, fields, operation, progress))
    return OK


def move(
    run: Run, source: Source, *, to: Target, limit: Count = None, everything: Everything = False, where: Wheres = None
) -> int:
    """Move messages to another queue, unchanged, the oldest first, each slice in one atomic step.

    \b
    mutt queue move ingest --to dlq-old-events -n 50000
    mutt queue move dlq-old-events --to ingest --where 'host~core'

    What is not meant keeps its place. Interrupted, it goes on with `mutt op resume`.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.ops import queue_move as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.bulk_work import run as work
    from mutt_cli.present.messages import done_document, plan_document, survey_lines

    must_choose("queue move", chosen=everything or bool(where) or limit is not None)
    selection = selection_of(run, where=where, limit=limit)
    with Backends(run.settings) as backends:
        planned = ops.plan(backends, source, to, selection, forced=run.flags.force)
        title = f"MOVE {planned.survey.meant:,} messages from {planned.way.source.name} to {planned.target}"
        lines = [*survey_lines(planned.survey), *ops.notes(planned)]
        if not approved(run, Plan(title, planned.way.source.name, lines)):
            run.show(plan_document(run.spec.kind, title, _moved_fields(planned), lines))
            return OK
        words = [planned.way.source.name, "--to", planned.target, *_words(selection.as_mapping())]

        def job(operation: "Operation", tell: "Callable[[Progress], None]") -> "Progress":
            return work(backends, ops.work(backends, planned.way, selection, operation.id, run.actor), tell)

        task = Task(words, ops.recorded_plan(planned), job, total=planned.survey.meant)
        operation, progress = carried_out(run, backends, task)
    title = f"{progress.moved:,} messages moved from {planned.way.source.name} to {planned.target}"
    run.show(done_document(run.spec.kind, title, _moved_fields(planned), operation, progress))
    return OK


def purge(run: Run, name: Name, *, older_than: Older = None, where: Wheres = None) -> int:
    """Remove messages for good, after a backup that was read back. `mutt undo` puts them back from it.

    Without --where or --older-than every message that is there now; what arrives meanwhile stays.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.ops import message_files
    from mutt_cli.ops import queue_purge as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.messages import done_document, plan_document, survey_lines

    selection = selection_of(run, where=where, older_than=older_than)
    with Backends(run.settings) as backends:
        folder = message_files.backup_folder(backends, run.environ)
        planned = ops.plan(backends, name, selection, folder, forced=run.flags.force)
        queue = planned.way.source.name
        title = f"PURGE {queue}: {planned.survey.meant:,} messages"
        lines = [*survey_lines(planned.survey), *_purge_lines(planned)]
        if not approved(run, Plan(title, queue, lines, needs_reason=True)):
            run.show(plan_document(run.spec.kind, title, _purged_fields(planned), lines))
            return OK
        ops.check_growth(backends, planned, run.flags.force)
        words = [queue, *_words(selection.as_mapping())]

        def job(operation: "Operation", tell: "Callable[[Progress], None]") -> "Progress":
            return ops.carry_out(backends, planned, operation, run.actor, tell)

        task = Task(words, ops.recorded_plan(planned), job, "removed", planned.survey.meant)
        operation, progress = carried_out(run, backends, task)
    title = f"{progress.moved:,} messages removed from {queue}; backup {operation.backup_path}"
    fields = _purged_fields(planned) | {"backup": operation.backup_path, "sha256": operation.backup_sha256}
    run.show(done_document(run.spec.kind, title, fields, operation, progress))
    return OK


def _moved_fields(planned: "MovePlan") -> dict[str, Any]:
    from mutt_cli.present.messages import survey_fields

    return {"source": planned.way.source.name, "target": planned.target, **survey_fields(planned.survey)}


def _purged_fields(planned: "PurgePlan") -> dict[str, Any]:
    from mutt_cli.present.messages import survey_fields

    return {"queue": planned.way.source.name, "backup": str(planned.folder), **survey_fields(planned.survey)}


def _purge_lines(planned: "PurgePlan") -> list[str]:
    from mutt_cli.present.times import size

    room = f"about {size(planned.backup_bytes)}, {size(planned.free_bytes)} free"
    return [
        f"backup   into {planned.folder} ({room}), read back before anything is removed",
        "undo     mutt undo OPERATION   (puts them back behind what has arrived since)",
        "instead? mutt queue wait, or mutt queue move ... --to dlq-old-events",
    ]


def _words(selection: dict[str, Any]) -> list[str]:
    """The selection as it would be typed."""
    words = [word for text in selection["where"] for word in ("--where", text)]
    words += ["--older-than", f"{selection['older_than_s']:g}s"] if selection["older_than_s"] is not None else []
    return words + (["-n", str(selection["limit"])] if selection["limit"] else [])
