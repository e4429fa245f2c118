"""The handover as one page to read or to paste, and as JSON. Every value is that of the command it comes from."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.ledger import IN, OUT, UNSERVED
from mutt_cli.present import times
from mutt_cli.present.audit import audit_row
from mutt_cli.present.maintenance import window_fields
from mutt_cli.present.operations import operation_row
from mutt_cli.present.output import Document
from mutt_cli.present.queues import queue_row
from mutt_cli.present.switches import moment, off_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mutt_cli.ops.handoff import Handover

KIND: Final = "mutt.handoff"
COUNTERS: Final = (*IN, UNSERVED, *OUT)
_MOST: Final = 20
"""Lines of one section for people; JSON has all."""


def handoff_document(found: Handover, context: str, *, local: bool = False) -> Document:
    """`mutt handoff`."""
    fields = _fields(found)
    counted, operations = found.part("counts"), found.part("operations")
    warnings = (*(counted.warnings if counted else ()), *(operations.warnings if operations else ()))
    return Document(
        KIND, fields, text=list(_page(fields, context, local=local)), warnings=warnings, name=fields["state"]
    )


def _fields(found: Handover) -> dict[str, Any]:
    status, settings = found.status, found.part("settings")
    vault, counted = found.part("vault") if "vault" in found.looks else None, found.part("counts")
    audited = found.part("changes")
    return {
        "since": found.asked.since,
        "until": found.asked.until,
        "state": status.state if status else "unkn",
        "findings": [{"state": one.state, "text": one.text} for one in status.findings] if status else [],
        "missing": [
            {"part": one.name, "code": one.error.code, "reason": one.error.message}
            for one in found.missing
            if one.error
        ],
        "switched_off": off_rows(status.off) if status else [],
        "maintenance": [window_fields(one, status.at_ms) for one in status.windows] if status else [],
        "not_acknowledged": [{"service": one.service, "name": one.name} for one in settings.behind] if settings else [],
        "rotations": [{"secret": name, "step": step} for name, step in vault.rotations.items()] if vault else [],
        "operations": [operation_row(one) for one in found.operations],
        "changes": [audit_row(one) for one in audited.rows] if audited else [],
        "dead_letters": _letters(found),
        "counts": {name: counted.counters.get(name, 0) for name in COUNTERS} if counted else None,
        "breaker": _breaker(found),
        "due": [{"at": one.at, "what": one.what} for one in found.due],
    }


def _letters(found: Handover) -> list[dict[str, Any]]:
    """Every queue of dead letters: how many lie there now, and how many of them are of the time asked for, and why."""
    letters, status = found.part("dead letters"), found.status
    if letters is None:
        return []
    known = {one.name: queue_row(one)["depth"] for one in status.queues} if status else {}
    return [
        {
            "queue": name,
            "depth": known.get(name, depth),
            "new": sum(one.messages for one in letters.groups if one.queue == name),
            "sampled": name in letters.sampled,
            "reasons": [{"reason": one.value, "messages": one.messages} for one in letters.groups if one.queue == name],
        }
        for name, depth in letters.depths.items()
    ]


def _breaker(found: Handover) -> dict[str, Any] | None:
    breaker = found.status.breaker if found.status else None
    if breaker is None:
        return None
    return {
        "state": breaker.state, "failures": breaker.failures, "opened_at": moment(breaker.opened_ms),
        "opened_since_start": found.part("metrics"),
    }  # fmt: skip


def _page(fields: Mapping[str, Any], context: str, *, local: bool) -> Iterator[str]:
    def at(value: Any) -> str:
        return times.instant(value, local=local) if value is not None else "-"

    yield f"HANDOVER of {context}, {at(fields['since'])} to {at(fields['until'])}"
    yield from _section(f"now: {fields['state']}", (f"{one['state']:<5} {one['text']}" for one in fields["findings"]))
    yield from _section("not known", (f"{one['part']}: {one['reason']} ({one['code']})" for one in fields["missing"]))
    yield from _section("in force", _in_force(fields, at))
    yield from _section("comes by itself", (f"{at(one['at'])}  {one['what']}" for one in fields["due"]))
    unfinished = [one for one in fields["operations"] if _unfinished(one)]
    finished = [one for one in fields["operations"] if not _unfinished(one)]
    yield from _section("NOT FINISHED", (_operation(one, at) for one in unfinished))
    yield from _section(f"done ({len(finished):,})", (_operation(one, at) for one in finished))
    changes = (
        f"{at(one['at'])}  {one['actor']}  {one['verb']} {one['object']}: {one['what']}{_why(one['reason'])}"
        for one in fields["changes"]
    )
    yield from _section(f"changes of rules, hosts and settings ({len(fields['changes']):,})", changes)
    yield from _section("dead letters", map(_letter_line, fields["dead_letters"]))
    if fields["counts"] is not None:
        counted = [f"{value:,} {name}" for name, value in fields["counts"].items() if value]
        yield from _section("events that came in within the time", [", ".join(counted) or "none"])
    if fields["breaker"] is not None:
        yield from _section("circuit breaker", [_breaker_line(fields["breaker"], at)])


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A title and its lines, or nothing at all where there are none."""
    known = list(lines)
    if known or title.startswith("now"):
        yield title
    yield from (f"  {line}" for line in known[:_MOST])
    if len(known) > _MOST:
        yield f"  ... and {len(known) - _MOST:,} more: -o json has them"


def _in_force(fields: Mapping[str, Any], at: Any) -> Iterator[str]:
    for one in fields["switched_off"]:
        span = f"since {at(one['since'])} until {at(one['until']) if one['until'] else 'somebody ends it'}"
        yield f"switched off: {one['what']} by {one['actor']} {span}{_why(one['reason'])}"
    for one in fields["maintenance"]:
        who = f"{one['scope']} by {one['actor']} until {at(one['until'])}"
        yield f"maintenance {one['window']}: {who}{_why(one['reason'])}"
    for one in fields["rotations"]:
        yield f"rotation of {one['secret']} is {one['step']}: mutt vault rotate plan {one['secret']}"
    for one in fields["not_acknowledged"]:
        yield f"{one['service']} {one['name']} does not run with the settings that are published"


def _unfinished(row: Mapping[str, Any]) -> bool:
    return row["state"] not in {"done", "undone"}


def _operation(one: Mapping[str, Any], at: Any) -> str:
    what = shlex.join(["mutt", *one["argv"]])
    return f"{at(one['started_at'])}  {one['operation']}  {one['state']}  {one['actor']}  {what}{_why(one['reason'])}"


def _why(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _letter_line(one: Mapping[str, Any]) -> str:
    about = "about " if one["sampled"] else ""
    reasons = ", ".join(
        f"{found['messages']:,} {found['reason'] or 'without a reason'}" for found in one["reasons"][:5]
    )
    return (
        f"{one['queue']}: {one['depth']:,} now, {about}{one['new']:,} of this time{f' ({reasons})' if reasons else ''}"
    )


def _breaker_line(one: Mapping[str, Any], at: Any) -> str:
    opened = (
        "" if one["opened_since_start"] is None else f", opened {one['opened_since_start']:,} times since the start"
    )
    word = "since" if one["state"] != "CLOSED" else "now, opened last at"
    since = f" {word} {at(one['opened_at'])}" if one["opened_at"] else ""
    return f"{one['state']}{since}, {one['failures']:,} failures{opened}"
