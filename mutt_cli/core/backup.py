"""What a backup of the whole deployment is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Part = Literal["config", "rules", "redis", "db"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)
"""In the order in which they are written: what moves on from Redis into the data base is met there again."""

TABLES: Final = (
    "schema_version", "device_teams", "dev_hosts", "alert_rules", "rule_versions", "rules_revision", "api_keys",
    "audit_logs", "operations", "operation_slices", "ledger_folds", "ledger_minutes", "rule_matches", "event_history",
    "event_payloads", "journal_done", "event_history_rejects",
)  # fmt: skip
"""Every table of ours; one that refers to another comes after it. Of a partitioned one all rows."""

COMPRESSED: Final = 0.2
"""Of the size in the servers, in the file: as messages in the backup of a purge, measured 0.08 to 0.17 there."""

MERGED: Final = ("audit_logs", "operations", "operation_slices")
"""What people did stays, whatever is put back: of a backup comes what is missing, and nothing goes."""
REPLACED: Final = tuple(one for one in TABLES if one not in {"schema_version", *MERGED})
"""What becomes as it was. The schema is that of the data base, not that of the file."""
WATCHED: Final = ("alert_rules", "dev_hosts", "device_teams", "api_keys")
"""Tables whose triggers count, audit and keep versions: of what is put back that is in the file already."""


def parts_of(only: Part | None) -> tuple[Part, ...]:
    """What is put back. Of a whole backup that is Redis and the data base: settings and rules are in them."""
    return ("redis", "db") if only is None else (only,)


def elsewhere(head: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """By what a backup tells that it is of another deployment: `context prod, here stage`. Empty if it is of this one.

    Both are first lines of a backup, one of which need not be written.
    """
    pairs = [
        ("context", head.get("context"), here["context"]),
        ("Redis", _redis(head), _redis(here)),
        ("PostgreSQL", _postgres(head), _postgres(here)),
    ]
    return [f"{name} {there or 'unknown'}, here {own}" for name, there, own in pairs if there != own]


def _redis(head: Mapping[str, Any]) -> str:
    found = head.get("redis") or {}
    return f"{found.get('address')} db{found.get('db')}"


def _postgres(head: Mapping[str, Any]) -> str:
    found = head.get("postgres") or {}
    return f"{found.get('host')}:{found.get('port')}/{found.get('db')}"
