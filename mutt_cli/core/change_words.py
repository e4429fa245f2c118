"""A change of a rule or a host in one line, the same in a plan, in a result, in the journal and in an undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.host_change import HostChange
    from mutt_cli.core.rule_change import RuleChange

_LONGEST: Final = 200
"""Characters of one value in a line for people; whoever needs all of it has the record."""
_NEW: Final = ("pattern", "severity", "priority", "team", "env")
"""What is told of something new."""


def rule_line(change: RuleChange) -> str:
    """`rule 12 (link-down): priority 100 -> 90`."""
    rule = change.rule
    label = f"rule {rule['id']} ({rule['rule_name']})" if rule.get("id") else f"rule {rule['rule_name']}"
    return f"{label}: {_what(change.verb, change.fields)}"


def host_line(change: HostChange) -> str:
    """`host core-sw1: team net -> ops`."""
    return f"host {change.host}: {_what(change.verb, change.fields)}"


def told(value: Any) -> str:
    """A value as it stands in a line."""
    if value is None or value == "":
        return "none"
    text = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    said = str(text)
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}... ({len(said):,} characters)"


def differences(fields: Sequence[tuple[str, Any, Any]]) -> str:
    """`priority 100 -> 90, enabled yes -> no`."""
    return ", ".join(f"{name} {told(old)} -> {told(new)}" for name, old, new in fields)


def _what(verb: str, fields: Sequence[tuple[str, Any, Any]]) -> str:
    if verb == "delete":
        return "deleted"
    if verb == "change":
        return differences(fields)
    parts = [f"{name} {told(new)}" for name, _, new in fields if name in _NEW and new is not None]
    return "added" + (f": {', '.join(parts)}" if parts else "")
