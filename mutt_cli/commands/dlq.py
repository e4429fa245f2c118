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
    from collections.abc import Iterable

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
    from mutt_cli.commands.breaker import positive
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.core.hold import Hold
    from mutt_cli.ops import dlq_pause, hold
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.pauses import pause_document

    for_s = positive(duration)
    with Backends(run.settings) as backends:
        names = dlq_pause.wanted(backends, dlq)
        before, now = hold.standing(backends, names)
        wish = Hold(run.actor, run.reason, command=run.spec.path, until=now + int(for_s * 1000) if for_s else 0)
        hold.require_no_longer_hold(before, wish.until, run.flags.force)
        until = f" for {_words(duration)}" if duration else " until it is resumed"
        if not approved(run, Plan(f"PAUSE remediation in {_listed(names)}{until}", needs_reason=True)):
            run.show(pause_document(run.spec.kind, dict.fromkeys(names, wish), dry_run=True))
            return OK
        images = {"former": hold.images(before)}
        with journalled(run, backends, _short(names), {"queues": _short(names)}, images) as operation:
            made = Hold(run.actor, run.reason, operation.id, run.spec.path)
            former = hold.change(backends, dict.fromkeys(names, made), for_s=for_s, expected=before)
            held, _ = hold.standing(backends, names)
            hold.record(operation, former, held)
    run.show(pause_document(run.spec.kind, held, operation=operation.id))
    return OK


@command(app, "resume", impact="W")
def resume(run: Run, dlq: Drained = None) -> int:
    """Let automatic remediation go on."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import dlq_pause, hold
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.pauses import pause_document

    with Backends(run.settings) as backends:
        names = dlq_pause.wanted(backends, dlq)
        before, _ = hold.standing(backends, names)
        lines = [f"{name} was paused {one.phrase}" for name, one in before.items() if one is not None]
        nothing = dict.fromkeys(names)
        if not approved(run, Plan(f"RESUME remediation in {_listed(names)}", lines=lines)):
            run.show(pause_document(run.spec.kind, nothing, dry_run=True))
            return OK
        if not lines:
            run.show(pause_document(run.spec.kind, nothing, already=True))
            return OK
        images = {"former": hold.images(before)}
        with journalled(run, backends, _short(names), {"queues": _short(names)}, images) as operation:
            hold.record(operation, hold.change(backends, nothing, expected=before), nothing)
    run.show(pause_document(run.spec.kind, nothing, operation=operation.id))
    return OK


def _short(names: "Iterable[str]") -> list[str]:
    return [name.rpartition("/")[2] for name in names]


def _listed(names: "Iterable[str]") -> str:
    return ", ".join(_short(names))


def _words(duration: timedelta) -> str:
    from mutt_cli.present.times import span

    return span(duration.total_seconds())


queue_change.add_to(app)
dlq_replay.add_to(app)
