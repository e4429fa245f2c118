"""`mutt chaos`: break one thing of a platform of `mutt up`, heal it, check the ledger."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.commands.options import For
from mutt_cli.errors import OK, MuttError, NotFoundError, RefusedError, UsageError

if TYPE_CHECKING:
    from mutt_cli.core.chaos import Fault
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.chaos import Round
    from mutt_cli.ops.chaos.look import Place
    from mutt_cli.ops.chaos.stage import Stage
    from mutt_cli.ops.operation import Operation

app = word("chaos")

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME...]", help="What to break, one after the other; any: one of them, not told which."),
]
_FOR_S: Final = 120.0
_LONGEST_S: Final = 3600.0


@command(app, impact="B", endless=True)
def chaos(run: Run, names: Names = None, *, duration: For = None) -> int:
    """Break one thing, then check the ledger; without NAME list what can be broken. Never in protected contexts.

    \b
    mutt chaos
    mutt chaos any --for 5m --yes          find it: mutt top, mutt doctor, mutt health
    mutt chaos forwarder-stopped redis-stopped --for 30s --yes

    Only on a platform that `mutt up` of this account runs; sample events go in meanwhile. Healed after --for (default
    2m), by Ctrl-C, or by mutt undo if this command was killed. It waits until all is well again. Exit 1 if that takes
    more than 5 minutes, or if an event that was accepted is missing.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.ops.chaos import stage as stages

    if not names:
        return _list(run)
    seconds = _seconds(duration)
    if run.context.protected:
        raise RefusedError(
            f"context {run.context.name} is protected: nothing is broken there on purpose", code="MUTT-G056",
            why="no flag overrides this", tries=("mutt up", f"mutt chaos {names[0]} --context up"),
        )  # fmt: skip
    stage = stages.found(run.environ, run.configuration.env_file)
    return _play(run, stage, [_fault(name, stage) for name in names], seconds)


def _list(run: Run) -> int:
    from mutt_cli.core.chaos import possible
    from mutt_cli.ops.chaos import stage as stages
    from mutt_cli.present.chaos import catalogue

    try:
        here = possible(stages.found(run.environ, run.configuration.env_file).parts)
    except MuttError:
        here = ()
    run.show(catalogue(run.spec.kind, {one.name for one in here}))
    return OK


def _seconds(duration: For) -> float:
    """Raises UsageError for no time at all, or for more than anybody would wait."""
    from mutt_cli.commands.breaker import positive

    seconds = positive(duration) or _FOR_S
    if seconds > _LONGEST_S:
        raise UsageError("nothing is broken for longer than an hour", tries=("--for 1h",))
    return seconds


def _fault(name: str, stage: "Stage") -> "Fault | None":
    """The fault of that name, None for `any`. Raises NotFoundError, or RefusedError MUTT-G057 for a part not here."""
    from mutt_cli.core.chaos import ANY, BY_NAME, nearest

    if name == ANY:
        return None
    if name not in BY_NAME:
        near = nearest(name)
        hint = f"; did you mean {near}?" if near else ""
        raise NotFoundError(f"there is nothing {name} to break{hint}", tries=("mutt chaos",))
    found = BY_NAME[name]
    if found.target not in stage.parts:
        raise RefusedError(
            f"{name} is not possible here: mutt up has not started {found.target} of this platform", code="MUTT-G057",
            why="what is only configured belongs to somebody else", tries=("mutt chaos",),
        )  # fmt: skip
    return found


def _play(run: Run, stage: "Stage", wanted: "list[Fault | None]", seconds: float) -> int:
    """All of them, one after the other; Ctrl-C ends the one that is broken and begins no other."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.core.chaos import ANY
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.chaos.mark import alone
    from mutt_cli.present.chaos import plan_lines, planned, problem, rounds_document

    names = [one.name if one else ANY for one in wanted]
    lines = [line for one in wanted for line in plan_lines(one, seconds, sends=stage.sends)]
    plan = Plan(f"BREAK {', '.join(names)}, and heal it", lines=list(dict.fromkeys(lines)))
    done: list[tuple[Round, Operation]] = []
    with Backends(run.settings) as backends:
        _looked(run, stage, backends)
        if not approved(run, plan):
            run.show(planned(run.spec.kind, names, seconds))
            return OK
        with alone(stage.root):
            for one in wanted:
                done.append(_round(run, stage, backends, one, seconds))
                if not done[-1][0].judgement.ok or done[-1][0].how in {"interrupt", "signal"}:
                    break
    last = done[-1][0]
    run.show(rounds_document(run.spec.kind, names, seconds, done))
    if last.how == "signal":
        return 128 + last.signalled
    if not last.judgement.ok:
        raise problem(last)
    return OK


def _looked(run: Run, stage: "Stage", backends: "Backends") -> "tuple[Place, dict[str, str]]":
    """How things are before anything is broken. Raises RefusedError MUTT-G058 or MUTT-G059."""
    from mutt_cli.commands.folders import folders
    from mutt_cli.ops import chaos as ops
    from mutt_cli.ops.chaos.look import Place

    ops.free(stage, backends)
    place = Place(run.configuration, folders(run))
    return place, ops.well(place, forced=ops.UNWELL in run.flags.force)


def _round(
    run: Run, stage: "Stage", backends: "Backends", wanted: "Fault | None", seconds: float
) -> "tuple[Round, Operation]":
    """One of them, as an operation of its own: what heals it is recorded before it is broken."""
    import secrets
    from contextlib import nullcontext

    import msgspec

    from mutt_cli.commands.folders import witness_folder
    from mutt_cli.commands.journal import journalled, storable
    from mutt_cli.core.chaos import ANY, picked, possible
    from mutt_cli.ops import chaos as ops
    from mutt_cli.ops.chaos import making
    from mutt_cli.ops.ingest import door

    place, before = _looked(run, stage, backends)
    fault = wanted or picked(possible(stage.parts), secrets.randbits(32))
    image = making.aimed(stage, backends, fault)
    planned, originals = {"for_seconds": seconds}, {"image": msgspec.to_builtins(image), "root": str(stage.root)}
    words = [wanted.name if wanted else ANY, "--for", f"{seconds:g}s"]
    with (
        door(run.settings) if stage.sends else nullcontext() as opened,
        journalled(run, backends, words, planned, originals, at_hand=True) as operation,
    ):
        run.say(f"undo: mutt undo {operation.id}   (if this command is killed before it has healed)")
        setting = ops.Setting(stage, place, witness_folder(run), seconds, before, opened)
        by = making.Doer(operation.id, storable(run.actor), storable(run.reason))
        found = ops.play(setting, backends, image, by, run.say)
        operation.counts = {"faults": 1}
        operation.result = "done" if found.judgement.ok else f"stopped: {found.judgement.sentence}"
    return found, operation
