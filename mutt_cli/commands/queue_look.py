"""The commands of `mutt queue` that only look, and the one that waits."""

import sys
from datetime import timedelta
from typing import Annotated

import typer

from mutt_cli.commands.context import Run, write
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import UsageError
from mutt_cli.present.output import Document, Listing
from mutt_cli.present.text import safe

app = noun("queue", "Queues: depth, age, messages.")

_NAMED = "Short name (ingest, dlq-moog ...) or the key in Redis."
Name = Annotated[str, typer.Argument(metavar="NAME", help=_NAMED)]
SomeName = Annotated[str | None, typer.Argument(metavar="[NAME]", help=_NAMED)]
Below = Annotated[int, typer.Option("--below", min=1, metavar="N", help="Until fewer than N messages wait.")]
Newest = Annotated[bool, typer.Option("--newest", help="Those that came last.")]
Oldest = Annotated[bool, typer.Option("--oldest", help="Those that leave next (default).")]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_queues(run: Run) -> Listing:
    """Depth, oldest message, live consumers and drainer of every queue."""
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.queues import states
    from mutt_cli.present.queues import queue_listing

    with Backends(run.settings) as backends:
        return queue_listing(states(backends))


@command(app, "depth", impact="R")
def depth(run: Run, name: SomeName = None) -> Document | Listing | None:
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


@command(app, "show", impact="R", aliases=("watch",))
def show(run: Run, name: Name) -> Document:
    """One queue: depth and its trend, age of its messages, size, cap and threshold, who drains it, its key."""
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.queue_details import measured
    from mutt_cli.present.queues import details_document

    with Backends(run.settings) as backends:
        return details_document(measured(backends, name))


@command(app, "peek", impact="R", listing=True)
def peek(run: Run, name: Name, *, oldest: Oldest = False, newest: Newest = False) -> Listing:
    """Messages of a queue, without taking them: ten of those that leave next, or with --where those that fit.

    A filter looks through the queue for as long as --timeout allows, and says how far it came.
    """
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.queue_details import peeked
    from mutt_cli.present.messages import peek_listing

    if oldest and newest:
        raise UsageError("--oldest and --newest are two ends of one queue: give one of them")
    most = 10 if run.flags.limit is None else run.flags.limit
    with Backends(run.settings) as backends:
        found = peeked(backends, name, run.where, most=most, newest=newest, seconds=run.timeout_s * 0.7)
    return peek_listing(
        run.spec.kind, found.queue.name, found.messages, now_ms=found.now_ms, depth=found.depth, looked=found.looked
    )


@command(app, "wait", impact="R", timeout=timedelta(minutes=10), waits=True, aliases=("drain",))
def wait(run: Run, name: Name, *, below: Below = 1) -> Document:
    """Block until a queue is empty, or below N messages; `alert` counts the alerts that wait for their next try.

    Nothing is deleted: draining means waiting. Exit 8 if it does not come to that within --timeout.
    """
    from mutt_cli.commands.progress import Progressing
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.queue_details import awaited
    from mutt_cli.present.queues import waited_document

    line = Progressing(run, "drained")
    with Backends(run.settings) as backends:
        try:
            return waited_document(awaited(backends, name, below, run.timeout_s, line))
        finally:
            line.close()
