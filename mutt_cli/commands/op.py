"""`mutt op`: the operations journal, what people did with `mutt`. Not the journal of events, nor systemd's."""

from typing import Annotated

import typer

from mutt_cli.adapters.contexts import state_dir
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import Since, Until
from mutt_cli.present.output import Document, Listing

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
