"""What one row of the audit log says was changed: whole rows before and after become the fields that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.change_words import differences, told

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOISE: Final = frozenset(("version", "updated_at", "created_at", "id"))
"""Fields that change with every change, or never."""
_NAMES: Final = ("rule_name", "hostname")
NOUNS: Final = {"alert_rules": "rule", "device_teams": "team of host", "dev_hosts": "dev host", "config": "setting"}
"""What people call a record of these tables."""

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


def summary(operation: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    """What was done, in one line."""
    if operation == "UPDATE":
        return differences(fields(old, new)) or "nothing that matters"
    if operation in {"CREATE", "DELETE"}:
        row = (new if operation == "CREATE" else old) or {}
        shown = [f"{name} {told(value)}" for name, value in row.items() if name not in _NOISE and value is not None]
        return ("added: " if operation == "CREATE" else "deleted: ") + ", ".join(shown)
    return operation.lower()
