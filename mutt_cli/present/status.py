"""The screen of `mutt status`, and one line per instance of a service."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.ledger import IN, OUT
from mutt_cli.present import times
from mutt_cli.present.maintenance import window_fields
from mutt_cli.present.output import Column, Document, Listing
from mutt_cli.present.queues import queue_row
from mutt_cli.present.switches import off_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mutt_cli.core.snapshot import Instance
    from mutt_cli.core.status import Finding
    from mutt_cli.ops.status import Status

KIND: Final = "mutt.status"
_COLUMNS: Final = (
    Column("service"),
    Column("instance"),
    Column("state", "state"),
    Column("in_hand", "count"),
    Column("address"),
    Column("since"),
    Column("pid"),
    Column("version"),
    Column("detail", "free"),
)


def status_document(status: Status) -> Document:
    """`mutt status`."""
    return Document(KIND, status_fields(status), text=list(_screen(status)), name=status.state)


def services_listing(status: Status, instances: Sequence[Instance]) -> Listing:
    """`mutt status SERVICE...` and `--services`: one line per instance."""
    fields = {"state": status.state, "findings": [_finding(one) for one in status.findings]}
    return Listing(KIND, _COLUMNS, [_instance(one) for one in instances], fields=fields, name="instance")


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "state": one.state, "check": one.check, "text": one.text, "remedy": one.remedy or None,
        "caused_by": one.caused_by or None,
    }  # fmt: skip


def _instance(one: Instance) -> dict[str, Any]:
    return {
        "service": one.service,
        "instance": one.name,
        "state": one.state,
        "in_hand": one.in_hand,
        "address": one.address,
        "since": one.since,
        "pid": one.pid,
        "version": one.version,
        "detail": one.detail,
    }


def status_fields(status: Status) -> dict[str, Any]:
    """The whole screen as values."""
    return {
        "state": status.state,
        "findings": [_finding(one) for one in status.findings],
        "backends": list(status.backends),
        "services": [_instance(one) for one in status.services],
        "queues": [queue_row(one) for one in status.queues],
        "ledger": _ledger(status),
        "breaker": _breaker(status),
        "switched_off": off_rows(status.off),
        "maintenance": [window_fields(one, status.at_ms) for one in status.windows],
    }


def _ledger(status: Status) -> dict[str, Any] | None:
    balance = status.balance
    if balance is None:
        return None
    return {
        **{name: balance.counters.get(name, 0) for name in (*IN, *OUT)},
        "in_flight": balance.in_flight,
        "accounted": balance.accounted,
        "remainder": balance.remainder,
        "balanced": balance.balanced,
    }


def _breaker(status: Status) -> dict[str, Any] | None:
    if status.breaker is None:
        return None
    opened = status.breaker.opened_ms
    at = datetime.fromtimestamp(opened / 1000, tz=UTC) if 0 < opened < 253_402_300_800_000 else None
    return {"state": status.breaker.state, "failures": status.breaker.failures, "opened_at": at}


def _screen(status: Status) -> Iterator[str]:
    yield f"state     {status.state}"
    for one in status.findings:
        after = f" -- caused by {one.caused_by}" if one.caused_by else f" -- try: {one.remedy}" if one.remedy else ""
        yield f"  {one.state:<6}{one.check}: {one.text}{after}"
    for window in status.windows:
        until = f"{datetime.fromtimestamp(window.until / 1000, tz=UTC):%Y-%m-%dT%H:%M:%SZ}"
        why = f": {window.reason}" if window.reason else ""
        yield f"maint     until {until} by {window.actor}, {window.scope}{why}"
    yield "back ends"
    yield from _aligned(
        (one.name, one.state, _took(one.milliseconds), one.address, one.detail) for one in status.backends
    )
    yield "services"
    yield from _aligned(
        (one.service, one.state, one.name, "" if one.in_hand is None else f"{one.in_hand:,} in hand", one.detail)
        for one in status.services
    )
    balance = status.balance
    if balance is None:
        return
    yield "queues"
    yield from _aligned(
        (
            one.name,
            times.count(one.depth),
            "-" if one.age_s is None else times.span(one.age_s),
            ", ".join(one.drained_by) + (f", held by {one.held_by}" if one.held_by else ""),
        )
        for one in status.queues
    )
    came = sum(balance.counters.get(name, 0) for name in IN)
    went = sum(balance.counters.get(name, 0) for name in OUT)
    judged = "balanced" if balance.balanced else f"remainder {balance.remainder:,}"
    yield f"ledger    {judged}: {came:,} came in, {went:,} went out, {balance.in_flight:,} in flight"
    if status.breaker is not None:
        yield f"breaker   {status.breaker.state}, {status.breaker.failures:,} failures"


def _took(milliseconds: float | None) -> str:
    return "-" if milliseconds is None else f"{milliseconds:g} ms"


def _aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows with columns of equal width; the last is as long as it likes."""
    known = list(rows)
    widths = [max(map(len, column)) for column in zip(*known, strict=True)]
    for row in known:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield f"  {'  '.join(cells).rstrip()}"
