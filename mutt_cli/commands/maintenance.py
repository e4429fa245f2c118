"""`mutt maintenance`: windows of planned work; emptying the pipeline for it, and letting it work again."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from mutt_cli.commands.breaker import positive
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import For
from mutt_cli.errors import OK
from mutt_cli.present.output import Document, Listing

if TYPE_CHECKING:
    from mutt_cli.core.hold import Hold

app = noun("maintenance", "Windows of planned work, draining, resuming.")

WINDOW_S: Final = 3600.0
"""A window without --for; each has an end."""
_WAITS: Final = timedelta(minutes=10)

Name = Annotated[str | None, typer.Argument(metavar="[ID]", help="A window, by its id; without it the open one.")]
Scope = Annotated[str | None, typer.Option("--scope", metavar="SCOPE", help="A service or back end: moog, db, redis.")]
Drained = Annotated[
    Literal["all", "moog"], typer.Option("--scope", help="moog: keep the intake open, hold alerter and forwarder.")
]


@command(app, "start", impact="W")
def start(run: Run, *, duration: For = None, scope: Scope = None) -> int:
    """Open a window with an end (one hour without --for): who works here, why, until when. It switches nothing off.

    \b
    mutt maintenance start --for 2h --reason "CHG-7: kernel update"
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.core.window import Window
    from mutt_cli.ops import maintenance
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.maintenance import window_document
    from mutt_cli.present.times import span

    for_s, wanted = positive(duration) or WINDOW_S, maintenance.scope_of(scope)
    with Backends(run.settings) as backends:
        known = maintenance.covering(backends, wanted)
        plan = Plan(f"START a maintenance window of {span(for_s)} ({wanted})", needs_reason=True)
        if not approved(run, plan):
            run.show(window_document(run.spec.kind, None, 0, dry_run=True))
            return OK
        if known is not None:
            run.show(window_document(run.spec.kind, known, known.since, first="is open already", dry_run=False))
            return OK
        with journalled(run, backends, [f"--scope {wanted}"], {"scope": wanted, "for_seconds": for_s}) as operation:
            made = Window(operation.id, wanted, run.actor, run.reason, 0, 0)
            window = maintenance.begin(backends, made, for_s=for_s)
            operation.originals = {"former": None, "made": maintenance.image(window)}
            operation.counts, operation.audited = {"windows": 1}, maintenance.audited(None, window)
    undo = f"mutt maintenance end {window.id}"
    run.show(window_document(run.spec.kind, window, window.since, operation=operation, undo=undo, dry_run=False))
    return OK


