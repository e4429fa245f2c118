"""Rules as they are read, and the error of one that would not work; `rule_plans` and `inventory` change them.

Callers give a connection in autocommit mode; errors of the driver are theirs to explain (adapters/postgres.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mutt_cli.adapters import rule_store
from mutt_cli.adapters.postgres import bounded
from mutt_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.rule_store import RuleRow


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
