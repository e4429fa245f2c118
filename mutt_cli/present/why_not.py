"""`mutt trace --why-not` as lines for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.core.moment import rfc3339
from mutt_cli.core.why_not import absence, accepted_ms
from mutt_cli.present.output import Document
from mutt_cli.present.trace import now_fields, short_message, step_fields
from mutt_cli.present.trace_context import context_fields, context_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.core.sighting import Sighting
    from mutt_cli.core.why_not import Description
    from mutt_cli.ops.trace import Traced
    from mutt_cli.ops.why_not import WhyNot


def why_not_document(
    sought: Description, answer: WhyNot, *, possible: Callable[[Sequence[str]], Sequence[str]], ascii_only: bool = False
) -> Document:
    """`possible` leaves of commands those that this build has."""
    why = () if answer.found else absence(sought, answer.around)
    tries = () if answer.found else tuple(possible(_looking(sought)))
    unread = answer.around.unread
    warnings = list(answer.warnings)
    if unread:
        warnings.append(
            f"of {unread:,} events of {sought.host} in that time only the decision is kept: what they said is gone "
            f"after HISTORY_RAW_DAYS={answer.raw_days}"
        )
    fields: dict[str, Any] = {
        "host": sought.host,
        "text": sought.text,
        "since": rfc3339(sought.first_ms),
        "until": rfc3339(sought.last_ms),
        "found": [_found(one, answer, possible) for one in answer.told],
        "quarantined": [_refused(one, possible) for one in answer.refused],
        "more": answer.more,
        "other_events": answer.around.others,
        "unreadable_events": unread,
        "refused_by_source": None if answer.around.refused is None else dict(answer.around.refused),
        "why": list(why),
        "tries": list(tries),
    }
    lines = _lines(sought, answer, fields, ascii_only=ascii_only)
    return Document("mutt.trace", fields, text=lines, warnings=warnings, name=_name(answer))


def _name(answer: WhyNot) -> str:
    """What `-o name` prints: the newest event's id, or that of a refused item; empty if nothing fits."""
    if answer.told:
        return answer.told[0].story.subject.event_id
    return answer.refused[0].payload_hash if answer.refused else ""


def _lines(sought: Description, answer: WhyNot, fields: dict[str, Any], *, ascii_only: bool) -> list[str]:
    lines = [f'{sought.host}   "{sought.text}"   accepted {fields["since"]} to {fields["until"]}']
    for one, told in zip(answer.told, fields["found"], strict=True):
        message = (
            f'"{short_message(told["message"], ascii_only)}"' if told["message_known"] else "(what it said is gone)"
        )
        lines.append(f"{told['accepted_at'] or '-'}   {told['event_id']}   {told['hostname'] or '-'}   {message}")
        lines += [f"  {line}" for line in context_lines(one.context)]
        lines += [f"  now:     {_place(place)}" for place in told["now"]]
        lines.append(f"  why:     {told['verdict']}")
        lines += _tries(told["tries"], "  ")
    for one in fields["quarantined"]:
        lines.append(
            f'{one["at"] or "-"}   in quarantine, id {one["id"][:7]}   "{short_message(one["message"], ascii_only)}"'
        )
        lines.append(f"  why:     it was never accepted: {one['reason']}: {one['error']}")
        lines += _tries(one["tries"], "  ")
    if answer.more:
        lines.append(f"{answer.more:,} older events fit too: narrow it by more words, --since or --until")
    lines += [f"{'why:' if number == 0 else '':<8} {one}" for number, one in enumerate(fields["why"])]
    return lines + _tries(fields["tries"], "")


def _place(place: dict[str, Any]) -> str:
    """Where it is, and what is said about why it did not get further."""
    why = place["error"] or place["reason"] or (f"held by {place['held_by']}" if place["held_by"] else "")
    return f"in {place['queue']}, id {place['id'][:7]}" + (f": {why}" if why else "")


def _tries(tries: Sequence[str], indent: str) -> list[str]:
    return [f"{indent}{'try:' if number == 0 else '':<8} {one}" for number, one in enumerate(tries)]


def _found(one: Traced, answer: WhyNot, possible: Callable[[Sequence[str]], Sequence[str]]) -> dict[str, Any]:
    story = one.story
    subject = story.subject
    return {
        "event_id": subject.event_id,
        "correlation_id": subject.correlation_id,
        "hostname": subject.hostname,
        "accepted_at": rfc3339(subject.received_ms) if subject.received_ms else None,
        "message": subject.message,
        "message_known": subject.event_id not in answer.unsure,
        "state": story.verdict.state,
        "ended": story.verdict.ended,
        "verdict": _verdict(one),
        "tries": [f"mutt trace {subject.event_id}", *possible((*story.verdict.tries, *_asleep(one)))],
        "steps": [step_fields(step) for step in story.steps],
        "now": now_fields(story),
        **context_fields(one.context),
    }


def _verdict(one: Traced) -> str:
    """A delivery is told with its answer: then the alert was sent, and is to be looked for in Moogsoft."""
    story = one.story
    last = next((step for step in reversed(story.steps) if step.outcome == "delivered"), None)
    if story.verdict.state != "delivered" or last is None:
        return story.verdict.sentence
    return f"an alert was sent after all: {last.words} at {rfc3339(last.at_ms)}, try {last.attempt or 1}."


def _asleep(one: Traced) -> tuple[str, ...]:
    """How to look at the first rule that would have matched, had it been switched on."""
    decided = one.context.decided
    off = [rival.rule.id for rival in (decided.nearest or () if decided else ()) if rival.why == "switched_off"]
    return tuple(f"mutt rule show {rule_id}" for rule_id in off[:1])


def _refused(one: Sighting, possible: Callable[[Sequence[str]], Sequence[str]]) -> dict[str, Any]:
    letter = one.delivery
    at_ms = accepted_ms(one)
    short = one.payload_hash[:7]
    return {
        "id": one.payload_hash,
        "at": rfc3339(at_ms) if at_ms else None,
        "message": one.message,
        "reason": letter.reason if letter else "",
        "error": letter.error if letter else "",
        "tries": list(possible((f"mutt dlq show {short}", f"mutt dlq fix {short}"))),
    }


def _looking(sought: Description) -> tuple[str, ...]:
    since, until = rfc3339(sought.first_ms), rfc3339(sought.last_ms)
    return (
        f"mutt logs ingestor --since {since} --until {until} --grep refused",
        f"mutt event search --since {since} --until {until}",
    )
