"""`mutt op`: the operations journal, what people did with `mutt`. Not the journal of events, nor systemd's."""

from typing import TYPE_CHECKING, Annotated

import typer

from mutt_cli.adapters.contexts import state_dir
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import Since, Until
from mutt_cli.errors import OK, PARTIAL
from mutt_cli.present.output import Document, Listing

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.ops.bulk_work import Progress
    from mutt_cli.ops.operation import Operation

app = noun("op", "The operations journal: what people did, and how to take it back.")

Name = Annotated[str, typer.Argument(metavar="ID", help="As it was printed: op-7Q3A1B, or how it begins.")]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_operations(run: Run, *, since: Since = None, until: Until = None) -> Listing:
    """What was done with `mutt`, the newest first; without --since the last seven days."""
    from datetime import timedelta

    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.operations import listed
    from mutt_cli.present.operations import operation_listing

    last = run.moment(until, "--until") or run.now()
    first = run.moment(since, "--since") or last - timedelta(days=7)
    with Backends(run.settings) as backends:
        return operation_listing(listed(backends, state_dir(run.environ), since=first, until=last))


@command(app, "show", impact="R")
def show(run: Run, name: Name) -> Document:
    """One operation: its plan, counts, result, backup, and what it replaced."""
    from mutt_cli.ops import operations
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.undo import advice
    from mutt_cli.present.operations import operation_document

    with Backends(run.settings) as backends:
        found = operations.one(backends, state_dir(run.environ), name)
    return operation_document(found, undo=advice(found), local=run.flags.local)


@command(app, "resume", impact="B", endless=True)
def resume(run: Run, name: Name) -> int:
    """Go on with bulk work that was interrupted or killed. What was moved before is not moved again."""
    from mutt_cli.commands.bulk import Task, carried_out
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.ops import operations
    from mutt_cli.ops import resume as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.holding import held
    from mutt_cli.present.messages import done_document, plan_document

    with Backends(run.settings) as backends:
        found = operations.one(backends, state_dir(run.environ), name)
        ops.check(operations.here(found, run.context.name, backends))
        title = f"RESUME {found.id}: mutt {' '.join(found.argv)}"
        lines = [f"begun {found.started_at:%Y-%m-%d %H:%M:%SZ} by {found.actor}, {found.state}"]
        fields = {"resumes": found.id}
        if not approved(run, Plan(title, found.id, lines, impact="D" if found.impact == "D" else None)):
            run.show(plan_document(run.spec.kind, title, fields, lines))
            return OK

        def job(_operation: "Operation", tell: "Callable[[Progress], None]") -> "Progress":
            return ops.resume(backends, found, run.actor, tell)

        with held(backends, found, run.actor):
            operation, progress = carried_out(run, backends, Task([found.id], {"resumes": found.id}, job))
    end = f"stopped: {progress.stopped}" if progress.stopped else "is done"
    title = f"{progress.moved:,} more messages; {found.id} {end}"
    run.show(done_document(run.spec.kind, title, fields, operation, progress, undo=found.id))
    return PARTIAL if progress.stopped else OK
