"""What one row of the audit log says was changed: whole rows before and after become the fields that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.change_words import differences, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NOISE: Final = frozenset(("version", "updated_at", "created_at", "id"))
"""Fields that change with every change, or never."""
_NAMES: Final = ("rule_name", "hostname")
NOUNS: Final = {
    "alert_rules": "rule", "device_teams": "team of host", "dev_hosts": "dev host", "config": "setting",
    "operations": "operation", "circuit_breaker": "circuit breaker", "holds": "hold",
}  # fmt: skip
"""What people call a record of these tables, and of what else is changed."""
VERBS: Final = {
    "CREATE": "add", "UPDATE": "change", "DELETE": "delete", "TRUNCATE": "truncate", "RESTORE": "restore",
}  # fmt: skip
"""What MUTT writes down as done, and what people call it. The column takes any text: a hand may have written others."""
OPERATIONS: Final = "operations"
"""Where the row stands for a whole operation, whose changes nobody else audits, such as messages that were moved."""

Field = tuple[str, Any, Any]


def fields(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> tuple[Field, ...]:
    """Field, before, after of everything that differs, in the order of the table."""
    before, after = old or {}, new or {}
    names = [*before, *(name for name in after if name not in before)]
    return tuple((n, before.get(n), after.get(n)) for n in names if n not in _NOISE and before.get(n) != after.get(n))


def label(table: str, record: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    """`rule 12 (link-down)`, `setting moog_rate_limit`."""
    noun = NOUNS.get(table, table)
    name = next((str(row[key]) for row in (new, old) if row for key in _NAMES if row.get(key)), "")
    return f"{noun} {record}" + (f" ({name})" if name and name != record else "")


def summary(table: str, operation: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    """What was done, in one line."""
    if table == OPERATIONS and new:
        return _ran(new)
    if operation == "UPDATE":
        return differences(fields(old, new)) or "nothing that matters"
    if operation in {"CREATE", "DELETE"}:
        row = (new if operation == "CREATE" else old) or {}
        shown = [f"{name} {told(value)}" for name, value in row.items() if name not in _NOISE and value is not None]
        return ("added: " if operation == "CREATE" else "deleted: ") + ", ".join(shown)
    return operation.lower()


def _ran(told_of: Mapping[str, Any]) -> str:
    """`dlq replay: done, moved 3`."""
    counts = told_of.get("counts")
    counted = [f"{name.replace('_', ' ')} {count:,}" for name, count in _numbers(counts)]
    return f"{told_of.get('command', 'unknown')}: {', '.join([str(told_of.get('result', 'no result')), *counted])}"


def _numbers(counts: Any) -> Iterator[tuple[str, int]]:
    """What is a number of something: a hand may have written anything there."""
    for name, count in counts.items() if isinstance(counts, dict) else ():
        if isinstance(count, int):
            yield str(name), count
