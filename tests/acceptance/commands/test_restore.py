"""`mutt restore`, proved by redis-cli, psql, and an event that passes afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from tests.stack import RULES as MADE
from tests.stack import eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.acceptance.commands.world import World
    from tests.servers import PostgresServer
    from tests.stack import Stack

OLD: Final = "mutt:dlq:old_events"
RULES: Final = "SELECT string_agg(rule_name, ' ' ORDER BY rule_name) FROM alert_rules"
DAEMONS: Final = ("ingestor", "alerter", "forwarder")


@pytest.fixture(scope="module")
def deployment(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """A deployment of its own, because it is stopped and put back; with what others had before."""
    with running_stack(postgres, openbao) as made:
        yield made


@pytest.fixture(autouse=True)
def anew(deployment: Stack) -> Iterator[None]:
    """No daemon is left, no message, and the rules of every stack are there."""
    yield
    deployment.stop()
    deployment.redis.flushall()
    deployment.query("DELETE FROM alert_rules RETURNING 1")
    columns = "rule_name, pattern, severity, priority, enabled"
    for name, pattern, severity, priority in MADE:
        values = f"('{name}', '{pattern}', '{severity}', {priority}, true)"
        deployment.query(f"INSERT INTO alert_rules ({columns}) VALUES {values} RETURNING 1")  # noqa: S608


@pytest.fixture
def saved(world: World) -> str:
    """A backup of three old events and all rules; then two more events, and a rule less."""
    world.stack.redis.rpush(OLD, *(json.dumps({"message": f"old {number}", "hostname": "sw"}) for number in range(3)))
    path = str(world.mutt("backup", "create", "-o", "json").json["path"])
    world.stack.redis.rpush(OLD, "{}", "{}")
    world.psql("DELETE FROM alert_rules WHERE rule_name = 'psu'")
    return path


@pytest.mark.covers("restore")
def test_a_deployment_is_put_back_works_on_and_can_be_taken_back(world: World, saved: str) -> None:
    world.stack.start(*DAEMONS)
    words = ("restore", saved, "--confirm", "deployment")
    with world.unchanged():
        alive = world.mutt("restore", saved, "--dry-run", "-o", "json").json
        assert alive["operation"] is None
        assert any("alerter" in one for one in alive["not_restored"])
        assert "MUTT-G051" in world.mutt(*words, code=7).err
    world.stack.stop()
    with world.unchanged():
        dry = world.mutt("restore", saved, "--dry-run", "-o", "json").json
        assert any("dlq-old-events: 5 now -> 3" in one for one in dry["changes"])
        assert any("rules: 2 now -> 3" in one for one in dry["changes"])
        assert "MUTT-U007" in world.mutt("restore", saved, code=2).err
        world.mutt("restore", saved, "--confirm", "redis", code=2)
    done = world.mutt(*words, "--reason", "INC-7", "-o", "json")
    assert (world.redis_cli("LLEN", OLD), world.psql(RULES)) == ("3", "bgp-lost link-down psu")
    kept, name = done.json["safety_backup"], world.operation(done)
    assert world.psql(f"SELECT result, backup_path, reason FROM operations WHERE id = '{name}'") == f"done|{kept}|INC-7"  # noqa: S608
    assert world.psql("SELECT record_id FROM audit_logs WHERE operation = 'RESTORE'") == saved.rpartition("/")[2]
    assert world.psql("SELECT old_values->>'rule_name' FROM audit_logs WHERE operation = 'DELETE'") == "psu"
    assert f"mutt undo {name}" in world.mutt("op", "show", name).out
    world.mutt("undo", name, "--yes")
    assert (world.redis_cli("LLEN", OLD), world.psql(RULES)) == ("5", "bgp-lost link-down")

    again = world.operation(world.mutt(*words, "-o", "json"))
    world.stack.start(*DAEMONS)
    sent = world.stack.send({"hostname": "sw1", "message": "power supply 1 failed"})["event_id"]
    eventually(lambda: sent in received_ids(world.stack), "an event passes by the rule that is back")
    assert "MUTT-G051" in world.mutt("undo", again, "--yes", code=7).err
    world.stack.stop()
    assert "something has happened since" in world.mutt("undo", again, "--yes", code=7).err
    world.mutt("restore", kept, "--confirm", "deployment")
    assert world.redis_cli("LLEN", OLD) == "5"


def test_one_part_is_put_back_alone(world: World, saved: str) -> None:
    redis = world.mutt("restore", saved, "--only", "redis", "--confirm", "redis", "-o", "json").json
    assert "psu" not in world.psql(RULES)
    assert redis["only"] == "redis"
    world.mutt("undo", redis["operation"], "--yes")
    depth = world.redis_cli("LLEN", OLD)
    db = world.mutt("restore", saved, "--only", "db", "--confirm", "db", "-o", "json").json
    assert ("psu" in world.psql(RULES), world.redis_cli("LLEN", OLD)) == (True, depth)
    world.mutt("undo", db["operation"], "--yes")
    assert "psu" not in world.psql(RULES)


def test_rules_and_hosts_are_put_back_while_everything_runs(world: World) -> None:
    world.mutt("host", "add", "core-1", "--team", "net")
    path = str(world.mutt("backup", "create", "-o", "json").json["path"])
    before = world.psql("SELECT id, rule_name, pattern FROM alert_rules ORDER BY 1")
    world.mutt("rule", "delete", "bgp-lost", "--confirm", "bgp-lost")
    world.mutt("rule", "set", "link-down", "--priority", "3")
    world.mutt("rule", "add", "later", "--pattern", "x", "--severity", "minor")
    world.mutt("host", "delete", "core-1")
    changed = world.psql("SELECT id, rule_name, priority FROM alert_rules ORDER BY 1")
    words = ("restore", path, "--only", "rules")
    with world.unchanged():
        assert len(world.mutt(*words, "--dry-run", "-o", "json").json["changes"]) == 4
        world.mutt(*words, code=2)
    done = world.mutt(*words, "--confirm", "rules", "-o", "json").json
    assert world.psql("SELECT id, rule_name, pattern FROM alert_rules ORDER BY 1") == before
    assert world.psql("SELECT team_assignment FROM device_teams WHERE hostname = 'core-1'") == "net"
    assert world.mutt(*words, "--confirm", "rules", "-o", "json").json["operation"] is None
    world.mutt("undo", done["operation"], "--yes")
    assert world.psql("SELECT id, rule_name, priority FROM alert_rules ORDER BY 1") == changed


def test_settings_are_put_back_while_everything_runs(world: World) -> None:
    world.mutt("config", "set", "moog_timeout=11")
    path = str(world.mutt("backup", "create", "-o", "json").json["path"])
    world.mutt("config", "set", "moog_timeout=12", "alerter_queue_shed_threshold=5000")
    words = ("restore", path, "--only", "config")
    with world.unchanged():
        assert len(world.mutt(*words, "--dry-run", "-o", "json").json["changes"]) == 2
    done = world.mutt(*words, "--confirm", "config", "-o", "json").json
    assert world.redis_cli("GET", "mutt:config:moog_timeout") == "11"
    assert world.redis_cli("GET", "mutt:config:alerter_queue_shed_threshold") == ""
    world.mutt("undo", done["operation"], "--yes")
    assert world.redis_cli("GET", "mutt:config:moog_timeout") == "12"
    assert world.redis_cli("GET", "mutt:config:alerter_queue_shed_threshold") == "5000"


def test_a_file_that_is_none_or_of_elsewhere_is_refused(world: World, saved: str) -> None:
    with world.unchanged():
        world.mutt("restore", f"{saved}.gone", "--confirm", "deployment", code=3)
        bare = saved.rpartition("/")[2]
        assert world.mutt("restore", bare, "--dry-run", "-o", "json").json["file"] == saved
        assert bare in world.mutt("backup", "verify", bare).out
        kept = world.stack.environment
        world.stack.environment = {**kept, "REDIS_DB": "3"}
        try:
            refused = world.mutt("restore", saved, "--confirm", "deployment", "--force", "env-override", code=7)
        finally:
            world.stack.environment = kept
        assert "MUTT-G052" in refused.err
