"""`mutt undo`: take an operation back, as far as it can be."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from mutt_cli.adapters.contexts import state_dir
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.errors import OK, PARTIAL, UnreachableError, UsageError

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends

app = word("undo")

Name = Annotated[str | None, typer.Argument(metavar="[ID]", help="The operation; without it your last one.")]


@command(app, impact="W", asks=True, endless=True)
def undo(run: Run, name: Name = None) -> int:
    """Take an operation back: what it changed gets its former state, unless somebody changed it since.

    It says what it restores and what it cannot: messages that were consumed are gone. Exit 6 if a part stays as it
    is, 7 if nothing can be taken back.
    """
    from mutt_cli.ops.undo import UNDOERS

    return take_back(run, name, tuple(UNDOERS))


def take_back(run: Run, name: str | None, commands: tuple[str, ...]) -> int:
    """Take back the operation of that name, or the last one of this person of one of these commands."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import undo as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.operations import undo_plan_document, undone_document

    with Backends(run.settings) as backends:
        found = _wanted(run, backends, name, commands)
        plan = ops.plan(backends, found)
        lines = [*plan.lines, *(f"not taken back: {one}" for one in plan.cannot)]
        title = f"UNDO {found.id}: {found.command} by {found.actor}"
        if not approved(run, Plan(title, lines=lines, impact=plan.impact)):
            run.show(undo_plan_document(run.spec.kind, found, plan))
            return OK
        planned = {"undoes": found.id, "lines": list(plan.lines)}
        with (
            ops.held_for_undo(backends, found, run.actor),
            journalled(run, backends, [found.id], planned) as operation,
        ):
            try:
                done = ops.carry_out(backends, found, replace(plan, actor=run.actor), operation.id)
            except (KeyboardInterrupt, UnreachableError):
                run.say("stopped; what is back by now stays so, and does not come back twice")
                run.say(f"go on: mutt undo {found.id}")
                raise
            operation.counts, operation.originals, operation.audited = done.counts, done.originals, done.audited
    run.show(undone_document(run.spec.kind, found, done, operation))
    return PARTIAL if done.cannot else OK


def _wanted(run: Run, backends: "Backends", name: str | None, commands: tuple[str, ...]) -> "Recorded":
    """The operation that was named, or the last one of this person, after asking."""
    from mutt_cli.commands.guard import agreed
    from mutt_cli.ops import operations

    if name is not None:
        found = operations.one(backends, state_dir(run.environ), name)
        return operations.here(found, run.context.name, backends)
    found = operations.last_of(backends, run.actor, commands)
    if run.flags.dry_run or agreed(run, f"your last operation was {found.id}: mutt {' '.join(found.argv)}"):
        return found
    raise UsageError(
        f"your last operation was {found.id} ({found.command}); name what is meant", tries=(f"mutt undo {found.id}",)
    )
