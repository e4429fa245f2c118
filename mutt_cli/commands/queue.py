"""`mutt queue`: depth, age, messages."""

import sys
from typing import Annotated

import typer

from mutt_cli.commands.context import Run, write
from mutt_cli.commands.declare import command, noun
from mutt_cli.present.output import Document, Listing
from mutt_cli.present.text import safe

app = noun("queue", "Queues: depth, age, messages.")

Name = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="Short name (ingest, dlq-moog ...) or the key in Redis.")
]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_queues(run: Run) -> Listing:
    """Depth, oldest message, live consumers and drainer of every queue."""
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.queues import states
    from mutt_cli.present.queues import queue_listing

    with Backends(run.settings) as backends:
        return queue_listing(states(backends))


@command(app, "depth", impact="R")
def depth(run: Run, name: Name = None) -> Document | Listing | None:
    """One bare number for scripts; without NAME `name<TAB>depth` of every queue."""
    from mutt_cli.ops import queues
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.queues import depth_document, depth_listing

    with Backends(run.settings) as backends:
        if name is not None:
            return depth_document(*queues.depth(backends, name), backends.keys)
        found = queues.depths(backends)
        if run.format not in {"table", "wide"}:
            return depth_listing(found, backends.keys)
    write(sys.stdout, "".join(f"{safe(queue.name)}\t{number}\n" for queue, number in found))
    return None
