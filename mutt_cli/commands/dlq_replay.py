"""`mutt dlq replay` and `mutt dlq fix`: dead letters sent round again, as they are or repaired."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from mutt_cli.commands.bulk import Count, Everything, Task, Wheres, carried_out, must_choose, selection_of
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command
from mutt_cli.errors import OK, PARTIAL, MuttError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.core.edits import Edits
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.bulk_work import Progress
    from mutt_cli.ops.dlq_replay import ReplayPlan, Wish
    from mutt_cli.ops.operation import Operation

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[DLQ] [ID]...", help="The queue; letters by hash, correlation or event id."),
]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Letters by hash, correlation id or event id.")]
To = Annotated[str, typer.Option("--to", metavar="QUEUE", help="ingest or alert; without it where each came from.")]
Fix = Annotated[bool, typer.Option("--fix", help="Find what is wrong, propose the repair, send it repaired.")]
Rate = Annotated[float, typer.Option("--rate", metavar="R", min=0.01, help="At most R letters a second.")]
Canary = Annotated[
    int, typer.Option("--canary", metavar="N", min=1, help="Send N first; the rest only if they end well.")
]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Give a field this value.")]
Unset = Annotated[list[str] | None, typer.Option("--unset", metavar="FIELD", help="Remove a field.")]
PatchFile = Annotated[str, typer.Option("--patch", metavar="FILE", help="Change it by a JSON Patch (RFC 6902).")]
Edit = Annotated[bool, typer.Option("--edit", help="Change one letter in $EDITOR.")]


def add_to(app: typer.Typer) -> None:
    """Declare the commands."""
    command(app, "replay", impact="B", endless=True, aliases=("requeue",))(replay)
    command(app, "fix", impact="R")(fix)


def replay(
    run: Run,
    words: Words = None,
    *,
    where: Wheres = None,
    everything: Everything = False,
    limit: Count = None,
    rate: Rate = 0.0,
    canary: Canary = 0,
    to: To = "",
    fix: Fix = False,
    assign: Set = None,
    remove: Unset = None,
    patch: PatchFile = "",
    edit: Edit = False,
) -> int:
    """Send dead letters round again: each to the queue where it failed, its attempts counted anew.

    \b
    mutt dlq replay 9f3c1a7
    mutt dlq replay --fix
    mutt dlq replay dlq-moog --where reason=http_503 --canary 5 --rate 50

    The batch stops itself when its canary fails, when the breaker opens, or when more than 20 % come straight back;
    `mutt undo` takes back what nobody has taken yet. Up to ten letters are class W. Exit 6 if it stopped itself.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.ops import dlq_replay as ops
    from mutt_cli.ops.backends import Backends

    name, ids = _split(run, words or [])
    edits = _edits(assign, remove, patch)
    chosen = bool(ids or where or everything or limit)
    if not fix:
        must_choose("dlq replay", chosen=chosen)
    wish = ops.Wish(to, fix, fix and not chosen, edits)
    with Backends(run.settings) as backends:
        sources = ops.letters(backends, name)
        if edit:
            wish = replace(wish, edits=_edited(run, backends, ids, wish))
        selection = selection_of(run, ids=ids, where=where, limit=limit)
        planned = ops.plan(backends, sources, selection, wish, run.flags.force)
        return _send(run, backends, planned, canary, rate)


def fix(
    run: Run, ids: Ids, *, assign: Set = None, remove: Unset = None, patch: PatchFile = "", edit: Edit = False
) -> int:
    """What is wrong with these letters and the repair that is proposed, as a diff; nothing is sent.

    Exit 1 if one of them cannot be repaired.
    """
    from mutt_cli.ops import dlq_replay as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.dlq import replay_fields, replay_lines
    from mutt_cli.present.messages import plan_document

    wish = ops.Wish(fix=True, edits=_edits(assign, remove, patch))
    with Backends(run.settings) as backends:
        if edit:
            wish = replace(wish, edits=_edited(run, backends, ids, wish))
        selection = selection_of(run, ids=ids)
        planned = ops.plan(backends, ops.LETTERS, selection, wish, ("breaker-open",))
    title = f"{planned.count:,} of {planned.count + sum(planned.staying.values()):,} letters can be sent again"
    run.show(plan_document(run.spec.kind, title, replay_fields(planned), list(replay_lines(planned))))
    return OK if not planned.staying else 1


