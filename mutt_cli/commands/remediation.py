"""`mutt remediation`: what brings dead letters back."""

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import OK, TIMED_OUT
from mutt_cli.present.output import Document

app = noun("remediation", "What brings dead letters back: its cycles.")


@command(app, "show", impact="R")
def show(run: Run) -> Document:
    """Whether it is at work, what waits for it, what the last cycle did, when the next one is due."""
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.remediation import look
    from mutt_cli.present.remediation import remediation_document

    with Backends(run.settings) as backends:
        return remediation_document(run.spec.kind, look(backends, run.configuration))


@command(app, "run", impact="W")
def run_cycle(run: Run) -> int:
    """Run one cycle now, under all its rules (Moogsoft healthy, breaker closed, batch size), and tell what it did.

    Exit 7 if none would run: paused, switched off, or nobody at work. Exit 8 if it did not end within --timeout.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import remediation
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.remediation import ran_document

    with Backends(run.settings) as backends:
        seen = remediation.look(backends, run.configuration)
        remediation.require_running(seen)
        lines = [f"{depth:,} in {name}" for name, depth in seen.waiting.items()]
        if not approved(run, Plan(f"RUN one cycle: up to {seen.batch_size:,} messages come back", lines=lines)):
            run.show(ran_document(run.spec.kind, None, operation=None))
            return OK
        with journalled(run, backends, [], {"waiting": dict(seen.waiting)}) as operation:
            if run.flags.wait is False:
                remediation.ask_only(backends, operation.id)
                cycle = None
            else:
                cycle = remediation.run_now(backends, operation.id, run.left_s)
            operation.counts = {"returned": cycle.returned, "buried": cycle.buried} if cycle else {}
    run.show(ran_document(run.spec.kind, cycle, operation=operation))
    return OK if cycle or run.flags.wait is False else TIMED_OUT
