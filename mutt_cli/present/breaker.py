"""The circuit breaker on the screen and in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.core.breaker import judged
from mutt_cli.present import times
from mutt_cli.present.output import Document
from mutt_cli.present.switches import hold_fields, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.hold import Hold
    from mutt_cli.ops.breaker import Seen
    from mutt_cli.ops.moog import Probed
    from mutt_cli.ops.operation import Operation


def breaker_document(kind: str, seen: Seen) -> Document:
    """`mutt breaker show`."""
    state = seen.breaker.state.lower()
    return Document(kind, {**_fields(seen), "state": state}, text=list(_lines(seen)), name=state)


def _fields(seen: Seen) -> dict[str, Any]:
    found, last = seen.breaker, seen.breaker.last
    return {
        "state": found.state.lower(),
        "judged": judged("OPEN" if seen.tripped else found.state if seen.enabled else "CLOSED"),
        "enabled": seen.enabled,
        "failures": found.failures,
        "threshold": seen.threshold,
        "opened_at": moment(found.opened_ms),
        "next_try_at": moment(seen.next_try_ms),
        "next_try_in_seconds": _left(seen),
        "timeout_seconds": seen.timeout_s,
        "probing": found.probing,
        "open_action": seen.open_action,
        "waiting": seen.waiting,
        "set_aside": seen.set_aside,
        "tripped": hold_fields(found.trip),
        "last_error": None
        if last is None
        else {"at": moment(last.at), "text": last.text, "reason": last.reason, "forwarder": last.pod},
    }


def _left(seen: Seen) -> float | None:
    at = seen.next_try_ms
    return None if at is None else max(0.0, round((at - seen.breaker.now_ms) / 1000, 1))


def _lines(seen: Seen) -> Iterator[str]:
    found, word = seen.breaker, judged("OPEN" if seen.tripped else seen.breaker.state if seen.enabled else "CLOSED")
    yield f"state       {word:<5}{found.state}: {_meaning(seen)}"
    if not seen.enabled:
        yield "breaker     switched off (CIRCUIT_BREAKER_ENABLED=false): only a trip by hand counts"
    if found.trip is not None:
        yield f"tripped     {found.trip.phrase}"
    yield f"failures    {found.failures:,} in a row, opens at {seen.threshold:,} (CIRCUIT_BREAKER_THRESHOLD)"
    if found.state != "CLOSED" and (opened := moment(found.opened_ms)):
        yield f"opened      {times.instant(opened)}, {times.span((found.now_ms - found.opened_ms) / 1000)} ago"
    if (left := _left(seen)) is not None and (at := moment(seen.next_try_ms)):
        how = "" if found.trip else f" ({seen.timeout_s:g} s after it opened, CIRCUIT_BREAKER_TIMEOUT)"
        yield f"next try    {f'in {times.span(left)}, at {times.clock(at)}' if left else 'due now'}{how}"
    if found.last is not None:
        at = moment(found.last.at)
        when = times.instant(at) if at else "some time"
        yield f"last error  {found.last.text} at {when} ({found.last.pod})"
    yield f"waiting     {seen.waiting:,} alerts, {seen.set_aside:,} set aside in dlq-moog"


def _meaning(seen: Seen) -> str:
    if seen.open and seen.breaker.state == "HALF_OPEN":
        return "one alert is being tried" if seen.breaker.probing else "the next alert is the try"
    if not seen.open:
        return "alerts go to Moogsoft"
    kept = (
        "wait in their queue" if seen.open_action == "hold" else "are set aside in dlq-moog and come back by themselves"
    )
    return f"Moogsoft gets nothing, alerts {kept}"


def changed_document(
    kind: str,
    *,
    former: str,
    now: str,
    operation: Operation | None = None,
    trip: Hold | None = None,
    probed: Probed | None = None,
    undo: str = "",
    dry_run: bool = False,
) -> Document:
    """`mutt breaker trip` and `reset`, done or planned."""
    fields: dict[str, Any] = {
        "dry_run": dry_run,
        "operation": operation.id if operation else None,
        "former": former.lower(),
        "state": now.lower(),
        "tripped": hold_fields(trip),
        "moog": probed.health if probed else None,
        "undo": [undo] if undo else [],
    }
    text = [f"breaker: {former} -> {now}" if former != now or trip else f"breaker: {now} already"]
    text += [f"tripped {trip.phrase}"] if trip else []
    text += [f"undo:  {undo}"] if undo else []
    warnings = tuple(operation.warnings) if operation else ()
    return Document(kind, fields, text=text, warnings=warnings, name=now.lower())
