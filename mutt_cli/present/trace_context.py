"""What stands behind an event's steps, as lines for people and as JSON: rules, enrichment, parent, operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.moment import rfc3339
from mutt_cli.core.story_words import matched

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.adapters.operations_reading import Recorded as Operation
    from mutt_cli.core.decided import Decided, Origin
    from mutt_cli.core.rule_contest import Held, Rival
    from mutt_cli.ops.trace_context import Context, Parent

_NAMED: Final = 5
"""Rules that people see; JSON has them all."""


def context_lines(context: Context) -> list[str]:
    """For people; nothing where there is nothing to tell."""
    lines = list(_decided_lines(context.decided)) if context.decided is not None else []
    if context.parent is not None and context.parent.at_ms:
        told = f"{context.parent.event_id}: {context.parent.words}, {rfc3339(context.parent.at_ms)}"
        lines.append(f"repeats: {told}")
    for one in context.operations:
        reason = f": {one.reason}" if one.reason else ""
        lines.append(f"op:      {one.id} mutt {one.command}, {one.state}, by {one.actor}{reason}")
    return [*lines, *(f"held:    {one}" for one in context.held)]


def rival_lines(head: str, rivals: Sequence[Rival]) -> list[str]:
    """One line per rule, the first ones."""
    told = [
        f"{head if number == 0 else '':<8} {_named(rival.rule)}: {rival.words}"
        for number, rival in enumerate(rivals[:_NAMED])
    ]
    more = len(rivals) - len(told)
    return told + ([f"{'':<8} and {more} more"] if more > 0 else [])


def context_fields(context: Context) -> dict[str, Any]:
    """For machines."""
    return {
        "decision": None if context.decided is None else decision_fields(context.decided),
        "parent": None if context.parent is None else _parent(context.parent),
        "operations": [_operation(one) for one in context.operations],
        "held": list(context.held),
    }


def rival_fields(rivals: Sequence[Rival] | None) -> list[dict[str, Any]] | None:
    """Rules that did not win; None if they cannot be told."""
    if rivals is None:
        return None
    return [{**_rule(one.rule), "why": one.why, "words": one.words} for one in rivals]


def _decided_lines(one: Decided) -> Iterator[str]:
    if one.rule is not None:
        yield f"rule:    {_named(one.rule)}, pattern {one.rule.pattern}"
    yield from rival_lines("lost:", one.lost or ())
    yield from rival_lines("near:", one.nearest or ())
    if one.nearest == ():
        yield "near:    no rule comes near it, not even one that is switched off"
    parts = [
        f"{name} {origin.value}{_from(origin)}"
        for name, origin in (("team", one.team), ("environment", one.environment), ("severity", one.severity))
        if origin is not None
    ]
    if parts:
        yield f"alert:   {', '.join(parts)}"
    yield from (f"note:    {note}" for note in one.notes)


def _from(origin: Origin) -> str:
    return f" ({origin.came_from})" if origin.came_from else ""


def _named(rule: Held) -> str:
    return f"{matched(rule.id, rule.version, rule.name)}, priority {rule.priority}"


def decision_fields(one: Decided) -> dict[str, Any]:
    """A decision in JSON."""
    return {
        "outcome": one.known.outcome,
        "at": rfc3339(one.known.at_ms),
        "as_of": one.as_of,
        "rule": None if one.rule is None else {**_rule(one.rule), "pattern": one.rule.pattern},
        "lost": rival_fields(one.lost),
        "nearest": rival_fields(one.nearest),
        "team": _origin(one.team),
        "environment": _origin(one.environment),
        "severity": _origin(one.severity),
        "notes": list(one.notes),
    }


def _rule(rule: Held) -> dict[str, Any]:
    return {"rule_id": rule.id, "version": rule.version, "name": rule.name, "priority": rule.priority}


def _origin(origin: Origin | None) -> dict[str, Any] | None:
    if origin is None:
        return None
    return {"value": origin.value, "from": origin.came_from or None, "recorded": origin.recorded}


def _parent(one: Parent) -> dict[str, Any]:
    at = rfc3339(one.at_ms) if one.at_ms else None
    return {"event_id": one.event_id, "at": at, "outcome": one.outcome, "words": one.words}


def _operation(one: Operation) -> dict[str, Any]:
    return {
        "operation": one.id, "at": one.started_at, "actor": one.actor, "command": one.command, "reason": one.reason,
        "state": one.state,
    }  # fmt: skip
