"""A planned change of rules and hosts against a real server: all of it with its audit, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import inventory_store, rule_store
from mutt_cli.adapters.rule_store import Actor
from mutt_cli.core import host_change, rule_change
from mutt_cli.core.host_change import HostChange, HostFields
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.rule_change import RuleChange

ANN = Actor("ann", "noisy at night", "op-7Q3A")


def new(name: str, **more: Any) -> RuleChange:
    return rule_change.added({"rule_name": name, "pattern": "cpu", **more})


def change(conn: Connection, name: str, **columns: Any) -> RuleChange:
    image = next(one for one in inventory_store.read(conn).rules if one["rule_name"] == name)
    made = rule_change.changed(image, columns)
    assert made is not None
    return made


def host(image: host_change.Image | None, **fields: Any) -> HostChange:
    made = host_change.changed(image, HostFields(**fields))
    assert made is not None
    return made


def test_a_plan_is_written_with_actor_reason_and_operation_in_every_audit_row(migrated: Connection) -> None:
    first = inventory_store.carry_out(
        migrated, [new("a"), new("b", priority=7)], [host(None, host="r1", team="net")], ANN
    )
    assert [one["rule_name"] for one in first.rules if one] == ["a", "b"]
    assert [one["version"] for one in first.rules if one] == [1, 1]
    assert first.hosts[0] is not None
    assert first.hosts[0]["team"] == "net"
    b = rule_change.RuleChange(first.rules[1], None)
    inventory_store.carry_out(migrated, [change(migrated, "a", enabled=False), b], [], ANN)
    rows = migrated.execute(
        "SELECT operation, table_name, changed_by, reason, correlation_id FROM audit_logs ORDER BY id"
    ).fetchall()
    assert {row[2:] for row in rows} == {("ann", "noisy at night", "op-7Q3A")}
    assert [row[:2] for row in rows] == [
        ("CREATE", "alert_rules"), ("CREATE", "alert_rules"), ("CREATE", "device_teams"),
        ("DELETE", "alert_rules"), ("UPDATE", "alert_rules"),
    ]  # fmt: skip
    assert inventory_store.read(migrated).revision == rule_store.revision(migrated)


def test_a_rule_that_is_put_back_is_the_one_it_was(migrated: Connection) -> None:
    made = inventory_store.carry_out(migrated, [new("a", description="x", severity="minor")], [], ANN).rules[0]
    assert made is not None
    inventory_store.carry_out(migrated, [rule_change.RuleChange(made, None)], [], ANN)
    back = inventory_store.carry_out(migrated, [rule_change.RuleChange(None, made)], [], ANN).rules[0]
    assert back is not None
    assert {n: back[n] for n in (*rule_change.COLUMNS, "id")} == {n: made[n] for n in (*rule_change.COLUMNS, "id")}
    assert back["version"] == 2


@pytest.mark.parametrize("meanwhile", ["UPDATE alert_rules SET priority = 3", "DELETE FROM alert_rules"])
def test_a_rule_that_was_touched_since_the_plan_stops_all_of_it(migrated: Connection, meanwhile: str) -> None:
    inventory_store.carry_out(migrated, [new("a")], [], ANN)
    planned = change(migrated, "a", priority=9)
    migrated.execute(meanwhile.encode())
    with pytest.raises(MuttError) as refused:
        inventory_store.carry_out(migrated, [new("other"), planned], [host(None, host="r1", env="dev")], ANN)
    assert (refused.value.code, refused.value.exit_code) == ("MUTT-P303", 7)
    after = inventory_store.read(migrated)
    assert after.hosts == ()
    assert "other" not in [one["rule_name"] for one in after.rules]


def test_a_name_that_somebody_took_meanwhile_is_not_given_twice(migrated: Connection) -> None:
    inventory_store.carry_out(migrated, [new("a")], [], ANN)
    with pytest.raises(MuttError) as refused:
        inventory_store.carry_out(migrated, [new("a")], [], ANN)
    assert refused.value.code == "MUTT-P303"


def test_a_host_is_in_the_tables_that_its_fields_need_and_keeps_its_id(migrated: Connection) -> None:
    def rows() -> tuple[list[Any], list[Any]]:
        teams = migrated.execute("SELECT hostname, team_assignment, id FROM device_teams ORDER BY 1").fetchall()
        return teams, [name for (name,) in migrated.execute("SELECT hostname FROM dev_hosts ORDER BY 1")]

    put = inventory_store.carry_out
    put(
        migrated, [], [host(None, host="dev1", env="dev"), host(None, host="r1", team="net"), host(None, host="x")], ANN
    )
    assert rows() == ([("r1", "net", 1), ("x", None, 2)], ["dev1"])
    images = {one["host"]: one for one in inventory_store.read(migrated).hosts}
    both = [host(images["r1"], host="r1", team=None, env="dev"), host(images["dev1"], host="dev1", env="prod")]
    put(migrated, [], both, ANN)
    assert rows() == ([("dev1", None, 3), ("r1", None, 1), ("x", None, 2)], ["r1"])
    r1 = next(one for one in inventory_store.read(migrated).hosts if one["host"] == "r1")
    put(migrated, [], [HostChange(r1, None)], ANN)
    assert rows() == ([("dev1", None, 3), ("x", None, 2)], [])
    put(migrated, [], [HostChange(None, r1)], ANN)
    assert rows() == ([("dev1", None, 3), ("r1", None, 1), ("x", None, 2)], ["r1"])


def test_a_host_that_was_touched_since_the_plan_stops_it(migrated: Connection) -> None:
    migrated.execute("INSERT INTO device_teams (hostname, team_assignment) VALUES ('r1', 'net')")
    image = inventory_store.read(migrated).hosts[0]
    migrated.execute("UPDATE device_teams SET team_assignment = 'ops'")
    with pytest.raises(MuttError) as refused:
        inventory_store.carry_out(migrated, [], [host(image, host="r1", env="dev")], ANN)
    assert refused.value.code == "MUTT-P303"


def test_ten_thousand_rules_are_one_change_of_the_revision_for_each_kind_of_statement(migrated: Connection) -> None:
    before = rule_store.revision(migrated)
    inventory_store.carry_out(migrated, [new(f"rule {number}", priority=number) for number in range(10_000)], [], ANN)
    after = inventory_store.read(migrated)
    assert after.revision == before + 1
    assert [one["rule_name"] for one in after.rules[:2]] == ["rule 9999", "rule 9998"]


def test_what_the_database_does_not_take_is_told_and_nothing_changes(migrated: Connection) -> None:
    with pytest.raises(MuttError) as refused:
        inventory_store.carry_out(migrated, [new("ok"), new("bad", match_type="fuzzy")], [], ANN)
    assert refused.value.code == "MUTT-P302"
    assert inventory_store.read(migrated).rules == ()
