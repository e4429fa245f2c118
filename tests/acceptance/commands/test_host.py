"""`mutt host` and `mutt team`, proved by psql."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.commands.inventory import restore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.commands.world import World

TEAMS = "SELECT hostname, team_assignment FROM device_teams ORDER BY 1"
DEV = "SELECT hostname FROM dev_hosts ORDER BY 1"


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    yield
    restore(world)


@pytest.mark.covers("host add", "host set", "host delete")
def test_a_host_is_in_the_tables_that_alerters_read(world: World) -> None:
    with world.unchanged():
        world.mutt("host", "add", "lab1", "--env", "dev", "--dry-run", "-o", "json")
        world.mutt("host", "add", "two words", code=2)
        world.mutt("host", "set", "lab1", "--env", "dev", code=3)
        world.mutt("host", "delete", "lab1", code=3)
    done = world.mutt("host", "add", "lab1", "--team", "lab", "--env", "dev", "--reason", "rack 7", "-o", "json")
    assert (world.psql(TEAMS), world.psql(DEV)) == ("lab1|lab", "lab1")
    audited = f"SELECT DISTINCT reason FROM audit_logs WHERE correlation_id = '{world.operation(done)}'"  # noqa: S608
    assert world.psql(audited) == "rack 7"
    with world.unchanged():
        world.mutt("host", "set", "lab1", "--env", "prod", "--dry-run")
        world.mutt("host", "add", "lab1", code=7)
    changed = world.mutt("host", "set", "lab1", "--env", "prod", "--team", "", "-o", "json")
    assert (world.psql(TEAMS), world.psql(DEV)) == ("lab1|", "")
    world.mutt("undo", world.operation(changed))
    assert (world.psql(TEAMS), world.psql(DEV)) == ("lab1|lab", "lab1")
    with world.unchanged():
        world.mutt("host", "delete", "lab1", "--dry-run")
    gone = world.mutt("host", "delete", "lab1", "-o", "json")
    assert (world.psql(TEAMS), world.psql(DEV)) == ("", "")
    world.mutt("undo", world.operation(gone))
    assert (world.psql(TEAMS), world.psql(DEV)) == ("lab1|lab", "lab1")


@pytest.mark.covers("host list", "host show")
def test_hosts_are_shown_as_the_tables_hold_them(world: World) -> None:
    world.stack.query("INSERT INTO device_teams (hostname, team_assignment) VALUES ('r1', 'net') RETURNING 1")
    world.stack.query("INSERT INTO dev_hosts VALUES ('lab1') RETURNING 1")
    world.stack.query(
        "UPDATE alert_rules SET device_team_id = (SELECT id FROM device_teams) WHERE priority = 80 RETURNING 1"
    )
    rows = world.mutt("host", "list", "-o", "json").json["items"]
    assert [(row["host"], row["team"], row["env"]) for row in rows] == [("lab1", None, "dev"), ("r1", "net", "prod")]
    assert world.psql(TEAMS) == "r1|net"
    assert world.mutt("host", "list", "--where", "env=dev", "-o", "name").out == "lab1\n"
    world.mutt("host", "list", "--sort", "colour", code=2)
    shown = world.mutt("host", "show", "r1", "-o", "json").json
    assert [one["rule_name"] for one in shown["rules_by_team_id"]] == ["psu"]
    assert "rule" in world.mutt("host", "delete", "r1", "--dry-run").err
    world.mutt("host", "show", "R1", code=3)
    assert world.psql(DEV) == "lab1"


@pytest.mark.covers("host export", "host import")
def test_hosts_travel_as_files_and_only_one_that_says_it_is_complete_takes_any_away(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "hosts.csv"
    file.write_text("host,team,env\nr1,net,prod\nr2,net,\nlab1,,dev\n")
    with world.unchanged():
        world.mutt("host", "import", str(file), "--dry-run", "-o", "json")
        world.mutt("host", "import", str(file), code=2)
        world.mutt("host", "import", "-", "--yes", code=2, stdin=b"host,team\nr1,a\nr1,b\n")
    done = world.mutt("host", "import", str(file), "--yes", "-o", "json")
    assert (world.psql(TEAMS), world.psql(DEV)) == ("r1|net\nr2|net", "lab1")
    assert world.mutt("host", "export", "-o", "csv").out == "host,team,env\nlab1,,dev\nr1,net,prod\nr2,net,prod\n"
    whole = tmp_path / "hosts.yaml"
    world.mutt("host", "export", "--out", str(whole))
    assert world.mutt("host", "export", "-o", "json").json["complete"] is True
    world.psql(TEAMS)
    world.mutt("host", "export", "-o", "jsonl", code=2)
    whole.write_text(whole.read_text().replace("r2", "r3"))
    world.mutt("host", "import", str(whole), "--yes")
    assert world.psql(TEAMS) == "r1|net\nr3|net"
    world.mutt("host", "set", "r1", "--team", "core")
    assert "host r1 was changed after" in world.mutt("undo", world.operation(done), code=7).err


@pytest.mark.covers("team list", "team show", "team rename")
def test_a_team_is_renamed_in_rules_and_hosts_at_once(world: World) -> None:
    world.stack.query("INSERT INTO device_teams (hostname, team_assignment) VALUES ('r1', 'net') RETURNING 1")
    world.stack.query("UPDATE alert_rules SET team_assignment = 'net' WHERE rule_name = 'psu' RETURNING 1")
    rows = world.mutt("team", "list", "-o", "json").json["items"]
    assert rows == [{"team": "net", "rules": 1, "hosts": 1, "dev_hosts": 0}]
    world.mutt("team", "list", "--where", "colour=red", code=2)
    assert world.mutt("team", "show", "net", "-o", "json").json["hosts"][0]["host"] == "r1"
    world.mutt("team", "show", "core", code=3)
    with world.unchanged():
        world.mutt("team", "rename", "net", "core", "--dry-run")
        world.mutt("team", "rename", "net", "core", code=2)
        world.mutt("team", "rename", "nobody", "core", "--yes", code=3)
    done = world.mutt("team", "rename", "net", "core", "--yes", "-o", "json")
    both = "SELECT (SELECT team_assignment FROM device_teams), (SELECT max(team_assignment) FROM alert_rules)"
    assert world.psql(both) == "core|core"
    world.mutt("undo", world.operation(done))
    assert world.psql(both) == "net|net"
