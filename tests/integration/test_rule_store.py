"""The rule store against a real server: one snapshot in, audited changes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import rule_store
from mutt_cli.adapters.rule_store import Actor, RuleRow
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.postgres import Connection

ANN = Actor("ann", "noisy at night", "change-17")


def add(conn: Connection, name: str, priority: int = 50, **more: object) -> RuleRow:
    return rule_store.create(conn, {"rule_name": name, "pattern": "cpu", "priority": priority, **more}, ANN)


def test_rules_come_in_matching_order_with_hosts_teams_and_revision(migrated: Connection) -> None:
    for name, priority in (("low", 10), ("first", 90), ("second", 90)):
        add(migrated, name, priority)
    migrated.execute("INSERT INTO dev_hosts (hostname) VALUES ('lab1')")
    migrated.execute("INSERT INTO device_teams (hostname, team_assignment) VALUES ('r1', 'net'), ('r2', NULL)")
    table = rule_store.load(migrated)
    assert [rule.rule_name for rule in table.rules] == ["first", "second", "low"]
    assert (table.dev_hosts, table.teams) == (frozenset({"lab1"}), {"r1": "net"})
    assert table.revision == rule_store.revision(migrated) == 6


def test_an_empty_table_is_a_table(migrated: Connection) -> None:
    assert rule_store.load(migrated) == rule_store.RuleTable(1, (), frozenset(), {})


def test_a_disabled_rule_is_loaded_as_disabled(migrated: Connection) -> None:
    add(migrated, "off", enabled=False)
    assert [rule.enabled for rule in rule_store.load(migrated).rules] == [False]


def test_the_team_is_that_of_the_team_id_else_the_rule_s_own(migrated: Connection) -> None:
    migrated.execute("INSERT INTO device_teams (id, hostname, team_assignment) VALUES (7, 'r1', 'net')")
    by_id = add(migrated, "by id", device_team_id=7, team_assignment="own")
    own = add(migrated, "own", device_team_id=8, team_assignment="own")
    none = add(migrated, "none", device_team_id=8)
    assert [by_id.team, own.team, none.team] == ["net", "own", None]


def test_a_change_names_its_actor_reason_and_correlation_id(migrated: Connection) -> None:
    rule = add(migrated, "cpu_high")
    changed = rule_store.update(migrated, rule.id, {"enabled": False}, Actor("bob"))
    assert (changed.version, changed.enabled) == (2, False)
    rule_store.delete(migrated, rule.id, ANN)
    rows = migrated.execute(
        "SELECT changed_by, operation, reason, correlation_id FROM audit_logs ORDER BY id"
    ).fetchall()
    assert rows == [
        ("ann", "CREATE", "noisy at night", "change-17"),
        ("bob", "UPDATE", None, None),
        ("ann", "DELETE", "noisy at night", "change-17"),
    ]


def test_a_change_of_a_rule_that_somebody_changed_meanwhile_is_refused(migrated: Connection) -> None:
    rule = add(migrated, "cpu_high")
    rule_store.update(migrated, rule.id, {"priority": 60}, ANN, expect_version=1)
    with pytest.raises(MuttError) as refused:
        rule_store.update(migrated, rule.id, {"priority": 70}, ANN, expect_version=1)
    assert refused.value.code == "MUTT-P303"
    assert rule_store.get(migrated, rule.id).priority == 60


def test_a_removal_of_a_rule_that_somebody_changed_meanwhile_is_refused(migrated: Connection) -> None:
    rule = add(migrated, "cpu_high")
    rule_store.update(migrated, rule.id, {"priority": 60}, ANN)
    with pytest.raises(MuttError) as refused:
        rule_store.delete(migrated, rule.id, ANN, expect_version=1)
    assert refused.value.code == "MUTT-P303"
    assert rule_store.delete(migrated, rule.id, ANN, expect_version=2) is True
    assert rule_store.delete(migrated, rule.id, ANN, expect_version=2) is False


def test_what_is_not_there_is_not_found(migrated: Connection) -> None:
    with pytest.raises(MuttError) as missing:
        rule_store.update(migrated, 404, {"priority": 1}, ANN)
    assert missing.value.code == "MUTT-P301"
    assert rule_store.delete(migrated, 404, ANN) is False


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"id": 5},
        {"rule_name": "x"},
        {"rule_name": "x", "pattern": "a\x00b"},
        {"rule_name": "x", "pattern": "\ud800"},
        {"rule_name": "x", "pattern": "y", "match_type": "fuzzy"},
        {"rule_name": "x", "pattern": "y", "priority": 1 << 40},
        {"rule_name": "x", "pattern": "y", 'priority") --': 1},
    ],
)
def test_what_the_table_does_not_take_is_refused_and_nothing_changes(
    migrated: Connection, fields: dict[str, object]
) -> None:
    with pytest.raises(MuttError) as refused:
        rule_store.create(migrated, fields, ANN)
    assert refused.value.code == "MUTT-P302"
    assert rule_store.load(migrated).rules == ()


def test_a_load_sees_one_moment(connector: Callable[[], Connection], migrated: Connection) -> None:
    """A change between the queries of one load must not show in only some of them."""
    add(migrated, "before")
    reader, writer = connector(), connector()
    execute, seen = reader.execute, list[RuleRow]()

    def change_after_the_revision(query: bytes, params: dict[str, object] | None = None) -> object:
        result = execute(query, params)
        if b"rules_revision" in query and not seen:
            seen.append(add(writer, "meanwhile"))
        return result

    reader.execute = change_after_the_revision  # type: ignore[method-assign, assignment]
    table = rule_store.load(reader)
    assert seen
    assert (table.revision, [rule.rule_name for rule in table.rules]) == (2, ["before"])
