"""Rules as an operator changes them: judged field by field, written with their audit row in one transaction.

Callers give a connection in autocommit mode; errors of the driver are theirs to explain (adapters/postgres.py).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from mutt_cli.adapters import rule_announcement, rule_store
from mutt_cli.adapters.postgres import bounded
from mutt_cli.core.rule_fields import trouble_with
from mutt_cli.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.adapters.rule_store import Actor, RuleRow
    from mutt_cli.core.rule_fields import RuleFields
    from mutt_cli.keys import Keys


@dataclass(eq=False)
class BadRuleError(UsageError):
    """A rule that would not work is not stored; `fields` says what is wrong with each field that is to blame."""

    code: str = "MUTT-P302"
    fields: Mapping[str, str] = field(default_factory=dict)


def listing(conn: Connection) -> tuple[RuleRow, ...]:
    """Every rule in the order in which they are tried, disabled ones included."""
    return rule_store.all_rules(conn)


def one(conn: Connection, rule_id: int) -> RuleRow:
    """One rule. Raises NotFoundError MUTT-P301."""
    with bounded(conn):
        return rule_store.get(conn, rule_id)


def add(conn: Connection, fields: RuleFields, by: Actor) -> RuleRow:
    """Store a new rule. Raises BadRuleError MUTT-P302."""
    columns = fields.columns()
    _refuse_if_bad(columns, {"rule_name", "pattern", *columns}, by.reason)
    with bounded(conn):
        return rule_store.create(conn, columns, by)


def change(
    conn: Connection, rule_id: int, fields: RuleFields, by: Actor, *, expect_version: int | None = None
) -> RuleRow:
    """Change the fields that are named; what they make of the rule is judged together with those that stay.

    Raises NotFoundError MUTT-P301, BadRuleError MUTT-P302, RefusedError MUTT-P303 if somebody changed the rule since
    `expect_version`, or while it was being judged.
    """
    columns = fields.columns()
    with bounded(conn):
        before = rule_store.get(conn, rule_id)
        _refuse_if_bad(asdict(before) | columns, columns, by.reason)
        return rule_store.update(conn, rule_id, columns, by, expect_version=expect_version or before.version)


def remove(conn: Connection, rule_id: int, by: Actor, *, expect_version: int | None = None) -> None:
    """Delete a rule. Raises NotFoundError MUTT-P301, or RefusedError MUTT-P303 as `change` does."""
    _refuse_if_bad({}, (), by.reason)
    with bounded(conn):
        if not rule_store.delete(conn, rule_id, by, expect_version=expect_version):
            raise NotFoundError(f"there is no rule {rule_id}", code="MUTT-P301", tries=("mutt rule list",))


def announce(conn: Connection, client: Client, keys: Keys) -> None:
    """After a change: tell all alerters. Raises RedisUnavailableError or RedisRefusedError; the change stands."""
    rule_announcement.announce(client, keys, rule_store.revision(conn))


def _refuse_if_bad(rule: Mapping[str, Any], named: Collection[str], reason: str) -> None:
    trouble = trouble_with({**rule, "reason": reason}, {*named, "reason"})
    if trouble is not None:
        raise BadRuleError(trouble.message, why="Nothing was changed.", fields=trouble.fields)
