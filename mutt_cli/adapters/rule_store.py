"""Reads the rules, dev hosts and teams as one consistent table, and writes rules so that the audit names the actor."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field's type, read at run time by tools that show dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql

from mutt_cli.adapters.postgres import read_only
from mutt_cli.adapters.queries import query
from mutt_cli.core.rule_change import COLUMNS
from mutt_cli.core.rules import MATCH_TYPES, Rule, literal
from mutt_cli.errors import MuttError, NotFoundError, RefusedError, UsageError

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection

WRITABLE: Final = frozenset(COLUMNS)
"""Columns of `alert_rules` that may be set; the others belong to the database."""


@dataclass(frozen=True)
class RuleRow:
    """One rule as stored. Higher `priority` wins, ties go to the lower `id`."""

    id: int
    version: int
    rule_name: str
    pattern: str
    severity: str | None
    priority: int
    enabled: bool
    description: str | None
    device_team_id: int | None
    team: str | None
    """Of `device_team_id`; where that names no team, the rule's own `team_assignment`."""
    dedupe_fold: bool
    match_type: str = "regex"


@dataclass(frozen=True)
class RuleTable:
    """Everything an alerter decides with, at one moment. `rules` are in matching order, disabled ones included."""

    revision: int
    rules: tuple[RuleRow, ...]
    dev_hosts: frozenset[str]
    teams: Mapping[str, str]
    """Host to team."""


@dataclass(frozen=True)
class Actor:
    """Who changes something and why: what the audit row will say."""

    name: str
    reason: str = ""
    correlation_id: str = ""


def load(conn: Connection) -> RuleTable:
    """The whole table from one snapshot. Raises DatabaseError; the caller keeps its last good table."""
    with read_only(conn, timeout_ms=10_000):
        return RuleTable(
            revision=_revision(conn),
            rules=tuple(RuleRow(*row) for row in conn.execute(query("rules_load"), {"id": None})),
            dev_hosts=frozenset(host for (host,) in conn.execute(query("dev_hosts_load"))),
            teams={host: team for host, team in conn.execute(query("teams_load"))},  # noqa: C416 - typed so
        )


def usable(table: RuleTable) -> list[Rule]:
    """The rules that an alerter decides with: enabled ones whose match type it knows, in matching order.

    `contains` is plain text to be found, not a pattern (contract.md 7.4).
    """
    return [
        Rule(
            row.id, row.version, row.rule_name, literal(row.pattern) if row.match_type == "contains" else row.pattern,
            row.priority, severity=row.severity or "", team=row.team or "", dedupe_fold=row.dedupe_fold,
        )
        for row in table.rules
        if row.enabled and row.match_type in MATCH_TYPES
    ]  # fmt: skip


def revision(conn: Connection) -> int:
    """A number that grows with every change of rules, dev hosts or teams, also one made by hand."""
    return _revision(conn)


def get(conn: Connection, rule_id: int) -> RuleRow:
    """One rule. Raises MUTT-P301 if there is none."""
    row = conn.execute(query("rules_load"), {"id": rule_id}).fetchone()
    if row is None:
        raise NotFoundError(f"there is no rule {rule_id}", code="MUTT-P301", tries=("mutt rule list",))
    return RuleRow(*row)


def all_rules(conn: Connection) -> tuple[RuleRow, ...]:
    """Every rule in matching order, disabled ones included."""
    with read_only(conn):
        return tuple(RuleRow(*row) for row in conn.execute(query("rules_load"), {"id": None}))


def create(conn: Connection, fields: Mapping[str, object], by: Actor) -> RuleRow:
    """Add a rule; `rule_name` and `pattern` are needed. Raises MUTT-P302 for what the table does not take."""
    names = _checked(fields)
    statement = sql.SQL("INSERT INTO alert_rules ({}) VALUES ({}) RETURNING id").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(map(sql.Placeholder, names))
    )
    with conn.transaction():
        row = _write(conn, statement, dict(fields), by)
        if row is None:
            raise RuntimeError("INSERT returned no id")
        return get(conn, row)


def update(
    conn: Connection, rule_id: int, changes: Mapping[str, object], by: Actor, *, expect_version: int | None = None
) -> RuleRow:
    """Change the named fields. With `expect_version`: only if nobody changed the rule since.

    Raises MUTT-P301 (no such rule), P302 (a value the table does not take), P303 (changed since).
    """
    statement = sql.SQL(
        "UPDATE alert_rules SET {} WHERE id = {} AND version = coalesce({}::bigint, version) RETURNING id"
    ).format(
        sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in _checked(changes)),
        sql.Placeholder("where_id"),
        sql.Placeholder("where_version"),
    )
    values = {**changes, "where_id": rule_id, "where_version": expect_version}
    with conn.transaction():
        written = _write(conn, statement, values, by)
        now = get(conn, rule_id)
    if written is None:
        raise _changed_meanwhile(now, expect_version)
    return now


def delete(conn: Connection, rule_id: int, by: Actor, *, expect_version: int | None = None) -> bool:
    """Remove a rule; False if there was none. Its versions and its audit rows stay.

    With `expect_version`: only if nobody changed it since, else MUTT-P303.
    """
    with conn.transaction():
        _say_who(conn, by)
        gone = conn.execute(query("rule_delete"), {"id": rule_id, "version": expect_version}).rowcount > 0
        left = None if gone else conn.execute(query("rules_load"), {"id": rule_id}).fetchone()
    if left is not None:
        raise _changed_meanwhile(RuleRow(*left), expect_version)
    return gone


def _changed_meanwhile(now: RuleRow, expected: int | None) -> MuttError:
    return RefusedError(
        f"rule {now.id} is at version {now.version}, not {expected}: somebody changed it meanwhile",
        code="MUTT-P303",
        tries=(f"mutt rule show {now.id}", f"mutt rule history {now.id}"),
    )


def _revision(conn: Connection) -> int:
    row = conn.execute(query("rules_revision")).fetchone()
    return 0 if row is None else int(row[0])


def _checked(fields: Mapping[str, object]) -> list[str]:
    unknown = sorted(set(fields) - WRITABLE)
    if unknown or not fields:
        raise UsageError(f"a rule has no field {unknown[0]!r}" if unknown else "no field was named", code="MUTT-P302")
    return sorted(fields)


def _say_who(conn: Connection, by: Actor) -> None:
    words = {"actor": by.name, "reason": by.reason, "correlation_id": by.correlation_id}
    conn.execute(query("set_actor"), words)


def _write(conn: Connection, statement: sql.Composed, values: Mapping[str, object], by: Actor) -> int | None:
    try:
        _say_who(conn, by)
        row = conn.execute(statement, values).fetchone()
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError, UnicodeEncodeError) as error:
        raise _refused(error) from error
    return None if row is None else int(row[0])


def _refused(error: Exception) -> MuttError:
    return UsageError(
        f"the database does not take this rule: {' '.join(str(error).split())}",
        code="MUTT-P302",
        why="Nothing was changed.",
        tries=("mutt rule list", "mutt help rule"),
    )
