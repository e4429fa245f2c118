"""`mutt breaker`: the circuit breaker before Moogsoft, which all forwarders share."""

from typing import TYPE_CHECKING

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import For
from mutt_cli.errors import OK, UsageError
from mutt_cli.present.output import Document

if TYPE_CHECKING:
    from mutt_cli.commands.guard import Plan
    from mutt_cli.ops.breaker import Seen
    from mutt_cli.ops.moog import Probed

app = noun("breaker", "The circuit breaker before Moogsoft.")


@command(app, "show", impact="R")
def show(run: Run) -> Document:
    """State, failures, the last error, when the next alert is tried, and who tripped it, if somebody did.

    \b
    mutt breaker show -w --exit-when state=closed --timeout 10m
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.breaker import look
    from mutt_cli.present.breaker import breaker_document

    with Backends(run.settings) as backends:
        return breaker_document(run.spec.kind, look(backends, run.configuration))


@command(app, "trip", impact="W")
def trip(run: Run, *, duration: For = None) -> int:
    """Stop sending to Moogsoft, at once and in every forwarder; with --for it ends by itself.

    Nothing is lost: alerts are set aside in dlq-moog and come back once it closes, or wait in their queue
    (CIRCUIT_BREAKER_OPEN_ACTION). A restart of a forwarder does not end it, `mutt breaker reset` does.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.core.hold import Hold
    from mutt_cli.ops import breaker
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.hold import require_no_longer_hold
    from mutt_cli.present.breaker import changed_document

    for_s = positive(duration)
    with Backends(run.settings) as backends:
        seen = breaker.look(backends, run.configuration)
        until = seen.breaker.now_ms + int(for_s * 1000) if for_s else 0
        known = seen.breaker.trip if seen.tripped else None
        require_no_longer_hold({"the breaker": known}, until, run.flags.force)
        if not approved(run, Plan("TRIP the breaker: Moogsoft gets no alerts", lines=_lines(seen), needs_reason=True)):
            run.show(changed_document(run.spec.kind, former=seen.breaker.state, now="OPEN", dry_run=True))
            return OK
        before = breaker.images(seen.breaker)
        with journalled(run, backends, [], {"for_seconds": for_s or None}, {"former": before}) as operation:
            hold = Hold(run.actor, run.reason, operation.id, run.spec.path)
            before = breaker.images(breaker.trip(backends, hold, for_s=for_s, seen=seen.breaker.trip))
            now = breaker.look(backends, run.configuration).breaker
            after = breaker.images(now)
            operation.originals, operation.counts = {"former": before, "made": after}, {"breakers": 1}
            operation.audited = breaker.audited(before, after)
    undo = f"mutt undo {operation.id}"
    run.show(
        changed_document(
            run.spec.kind, former=before["state"], now=now.state, operation=operation, trip=now.trip, undo=undo
        )
    )
    return OK


@command(app, "reset", impact="W", asks=True)
def reset(run: Run) -> int:
    """Close the breaker: alerts go to Moogsoft at once, and what was set aside for it comes back.

    Moogsoft is asked first, without side effect. While it does not answer this is of class B: it asks, or wants --yes.
    """
    from mutt_cli.adapters.breaker import Breaker
    from mutt_cli.commands.guard import approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import breaker
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.breaker import changed_document

    with Backends(run.settings) as backends:
        seen = breaker.look(backends, run.configuration)
        if seen.breaker.state == "CLOSED" and not seen.tripped and not run.flags.dry_run:
            run.show(changed_document(run.spec.kind, former="CLOSED", now="CLOSED"))
            return OK
        probed = breaker.probed(backends, run.configuration)
        if not approved(run, _reset_plan(seen, probed)):
            run.show(
                changed_document(run.spec.kind, former=seen.breaker.state, now="CLOSED", probed=probed, dry_run=True)
            )
            return OK
        before = breaker.images(seen.breaker)
        with journalled(run, backends, [], {"moog": probed.health}, {"former": before}) as operation:
            before, after = breaker.images(breaker.reset(backends)), breaker.images(Breaker("CLOSED"))
            operation.originals, operation.counts = {"former": before, "made": after}, {"breakers": 1}
            operation.audited = breaker.audited(before, after)
    run.show(changed_document(run.spec.kind, former=before["state"], now="CLOSED", operation=operation, probed=probed))
    return OK


def _reset_plan(seen: "Seen", probed: "Probed") -> "Plan":
    from mutt_cli.commands.guard import Plan

    said = f"Moogsoft at {probed.address or 'no address'} is {probed.health}: {probed.text}"
    fails = probed.health not in {"healthy", "unauthorised"}
    danger = ["alerts that fail now use up their attempts; the breaker opens again after some of them"]
    lines = [said, *_lines(seen), *(danger if fails else ())]
    return Plan(
        "RESET the breaker: alerts go to Moogsoft", lines=lines, impact="B" if fails else None, needs_reason=True
    )


def _lines(seen: "Seen") -> list[str]:
    lines = [f"now {seen.breaker.state}, {seen.breaker.failures:,} failures in a row"]
    if seen.breaker.trip is not None:
        lines.append(f"tripped {seen.breaker.trip.phrase}")
    return [*lines, f"{seen.waiting:,} alerts wait, {seen.set_aside:,} are set aside in dlq-moog"]


def positive(duration: For) -> float:
    """Seconds of --for; 0 if it was not given. Raises UsageError for no time at all."""
    if duration is None:
        return 0.0
    if duration.total_seconds() <= 0:
        raise UsageError("--for needs a time that is longer than nothing")
    return duration.total_seconds()
