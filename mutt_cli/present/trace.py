"""One event's story as lines for people and as JSON. Lines are made harmless where they are printed (`render`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.core.event import depth_within
from mutt_cli.core.moment import rfc3339
from mutt_cli.present import times
from mutt_cli.present.output import Document
from mutt_cli.present.trace_context import context_fields, context_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.story import Step, Story, Subject
    from mutt_cli.core.verdict import Place
    from mutt_cli.ops.trace import Traced

_STAGE: Final = 11
_WORDS: Final = 44
_MESSAGE: Final = 160
"""Characters of the message that people see; JSON has it whole."""
_MOST_DEPTH: Final = 64
"""Deeper JSON is shown as the text it is."""


def trace_document(traced: Traced, *, tries: Sequence[str], local: bool = False, ascii_only: bool = False) -> Document:
    """`mutt trace`. `tries` are those of the verdict's that exist in this build."""
    story = traced.story
    lines = [*head_lines(story, ascii_only=ascii_only), *step_lines(story, local=local)]
    return Document(
        "mutt.trace",
        {**_fields(story, tries), **context_fields(traced.context)},
        text=(*lines, *end_lines(traced, tries, local=local)),
        warnings=traced.warnings,
        name=story.subject.event_id,
    )


def head_lines(story: Story, *, ascii_only: bool = False) -> list[str]:
    """What the story is about."""
    one = story.subject
    told = [one.correlation_id, one.hostname or "-", one.severity or "-", f'"{short_message(one.message, ascii_only)}"']
    accepted = f"accepted {rfc3339(one.received_ms)}" if one.received_ms else "time of acceptance unknown"
    return ["   ".join(told), f"  event {one.event_id}   {accepted}"]


def step_lines(story: Story, *, local: bool = False) -> list[str]:
    """One line per step and wait; a line does not depend on the others, so that they can be shown one by one."""
    return [_step_line(step, local=local) for step in story.steps]


def end_lines(traced: Traced, tries: Sequence[str], *, local: bool = False) -> list[str]:
    """Where it is now, what stands behind it, what that means, and what to do."""
    story = traced.story
    start = story.steps[0].at_ms if story.steps else None
    lines = [_place_line(place, start, local=local) for place in story.places]
    lines += [*context_lines(traced.context), f"verdict: {story.verdict.sentence}"]
    return lines + [f"{'try:' if n == 0 else '':<8} {one}" for n, one in enumerate(tries)]


def short_message(message: str, ascii_only: bool) -> str:
    """The beginning of a message."""
    dots = "..." if ascii_only else "…"
    return message if len(message) <= _MESSAGE else message[: _MESSAGE - len(dots)] + dots


def _step_line(step: Step, *, local: bool) -> str:
    words = step.words
    if step.attempt:
        words += f"   try {step.attempt}"
    if step.worked_us is not None:
        words += f", {_work(step.worked_us)}"
    return _line(step.at_ms, step.stage, words, step.offset_ms, step.pod, local=local)


def _place_line(place: Place, start: int | None, *, local: bool) -> str:
    words = f"HERE NOW, id {place.short_hash}"
    if place.age_ms is not None:
        words += f", for {times.span(place.age_ms / 1000)}"
    if place.due_in_ms is not None:
        words += f", due in {times.span(max(0, place.due_in_ms) / 1000)}"
    offset = max(0, place.since_ms - start) if place.since_ms is not None and start is not None else None
    return _line(place.since_ms, place.queue, words, offset, "", local=local)


def _line(at_ms: int | None, stage: str, words: str, offset_ms: int | None, pod: str, *, local: bool) -> str:
    offset = "" if offset_ms is None else f"+{offset_ms / 1000:.3f}"
    return f"  {_clock(at_ms, local=local):<13}  {stage:<{_STAGE}} {words:<{_WORDS}}  {offset:<9} {pod}".rstrip()


def _clock(at_ms: int | None, *, local: bool) -> str:
    """The time of day to the millisecond: `03:07:31.104Z`."""
    if at_ms is None:
        return "-"
    if not local:
        return rfc3339(at_ms)[11:]
    return f"{datetime.fromtimestamp(at_ms / 1000, tz=UTC).astimezone():%H:%M:%S}.{at_ms % 1000:03d}"


def _work(microseconds: int) -> str:
    return f"{microseconds} us" if microseconds < 1000 else f"{microseconds / 1e6:.3f} s"


def _fields(story: Story, tries: Sequence[str]) -> dict[str, Any]:
    return {
        **_subject(story.subject),
        "state": story.verdict.state,
        "ended": story.verdict.ended,
        "verdict": story.verdict.sentence,
        "tries": list(tries),
        "steps": [step_fields(step) for step in story.steps],
        "now": now_fields(story),
        "payload": _payload(story.payload),
    }


def _subject(one: Subject) -> dict[str, Any]:
    return {
        "event_id": one.event_id,
        "correlation_id": one.correlation_id,
        "hostname": one.hostname,
        "severity": one.severity,
        "message": one.message,
        "source": one.source,
        "sender": one.sender,
        "ingestor": one.ingestor,
        "accepted_at": _at(one.received_ms or None),
    }


def step_fields(step: Step) -> dict[str, Any]:
    """One step in JSON."""
    return {
        "at": _at(step.at_ms),
        "offset_seconds": step.offset_ms / 1000,
        "stage": step.stage,
        "outcome": step.outcome,
        "reason": step.reason,
        "words": step.words,
        "pod": step.pod,
        "queue": step.queue or None,
        "attempt": step.attempt or None,
        "response_code": step.response_code,
        "rule_id": step.rule_id,
        "rule_version": step.rule_version,
        "rule_name": step.rule_name or None,
        "waited_seconds": None if step.waited_ms is None else step.waited_ms / 1000,
        "worked_seconds": None if step.worked_us is None else step.worked_us / 1_000_000,
        "operation_id": step.operation_id or None,
        "parent_id": step.parent_id or None,
    }


def now_fields(story: Story) -> list[dict[str, Any]]:
    """Where it is now in JSON."""
    return [_place(place) for place in story.places]


def _place(place: Place) -> dict[str, Any]:
    letter = place.delivery
    return {
        "queue": place.queue,
        "id": place.payload_hash,
        "since": _at(place.since_ms),
        "age_seconds": None if place.age_ms is None else place.age_ms / 1000,
        "due_at": _at(place.due_ms),
        "held_by": place.held_by or None,
        "reason": letter.reason if letter else None,
        "error": letter.error if letter else None,
        "attempts": max(place.attempt, letter.attempts if letter else 0),
        "crashes": letter.crashes if letter else 0,
        "replays": letter.replays if letter else 0,
    }


def _at(ms: int | None) -> str | None:
    return None if ms is None else rfc3339(ms)


def _payload(raw: bytes | None) -> Any:
    """The event as it was received: the object, or the text of what is none."""
    if raw is None:
        return None
    text = raw.decode("utf-8", "replace")
    if not depth_within(raw, _MOST_DEPTH):
        return text
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return text