def _send(run: Run, backends: "Backends", planned: "ReplayPlan", canary: int, rate: float) -> int:
    from mutt_cli.core import pipeline
    from mutt_cli.ops import dlq_replay as ops
    from mutt_cli.ops import dlq_run
    from mutt_cli.present.dlq import replay_fields, replay_lines, sent_title
    from mutt_cli.present.messages import done_document

    title, lines = f"REPLAY {planned.count:,} dead letters", list(replay_lines(planned))
    if not _agreed(run, planned, title, lines):
        return OK if planned.count else 1
    stops = pipeline.ALERT in planned.targets and "breaker-open" not in run.flags.force
    batch = dlq_run.Batch(
        tuple(planned.sources), planned.selection, planned.wish, planned.count, canary, rate, to_moogsoft=stops
    )

    def job(operation: "Operation", tell: "Callable[[Progress], None]") -> "Progress":
        return dlq_run.carry_out(backends, batch, operation.id, run.actor, tell)

    words = _as_typed(planned)
    task = Task(words, ops.recorded_plan(planned, canary, rate, to_moogsoft=stops), job, "sent", planned.count)
    operation, progress = carried_out(run, backends, task)
    done = sent_title(planned.count, progress)
    run.show(done_document(run.spec.kind, done, replay_fields(planned), operation, progress))
    return PARTIAL if progress.stopped else OK


def _agreed(run: Run, planned: "ReplayPlan", title: str, lines: list[str]) -> bool:
    """Show what would happen and ask where that is due; False if nothing is to be sent."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.core.transfer import FEW
    from mutt_cli.present.dlq import replay_fields
    from mutt_cli.present.messages import plan_document

    unseen = planned.wish.fix and not run.flags.yes  # what changes a message is agreed to, few or many
    impact = "W" if planned.count <= FEW and not unseen else "B"
    if not planned.count:
        run.show(plan_document(run.spec.kind, "no dead letter can be sent again", replay_fields(planned), lines))
        return False
    needs_reason = planned.count > FEW
    if not approved(run, Plan(title, "dlq", lines, impact=impact, needs_reason=needs_reason)):  # type: ignore[arg-type]
        run.show(plan_document(run.spec.kind, title, replay_fields(planned), lines))
        return False
    return True


def _split(run: Run, words: list[str]) -> tuple[str | None, list[str]]:
    """The queue, if the first word names one, and the ids."""
    from mutt_cli.core.pipeline import QUEUES

    known = {queue.name for queue in QUEUES} | {queue.key(run.keys) for queue in QUEUES}
    if words and words[0] in known:
        return words[0], words[1:]
    return None, words


def _edits(assign: list[str] | None, remove: list[str] | None, patch: str) -> "Edits":
    from mutt_cli.core import edits

    assigned = [edits.assignment(text) for text in assign or ()]
    wrong = [one for one in assigned if isinstance(one, edits.Wrong)]
    operations = edits.patch_of(_read(patch)) if patch else ()
    if isinstance(operations, edits.Wrong):
        raise UsageError(f"{patch} {operations.reason}", code="MUTT-U014")
    if wrong:
        raise UsageError(wrong[0].reason, code="MUTT-U014", tries=("--set severity=major",))
    made = tuple(one for one in assigned if not isinstance(one, edits.Wrong))
    return edits.Edits(made, tuple(remove or ()), operations)


def _edited(run: Run, backends: "Backends", ids: list[str], wish: "Wish") -> "Edits":
    """One letter in the operator's editor, with the proposed repair in it already."""
    import json

    from mutt_cli.adapters import editor
    from mutt_cli.commands.bound import unhurried
    from mutt_cli.core import edits
    from mutt_cli.ops.dlq_list import one

    if len(ids) != 1:
        raise UsageError("--edit changes one letter: name it", tries=("mutt dlq replay ID --edit",))
    if not run.can_ask:
        raise UsageError("--edit needs a terminal", tries=(f"mutt dlq replay {ids[0]} --set FIELD=VALUE",))
    judged = one(backends, ids[0])
    start = dict(judged.fields or judged.message.fields) if wish.fix else judged.message.fields
    with unhurried():
        text, place = editor.edited(json.dumps(start, indent=2, ensure_ascii=False) + "\n", "letter.json", run.environ)
    made = edits.rewritten(text)
    if isinstance(made, edits.Wrong):
        raise MuttError(made.reason, code="MUTT-U014", why=f"your text is in {place}; nothing was sent")
    editor.discard(place)
    return made


def _read(path: str) -> bytes:
    from pathlib import Path

    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _as_typed(planned: "ReplayPlan") -> list[str]:
    """The words of the command, for the operations journal."""
    one = len(planned.sources) == 1
    words = [planned.sources[0].name] if one else []
    words += planned.selection.ids
    words += [word for clause in planned.selection.where for word in ("--where", str(clause))]
    words += ["-n", str(planned.selection.limit)] if planned.selection.limit else []
    words += ["--fix"] if planned.wish.fix else []
    words += ["--to", planned.wish.to] if planned.wish.to else []
    words += [word for name, value in planned.wish.edits.assign for word in ("--set", f"{name}={value}")]
    return words + [word for name in planned.wish.edits.remove for word in ("--unset", name)]
