"""Moogsoft on the screen and in JSON: a test step by step, and what the daemons see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.core.breaker import judged
from mutt_cli.present import times
from mutt_cli.present.output import Document
from mutt_cli.present.remediation import cycle_fields
from mutt_cli.present.switches import hold_fields, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.ops.breaker import Seen as Breaker
    from mutt_cli.ops.moog import Probed, Seen
    from mutt_cli.ops.operation import Operation


def probe_document(kind: str, found: Probed | None, *, operation: Operation | None = None, plan: str = "") -> Document:
    """`mutt moog test`; `found` None if a dry run only says what would be sent."""
    fields: dict[str, Any] = {
        "dry_run": found is None,
        "operation": operation.id if operation else None,
        "address": found.address if found else None,
        "method": found.method if found else None,
        "health": found.health.replace(" ", "_") if found else None,
        "status": found.status if found else None,
        "said": found.text if found else plan,
        "key": (found.key or None) if found else None,
        "key_refused": found.key_refused if found else False,
        "event_id": (found.event_id or None) if found else None,
        "steps": [
            {
                "step": one.name,
                "state": "ok" if one.ok else "crit",
                "milliseconds": one.milliseconds,
                "detail": one.detail,
            }
            for one in (found.steps if found else ())
        ],
    }
    text = list(_steps(found)) if found else []
    warnings = tuple(operation.warnings) if operation else ()
    return Document(kind, fields, text=text, warnings=warnings, name=str(fields["health"] or ""))


def _steps(found: Probed) -> Iterator[str]:
    yield f"{found.method} {found.address}"
    for one in found.steps:
        yield f"{one.name:<9}{'ok' if one.ok else 'crit':<5}{one.milliseconds:>8.1f} ms  {one.detail}"
    yield f"{'key':<9}{_key(found)}"
    if found.event_id:
        yield f"{'sent':<9}one alert labelled TEST, Idempotency-Key {found.event_id}"
    yield f"{'verdict':<9}{_verdict(found)}"


def _key(found: Probed) -> str:
    if not found.key:
        return f"unkn  none was sent{f': {found.key_trouble}' if found.key_trouble else ''}"
    if found.key_refused:
        return f"crit  {found.key} is refused: {found.text}"
    if found.method == "POST" and found.works:
        return f"ok    {found.key} is accepted"
    if found.status is not None and found.status < 400:
        return f"ok    {found.key} is not refused; --send proves it"
    return f"unkn  {found.key} was sent; this answer says nothing about it"


def _verdict(found: Probed) -> str:
    if found.works and found.method == "POST":
        return "ok: the test alert was delivered"
    return {
        "healthy": "ok: Moogsoft answers",
        "unauthorised": "crit: Moogsoft answers, and refuses the key"
        if found.key
        else "ok: Moogsoft answers (no key sent)",
        "down": f"crit: {found.text}",
    }.get(found.health, f"unkn: {found.text}")


def status_document(kind: str, seen: Seen, breaker: Breaker) -> Document:
    """`mutt moog status`."""
    word = judged("OPEN" if breaker.tripped else breaker.breaker.state if breaker.enabled else "CLOSED")
    alive = [one for one in seen.forwarders if one.heartbeat is not None]
    health = seen.cycle.health if seen.cycle else "not checked"
    state = "crit" if health == "down" or word == "crit" or not alive else "warn" if word == "warn" else "ok"
    last = breaker.breaker.last
    fields = {
        "state": state,
        "address": seen.address or None,
        "health": health.replace(" ", "_"),
        "health_at": moment(seen.cycle.at) if seen.cycle else None,
        "breaker": breaker.breaker.state.lower(),
        "failures": breaker.breaker.failures,
        "tripped": hold_fields(breaker.breaker.trip),
        "next_try_at": moment(breaker.next_try_ms),
        "last_error": None
        if last is None
        else {"at": moment(last.at), "text": last.text, "reason": last.reason, "forwarder": last.pod},
        "forwarders": [
            {"forwarder": one.pod, "alive": one.heartbeat is not None, "in_hand": one.in_hand}
            for one in seen.forwarders
        ],
        "waiting": breaker.waiting,
        "set_aside": breaker.set_aside,
        "last_cycle": cycle_fields(seen.cycle),
    }
    return Document(kind, fields, text=list(_status(seen, breaker, state, health)), name=state)


def _status(seen: Seen, breaker: Breaker, state: str, health: str) -> Iterator[str]:
    yield f"state       {state}"
    yield f"address     {seen.address or 'MOOG_WEBHOOK_URL is not set'}"
    at = moment(seen.cycle.at) if seen.cycle else None
    yield f"health      {health}{f', as remediation found at {times.instant(at)}' if at else ''}"
    yield f"breaker     {breaker.breaker.state}, {breaker.breaker.failures:,} failures in a row"
    if breaker.breaker.trip is not None:
        yield f"tripped     {breaker.breaker.trip.phrase}"
    last = breaker.breaker.last
    if last is not None:
        when = moment(last.at)
        yield f"last error  {last.text}{f' at {times.instant(when)}' if when else ''} ({last.pod})"
    for one in seen.forwarders:
        yield f"forwarder   {one.pod}: {'alive' if one.heartbeat else 'no heartbeat'}, {one.in_hand:,} in hand"
    if not seen.forwarders:
        yield "forwarder   none is known"
    yield f"waiting     {breaker.waiting:,} alerts, {breaker.set_aside:,} set aside in dlq-moog"
