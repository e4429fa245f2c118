"""`mutt dlq`: dead letters, why they failed, and sending them round again."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mutt_cli.commands import dlq_replay, queue_change
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import For
from mutt_cli.errors import OK
from mutt_cli.present.output import Document, Listing

if TYPE_CHECKING:
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.dlq_pause import Change

app = noun("dlq", "Dead letters: why they failed, sending them round again.")

_QUEUES = "dlq-alerter, dlq-moog, dlq-old-events, dead or quarantine; without it all of them."
Dlq = Annotated[str | None, typer.Argument(metavar="[DLQ]", help=_QUEUES)]
Drained = Annotated[str | None, typer.Argument(metavar="[DLQ]", help="dlq-alerter or dlq-moog; without it both.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Payload hash (7+), correlation id (8+), or whole event id.")]
Word = Annotated[str | None, typer.Argument(metavar="[DLQ | ID]", help="A queue, or a letter.")]
Operation = Annotated[str | None, typer.Argument(metavar="[ID]", help="The operation; without it your last one.")]
Group = Annotated[
    Literal["reason", "error", "host", "rule"] | None, typer.Option("--by", metavar="FIELD", help="Counts per group.")
]
_MOST = 1000


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_letters(run: Run, dlq: Dlq = None, *, by: Group = None) -> Listing:
    """Dead letters, the newest first, and who drains each queue; with --by how many have what in common.

    Counts are exact up to 20,000 letters a queue; of more they are estimates from a sample, and say so.
    """
    from mutt_cli.ops import dlq_list as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.dlq_replay import letters
    from mutt_cli.present.dlq import groups_listing, letters_listing

    with Backends(run.settings) as backends:
        sources = letters(backends, dlq)
        if by is not None:
            return groups_listing(ops.grouped(backends, sources, run.where, by), by)
        most = _MOST if run.flags.limit is None else run.flags.limit
        return letters_listing(ops.listed(backends, sources, run.where, most=most, seconds=run.timeout_s * 0.7))


@command(app, "show", impact="R")
def show(run: Run, name: Id) -> Document:
    """One dead letter: what it says, how it failed, what a replay would do, and the repair that is proposed."""
    from mutt_cli.adapters.clock import now_ms
    from mutt_cli.ops import dlq_list as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.dlq import letter_document

    with Backends(run.settings) as backends:
        return letter_document(ops.one(backends, name), now_ms(), local=run.flags.local)


@command(app, "inspect", impact="R", listing=True, stands_for="dlq list")
def inspect(run: Run, word: Word = None) -> Document | Listing:
    """The runbook's word for `list`, or with an id for `show`."""
    from mutt_cli.core.pipeline import QUEUES

    keys = {queue.name for queue in QUEUES} | {queue.key(run.keys) for queue in QUEUES}
    found: Document | Listing = list_letters(run, word) if word is None or word in keys else show(run, word)
    return found


@command(app, "undo", impact="W", asks=True, endless=True, stands_for="undo")
def undo(run: Run, name: Operation = None) -> int:
    """`mutt undo`, without an id of your last operation on dead letters."""
    from mutt_cli.commands.undo import take_back
    from mutt_cli.ops.undo import UNDOERS

    return take_back(run, name, tuple(one for one in UNDOERS if one.startswith("dlq ")))


@command(app, "pause", impact="W")
def pause(run: Run, dlq: Drained = None, *, duration: For = None) -> int:
    """Stop automatic remediation: nothing leaves the queue and nothing is buried, until `resume` or for --for."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.ops import dlq_pause as ops
    from mutt_cli.ops.backends import Backends

    with Backends(run.settings) as backends:
        names = ops.wanted(backends, dlq)
        until = f" for {_words(duration)}" if duration else " until it is resumed"
        if not approved(run, Plan(f"PAUSE remediation in {', '.join(names)}{until}", needs_reason=True)):
            return _show(run, ops.pausing(backends, names, run.actor, run.reason, _seconds(duration)))
        return _change(run, backends, ops.pausing(backends, names, run.actor, run.reason, _seconds(duration)))


@command(app, "resume", impact="W")
def resume(run: Run, dlq: Drained = None) -> int:
    """Let automatic remediation go on."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.ops import dlq_pause as ops
    from mutt_cli.ops.backends import Backends

    with Backends(run.settings) as backends:
        change = ops.resuming(backends, ops.wanted(backends, dlq))
        if not approved(run, Plan(f"RESUME remediation in {', '.join(change.after)}")):
            return _show(run, change)
        return _change(run, backends, change)


def _change(run: Run, backends: "Backends", change: "Change") -> int:
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import dlq_pause as ops

    if change.nothing:
        return _show(run, change, done=False)
    names = list(change.after)
    with journalled(run, backends, names, {"queues": names}, change.images()) as operation:
        ops.apply(backends, change)
        operation.counts = {"queues": len(names)}
    return _show(run, change, operation.id)


def _show(run: Run, change: "Change", operation: str = "", *, done: bool = True) -> int:
    from mutt_cli.present.pauses import pause_document

    run.show(pause_document(run.spec.kind, change, operation, dry_run=run.flags.dry_run, done=done))
    return OK


def _seconds(duration: timedelta | None) -> float | None:
    return duration.total_seconds() if duration else None


def _words(duration: timedelta) -> str:
    from mutt_cli.present.times import span

    return span(duration.total_seconds())


queue_change.add_to(app)
dlq_replay.add_to(app)
