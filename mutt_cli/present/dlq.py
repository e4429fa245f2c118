"""Dead letters as rows, groups, and one by one with what a replay would do to it."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present import times
from mutt_cli.present.encode import json_text
from mutt_cli.present.messages import message_row, moment
from mutt_cli.present.output import Column, Document, Listing
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mutt_cli.core.dead_letter import Delivery
    from mutt_cli.core.message import Message
    from mutt_cli.ops.bulk_work import Progress
    from mutt_cli.ops.dlq_list import Group, Groups, Letter, Letters
    from mutt_cli.ops.dlq_replay import Judged, ReplayPlan

LETTER_COLUMNS: Final = (
    Column("id"),
    Column("queue"),
    Column("failed_age_seconds", "seconds", "failed"),
    Column("reason"),
    Column("attempts", "count", "tries"),
    Column("replays", "count"),
    Column("host"),
    Column("error", "free"),
    Column("text", "free", wide=True),
    Column("rule", wide=True),
    Column("age_seconds", "seconds", "age", wide=True),
    Column("crashes", "count", wide=True),
    Column("event_id", wide=True),
    Column("correlation_id", wide=True),
)
_LONGEST: Final = 400
"""Characters of one line of a diff that people see."""


def letter_row(letter: Letter, now_ms: int) -> dict[str, Any]:
    """One dead letter in JSON."""
    one = letter.message.delivery
    return {**message_row(letter.message, now_ms), "queue": letter.queue.name, **_delivery(one, now_ms)}


def letters_listing(found: Letters) -> Listing:
    """`mutt dlq list`."""
    warnings = [] if found.whole else [f"{found.looked:,} letters were looked at before the time was over"]
    rows = [letter_row(one, found.now_ms) for one in found.letters]
    total = sum(found.depths.values()) if found.whole else None
    return Listing(
        "mutt.dlq.list", LETTER_COLUMNS, rows, total=max(total or 0, len(rows)), warnings=warnings,
        fields={"depths": found.depths, "drained_by": _lists(found.drained_by), "held_by": found.held_by},
        footer=tuple(_drains(found)), filtered=True,
    )  # fmt: skip


def groups_listing(found: Groups, by: str) -> Listing:
    """`mutt dlq list --by reason`."""
    long = by in {"error", "text"}  # wants the room that moments take
    columns = (
        Column("queue"), Column(by, "free"), Column("messages", "count"),
        Column("newest_at", "time", "newest", wide=long), Column("oldest_at", "time", "oldest", wide=long),
        Column("sample"), Column("exact", wide=True),
    )  # fmt: skip
    warnings = [
        f"{name} holds {found.depths[name]:,} letters: its numbers are estimates from a sample"
        for name in found.sampled
    ]
    return Listing(
        "mutt.dlq.list", columns, [_group_row(one, by, found) for one in found.groups], warnings=warnings,
        fields={"by": by, "depths": found.depths, "drained_by": _lists(found.drained_by), "held_by": found.held_by},
        footer=tuple(_drains(found)), filtered=True,
    )  # fmt: skip


def letter_document(judged: Judged, now_ms: int, *, local: bool) -> Document:
    """`mutt dlq show`."""
    message, one = judged.message, judged.message.delivery
    fields = {
        **message_row(message, now_ms),
        "queue": judged.source.name,
        **_delivery(one, now_ms),
        "history": [
            {"reason": tally.reason, "count": tally.count, "first_at": moment(tally.first_ms),
             "last_at": moment(tally.last_ms)}
            for tally in one.history
        ],
        **judged_fields(judged),
    }  # fmt: skip
    return Document("mutt.dlq.show", fields, text=list(_story(judged, now_ms, local=local)), name=message.hash)


def judged_fields(judged: Judged) -> dict[str, Any]:
    """What a replay with --fix would do, in JSON."""
    return {
        "goes_to": judged.target or None,
        "stays_because": judged.stays or None,
        "faults": [{"kind": one.kind, "what": one.what, "repair": one.repair or None} for one in judged.faults],
        "diff": diff(judged),
    }


def diff(judged: Judged) -> list[str]:
    """What changes in the message, line by line; empty if nothing does."""
    if judged.fields is None:
        return []
    before, after = _pretty(judged.message.fields), _pretty(judged.fields)
    lines = list(unified_diff(before, after, lineterm="", n=0))[2:]
    return [line[:_LONGEST] for line in lines if not line.startswith("@@")]


def replay_lines(planned: ReplayPlan) -> Iterator[str]:
    """What a replay would do, for the person who is asked."""
    for (source, target), number in sorted(planned.going.items()):
        yield f"{number:,} from {source} to {target}"
    for reason, number in planned.staying.most_common():
        yield f"{number:,} stay: {reason}"
    for judged in planned.samples:
        if judged.fields is not None or judged.faults:
            yield from _proposal(judged)


def sent_title(planned: int, progress: Progress) -> str:
    """What a replay has done; who took the others, if it went on to its end, only the journal knows."""
    sent, gone = f"{progress.moved:,} of {planned:,} dead letters sent again", planned - progress.moved
    if progress.stopped or gone <= 0:
        return sent
    return f"{sent}; {gone:,} had left by then: remediation, or somebody else, was first"


def replay_fields(planned: ReplayPlan) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "count": planned.count,
        "staying": sum(planned.staying.values()),
        "to": {target: number for (_, target), number in _by_target(planned).items()},
        "why_staying": dict(planned.staying),
        "faults": {kind: number for kind, number in planned.by_fault.items() if kind != "none"},
        "letters": [
            {"id": one.message.hash[:12], "payload_hash": one.message.hash, "queue": one.source.name,
             "host": one.message.hostname, "text": one.message.text, **judged_fields(one)}
            for one in planned.samples
        ],
    }  # fmt: skip


def _by_target(planned: ReplayPlan) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for (_, target), number in planned.going.items():
        found["", target] = found.get(("", target), 0) + number
    return found


def _proposal(judged: Judged) -> Iterator[str]:
    yield f"{judged.message.hash[:12]} {safe(judged.message.hostname)}"
    for fault in judged.faults:
        yield f"  {fault.kind}: {fault.what}" + (f" -> {fault.repair}" if fault.repair else " (no repair is known)")
    yield from (f"  {line}" for line in diff(judged))


def _pretty(fields: Mapping[str, Any]) -> list[str]:
    return json_text(dict(sorted(fields.items())), indent=2).splitlines()


def _delivery(one: Delivery, now_ms: int) -> dict[str, Any]:
    failed = one.last_failed_ms
    return {
        "reason": one.reason,
        "error": one.error,
        "attempts": one.attempts,
        "crashes": one.crashes,
        "replays": one.replays,
        "origin": one.origin or None,
        "first_failed_at": moment(one.first_failed_ms),
        "last_failed_at": moment(failed),
        "failed_age_seconds": None if failed is None else max(0, now_ms - failed) / 1000,
    }


def _group_row(group: Group, by: str, found: Groups) -> dict[str, Any]:
    return {
        "queue": group.queue,
        by: group.value,
        "messages": group.messages,
        "exact": group.queue not in found.sampled,
        "oldest_at": moment(group.oldest_ms),
        "newest_at": moment(group.newest_ms),
        "sample": group.sample[:12],
    }


def _story(judged: Judged, now_ms: int, *, local: bool) -> Iterator[str]:
    message, one = judged.message, judged.message.delivery
    yield f"{message.hash[:12]}  {judged.source.name}  {safe(message.hostname)}"
    yield f"event     {message.event_id}   correlation {message.correlation_id or '-'}"
    age = message.age_s(now_ms)
    yield f"accepted  {_at(message, local=local)}" + (f", {times.span(age)} ago" if age is not None else "")
    failed = moment(one.last_failed_ms)
    when = f", last at {times.instant(failed, local=local)}" if failed else ""
    yield f"failed    {one.reason or '-'}: {one.error or '-'}"
    yield f"          {one.attempts} attempts, {one.replays} replays, {one.crashes} crashes{when}"
    for tally in one.history[:-1]:
        yield f"          before: {tally.count} x {tally.reason}"
    yield "message"
    yield from (f"  {line[:_LONGEST]}" for line in _pretty(message.fields))
    if judged.stays:
        yield f"replay    it would stay: {judged.stays}"
        return
    yield f"replay    goes to {judged.target}" + (" repaired:" if judged.fields is not None else " as it is")
    if judged.faults:
        yield from (f"  {line}" for line in _proposal(judged))
    yield f"try:      mutt dlq replay {message.hash[:12]}{' --fix' if judged.faults else ''}"


def _at(message: Message, *, local: bool) -> str:
    at = moment(message.since_ms)
    return times.instant(at, local=local) if at else "at an unknown time"


def _drains(found: Letters | Groups) -> Iterator[str]:
    for name, depth in found.depths.items():
        held = f", stopped by {found.held_by[name]}" if name in found.held_by else ""
        yield f"{name}: {depth:,} letters, drained by {', '.join(found.drained_by[name]) or 'nobody'}{held}"


def _lists(names: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {name: list(words) for name, words in names.items()}
