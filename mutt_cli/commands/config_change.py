"""A change of settings at run time as commands carry it out: shown, agreed to, one operation, waited for."""

from datetime import timedelta
from typing import TYPE_CHECKING

from mutt_cli.commands.context import Run
from mutt_cli.errors import OK, PARTIAL, TIMED_OUT

if TYPE_CHECKING:
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.dynamic import Plan, View
    from mutt_cli.present.dynamic import Done


def change_settings(run: Run, backends: "Backends", plan: "Plan", lasts: timedelta | None = None) -> int:
    """Show the plan, carry it out as one operation, wait for the daemons."""
    from mutt_cli.commands import guard
    from mutt_cli.present.dynamic import change_line, done_document, plan_document

    lines = [change_line(one) for one in plan.changes]
    words = guard.Plan(lines[0] if len(lines) == 1 else "SET", lines=lines[1:] and lines, needs_reason=True)
    if not guard.approved(run, words):
        run.show(plan_document(run.spec.kind, plan.changes, plan.warnings))
        return OK
    done = _carried_out(run, backends, plan, lasts) if lasts or not all(one.nothing for one in plan.changes) else None
    seen, waited = waited_for(run, backends)
    run.show(done_document(run.spec.kind, plan, done, seen, waited_s=waited))
    return exit_code(seen)


def _carried_out(run: Run, backends: "Backends", plan: "Plan", lasts: timedelta | None) -> "Done":
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import dynamic
    from mutt_cli.present.dynamic import Done
    from mutt_cli.present.times import instant

    until = instant(run.now() + lasts, local=run.flags.local) if lasts else ""
    words = [dynamic.word(one) for one in plan.changes]
    planned = {"settings": words, "until": until or None}
    with journalled(run, backends, words, planned, dynamic.before_images(plan)) as operation:
        former = dynamic.apply(backends, plan, for_s=lasts.total_seconds() if lasts else 0)
        operation.originals = dynamic.before_images(plan, former)
        operation.counts = {"settings": len(former.texts)}
        operation.audited = dynamic.audited(plan, former.texts)
    return Done(operation, former, until)


def waited_for(run: Run, backends: "Backends") -> tuple["View | None", float]:
    """Wait until every daemon has it, unless --no-wait; the last view and how long it took."""
    from mutt_cli.ops import dynamic

    if run.flags.wait is False:
        return None, 0.0
    return dynamic.wait(backends, run.configuration, run.left_s)


def exit_code(seen: "View | None") -> int:
    """0 if every daemon runs with it, 6 if some do not, 8 if none does."""
    if seen is None or not seen.behind:
        return OK
    return TIMED_OUT if len(seen.behind) == len(seen.readers) else PARTIAL