@command(app, "end", impact="W")
def end(run: Run, name: Name = None) -> int:
    """End a window before its time. Ending one that is over says so and changes nothing."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import maintenance
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.maintenance import window_document

    with Backends(run.settings) as backends:
        window, now = maintenance.chosen(backends, name)
        if not approved(run, Plan(f"END window {window.id} ({window.scope}) by {window.actor}", needs_reason=True)):
            run.show(window_document(run.spec.kind, window, now, dry_run=True))
            return OK
        if not window.open(now):
            run.show(window_document(run.spec.kind, window, now, first="is over already", dry_run=False))
            return OK
        images = {"former": maintenance.image(window)}
        with journalled(run, backends, [window.id], {"window": window.id}, images) as operation:
            ended = maintenance.end(backends, window, run.actor)
            operation.originals = {**images, "made": maintenance.image(ended)}
            operation.counts, operation.audited = {"windows": 1}, maintenance.audited(window, ended)
    undo = f"mutt undo {operation.id}"
    run.show(window_document(run.spec.kind, ended, now, operation=operation, undo=undo, dry_run=False))
    return OK


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_windows(run: Run) -> Listing:
    """Windows, open ones and those of the last month, the newest first."""
    from mutt_cli.ops import maintenance
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.maintenance import window_listing

    with Backends(run.settings) as backends:
        return window_listing(run.spec.kind, *maintenance.windows(backends))


@command(app, "show", impact="R")
def show(run: Run, name: Name = None) -> Document:
    """One window."""
    from mutt_cli.ops import maintenance
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.maintenance import window_document

    with Backends(run.settings) as backends:
        return window_document(run.spec.kind, *maintenance.chosen(backends, name))


@command(app, "drain", impact="B", timeout=_WAITS)
def drain(run: Run, *, scope: Drained = "all") -> int:
    """Empty the pipeline, step by step: pause remediation, stop the intake, wait until nothing waits any more.

    Between the steps it prints the `systemctl` line to run and goes on when that daemon is gone; with --no-wait, and on
    a platform of `mutt up`, the daemons stay. With --scope moog the intake stays open and nothing is sent to Moogsoft.
    Called again it goes on where it was. Exit 8: a step did not come true in time; nothing is lost.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.core.drain import drain_steps
    from mutt_cli.core.hold import Hold
    from mutt_cli.ops import drain as ops
    from mutt_cli.ops import hold
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.maintenance import course_document

    steps = drain_steps(scope, stop=run.flags.wait is not False and run.context.name != "up")
    with Backends(run.settings) as backends:
        title = "DRAIN what goes to Moogsoft" if scope == "moog" else "DRAIN the pipeline"
        lines = [one.text + (f":  {one.line}" if one.line else "") for one in steps]
        if not approved(run, Plan(title, "pipeline", lines=lines, needs_reason=True)):
            run.show(course_document(run.spec.kind, steps, (), operation=None))
            return OK
        names = [one.service for one in steps if one.kind == "hold"]
        others = ops.others(backends)
        images = {"former": hold.images({name: others.get(name) for name in names if name not in others})}
        with journalled(run, backends, [f"--scope {scope}"], {"steps": lines}, images) as operation:
            made = Hold(run.actor, run.reason, operation.id, ops.COMMAND)
            course = ops.Course(backends, run.left_s, run.say, made)
            try:
                done = course.take(steps)
            finally:
                operation.counts = {"steps": len(course.done)}
                own = hold.images(ops.held_by(backends, operation.id))
                operation.audited = hold.audited({name: images["former"][name] for name in own}, own)
                operation.originals = {**images, "made": own}
    last = "drained; resume with: mutt maintenance resume"
    if run.context.name == "up" and scope == "all":
        last = "drained; the platform may be stopped with: mutt down"
    run.show(
        course_document(run.spec.kind, steps, done, operation=operation, last=last, undo="mutt maintenance resume")
    )
    return OK


@command(app, "resume", impact="W", timeout=_WAITS)
def resume(run: Run) -> int:
    """The way back after a drain: each daemon in its order, verified, and the intake last.

    A daemon that is not alive is named with its `systemctl` line, and waited for. What somebody else switched off
    stays so. Exit 8: a step did not come true in time; call it again to go on.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.core.drain import resume_steps
    from mutt_cli.ops import drain as ops
    from mutt_cli.ops import hold
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.maintenance import course_document

    with Backends(run.settings) as backends:
        held, others = ops.of_drains(backends), ops.others(backends)
        steps = resume_steps(frozenset(held), ops.alive(backends)) if held else ()
        warnings = [f"{name} stays off {one.phrase}" for name, one in sorted(others.items())]
        lines = [one.text + (f":  {one.line}" if one.line else "") for one in steps] or ["no drain holds anything"]
        if not approved(run, Plan("RESUME", lines=lines)) or not steps:
            last = "" if steps else "no drain holds anything: nothing was changed"
            run.show(course_document(run.spec.kind, steps, (), operation=None, last=last, warnings=warnings))
            return OK
        with journalled(run, backends, [], {"steps": lines}, {"former": hold.images(held)}) as operation:
            course = ops.Course(backends, run.left_s, run.say)
            try:
                done = course.take(steps)
            finally:
                operation.counts = {"steps": len(course.done)}
                operation.audited = hold.audited(hold.images(course.former), {})
                operation.originals = _images(course.former, {})
    undo = f"mutt undo {operation.id}"
    run.show(course_document(run.spec.kind, steps, done, operation=operation, undo=undo, warnings=warnings))
    return OK


def _images(former: dict[str, "Hold | None"], now: dict[str, "Hold"]) -> dict[str, dict[str, object]]:
    from mutt_cli.ops import hold

    return {"former": hold.images(former), "made": hold.images({name: now.get(name) for name in former})}
