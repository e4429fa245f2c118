"""Taking a change of rules and hosts back, whatever happened to it and since: on a real server, without processes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import operations
from mutt_cli.adapters.operations import Begun
from mutt_cli.adapters.operations_reading import Recorded
from mutt_cli.errors import MuttError
from mutt_cli.ops import host_plans, inventory, inventory_undo, rule_plans
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.inventory import Actor, Proposal
from mutt_cli.settings import Redis, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.ops.undo import Undone

ANN = Actor("ann", "noisy", "op-1")
AT = datetime(2026, 11, 28, 3, tzinfo=UTC)
RECORDED = Recorded("op-1", AT, AT, "ann", "bastion", "local", "rule set", "W", ("rule", "set"), "noisy", result="done")


@pytest.fixture(autouse=True)
def two_rules(migrated: Connection, redis_client: Client) -> None:
    migrated.execute("INSERT INTO alert_rules (rule_name, pattern) VALUES ('a', 'x'), ('b', 'y')")
    migrated.execute("INSERT INTO device_teams (hostname, team_assignment) VALUES ('r1', 'net')")


def state(conn: Connection) -> tuple[list[Any], list[Any]]:
    rules = conn.execute("SELECT id, rule_name, pattern, priority, enabled FROM alert_rules ORDER BY id").fetchall()
    return rules, conn.execute("SELECT hostname, team_assignment, id FROM device_teams ORDER BY 1").fetchall()


def done(backends: Backends, proposal: Proposal) -> Recorded:
    """The proposal carried out, as the operations journal has it then."""
    return replace(RECORDED, originals=inventory.carry_out(backends, proposal, ANN).originals)


def undone(backends: Backends, conn: Connection, recorded: Recorded) -> Undone:
    begun = Begun("op-2", AT, "bob", "bastion", "local", "undo", "W", ("undo", "op-1"), "a mistake", {}, {})
    operations.begin(conn, begun)
    return inventory_undo.carry_out(backends, recorded, inventory_undo.plan_undo(backends, recorded), "op-2")


def everything(backends: Backends) -> Proposal:
    """A rule added, one changed, one deleted, a host changed and one added."""
    live = inventory.current(backends)
    proposals = (
        rule_plans.plan_set(live, "a", {"priority": 7}),
        rule_plans.plan_delete(live, "b", ()),
        rule_plans.plan_add(live, {"rule_name": "c", "pattern": "z"}),
        host_plans.plan_set(live, {"host": "r1", "team": "core"}),
        host_plans.plan_add(live, {"host": "r2", "env": "dev"}),
    )
    rules = tuple(one for proposal in proposals for one in proposal.rules)
    return Proposal(rules, tuple(one for proposal in proposals for one in proposal.hosts))


def test_a_change_of_everything_goes_back_as_one_with_the_actor_of_the_undo(
    migrated: Connection, backends: Backends
) -> None:
    before = state(migrated)
    recorded = done(backends, everything(backends))
    assert state(migrated) != before
    result = undone(backends, migrated, recorded)
    assert state(migrated) == before
    assert result.counts == {
        "rules_added": 1, "rules_changed": 1, "rules_deleted": 1, "hosts_changed": 1, "hosts_deleted": 1,
    }  # fmt: skip
    last = migrated.execute("SELECT changed_by, reason, correlation_id FROM audit_logs ORDER BY id DESC LIMIT 1")
    assert last.fetchone() == ("bob", "a mistake", "op-2")


def test_an_operation_that_was_killed_before_its_transaction_ended_needs_nothing(
    migrated: Connection, backends: Backends
) -> None:
    before = state(migrated)
    killed = replace(RECORDED, result=None, originals=everything(backends).originals)
    plan = inventory_undo.plan_undo(backends, killed)
    assert [line for line in plan.lines if not line.endswith("is as it was")] == []
    undone(backends, migrated, killed)
    assert state(migrated) == before


def test_an_operation_that_was_killed_after_it_is_taken_back_by_what_it_planned(
    migrated: Connection, backends: Backends
) -> None:
    before, proposal = state(migrated), everything(backends)
    inventory.carry_out(backends, proposal, ANN)
    undone(backends, migrated, replace(RECORDED, result=None, originals=proposal.originals))
    assert state(migrated) == before


@pytest.mark.parametrize(
    "since",
    ["UPDATE alert_rules SET priority = 8 WHERE rule_name = 'a'", "DELETE FROM alert_rules WHERE rule_name = 'a'",
     "UPDATE device_teams SET team_assignment = 'x'", "DELETE FROM alert_rules WHERE rule_name = 'c'"],
)  # fmt: skip
def test_what_somebody_changed_since_stops_the_undo_and_nothing_moves(
    migrated: Connection, backends: Backends, since: str
) -> None:
    recorded = done(backends, everything(backends))
    migrated.execute(since.encode())
    before = state(migrated)
    if "'c'" in since:  # what was added and is gone already is as it was
        undone(backends, migrated, recorded)
        return
    with pytest.raises(MuttError) as refused:
        inventory_undo.plan_undo(backends, recorded)
    assert (refused.value.code, refused.value.exit_code) == ("MUTT-G006", 7)
    assert state(migrated) == before


def test_a_rule_that_has_matched_meanwhile_is_switched_off_instead_of_deleted(
    migrated: Connection, backends: Backends
) -> None:
    live = inventory.current(backends)
    recorded = done(backends, rule_plans.plan_add(live, {"rule_name": "c", "pattern": "z"}))
    number = recorded.originals["rules"][0]["after"]["id"]
    migrated.execute("INSERT INTO rule_matches VALUES (%s, now(), 1, now())", (number,))
    result = undone(backends, migrated, recorded)
    assert list(result.cannot) == [f"rule {number} (c) has matched events, so it is switched off and its record stays"]
    assert state(migrated)[0][-1] == (number, "c", "z", 100, False)


def test_more_than_ten_things_are_a_bulk_change_that_asks(backends: Backends) -> None:
    live = inventory.current(backends)
    few, many = (
        Proposal(hosts=tuple(one for n in range(size) for one in host_plans.plan_add(live, {"host": f"h{n}"}).hosts))
        for size in (10, 11)
    )
    assert inventory_undo.plan_undo(backends, done(backends, few)).impact == "W"
    inventory_undo.carry_out(
        backends, RECORDED, inventory_undo.plan_undo(backends, replace(RECORDED, originals={})), "x"
    )
    migrated = backends.postgres()
    migrated.execute("DELETE FROM device_teams WHERE hostname LIKE 'h%'")
    assert inventory_undo.plan_undo(backends, done(backends, many)).impact == "B"


def test_a_change_stands_where_alerters_cannot_be_told(migrated: Connection, tmp_path: Path) -> None:
    away = Backends(Settings(redis=Redis(socket=str(tmp_path / "redis.sock"))))
    away._postgres = migrated
    carried = inventory.carry_out(away, rule_plans.plan_set(inventory.current(away), "a", {"priority": 7}), ANN)
    assert "redis.sock" in carried.untold
    assert state(migrated)[0][0][3] == 7
