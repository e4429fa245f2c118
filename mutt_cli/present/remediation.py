"""Remediation on the screen and in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.present import times
from mutt_cli.present.output import Document
from mutt_cli.present.switches import hold_fields, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.remediation_notes import Cycle
    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.remediation import Seen


def remediation_document(kind: str, seen: Seen) -> Document:
    """`mutt remediation show`."""
    left = None if seen.next_ms is None else max(0.0, (seen.next_ms - seen.at_ms) / 1000)
    fields = {
        "state": "ok" if seen.runs else "warn",
        "enabled": seen.enabled,
        "at_work": seen.at_work,
        "instances": list(seen.instances),
        "paused": hold_fields(seen.hold),
        "interval_seconds": seen.interval_s,
        "batch_size": seen.batch_size,
        "waiting": dict(seen.waiting),
        "next_at": moment(seen.next_ms),
        "next_in_seconds": left,
        "last": cycle_fields(seen.last),
    }
    return Document(kind, fields, text=list(_lines(seen, left)), name=str(fields["state"]))


def cycle_fields(cycle: Cycle | None) -> dict[str, Any] | None:
    """One cycle in JSON."""
    if cycle is None:
        return None
    return {
        "at": moment(cycle.at), "seconds": cycle.seconds, "instance": cycle.pod, "host": cycle.host,
        "returned": cycle.returned, "buried": cycle.buried, "dlq_moog": cycle.dlq_moog,
        "dlq_alerter": cycle.dlq_alerter, "held": cycle.held, "breaker": cycle.breaker.lower(),
        "moog_health": cycle.health,
    }  # fmt: skip


def ran_document(kind: str, cycle: Cycle | None, *, operation: Operation | None) -> Document:
    """`mutt remediation run`: what the cycle did; `operation` None if it is only planned."""
    fields = {
        "dry_run": operation is None, "operation": operation.id if operation else None, "cycle": cycle_fields(cycle),
    }  # fmt: skip
    text = [] if operation is None else [_told(cycle)] if cycle else ["asked for; what it did is not known yet"]
    warnings = tuple(operation.warnings) if operation else ()
    return Document(kind, fields, text=text, warnings=warnings, name=operation.id if operation else "")


def _lines(seen: Seen, left: float | None) -> Iterator[str]:
    if seen.hold is not None:
        yield f"state      warn paused {seen.hold.phrase}"
    elif not seen.enabled:
        yield "state      warn switched off (REMEDIATION_ENABLED=false)"
    elif not seen.at_work:
        yield "state      warn no instance is at work: systemctl start mutt-remediation"
    else:
        yield "state      ok   at work"
    yield f"instances  {', '.join(seen.instances) or 'none'}"
    yield f"cycle      up to {seen.batch_size:,} messages every {times.span(seen.interval_s)}"
    yield "waiting    " + ", ".join(f"{depth:,} in {name}" for name, depth in seen.waiting.items())
    if left is not None and (at := moment(seen.next_ms)):
        yield f"next       in {times.span(left)}, at {times.clock(at)}"
    yield f"last       {_told(seen.last) if seen.last else 'no cycle has been told of yet'}"


def _told(cycle: Cycle) -> str:
    at = moment(cycle.at)
    when = f"{times.instant(at)} on {cycle.host}: " if at else ""
    held = "".join(f", {queue} held by {reason}" for queue, reason in sorted(cycle.held.items()))
    return (
        f"{when}{cycle.returned:,} returned, {cycle.buried:,} buried as poison; left {cycle.dlq_moog:,} in dlq-moog,"
        f" {cycle.dlq_alerter:,} in dlq-alerter{held}; breaker {cycle.breaker}, Moogsoft {cycle.health}"
    )
