"""`mutt rule`, proved by psql and by what the alerter says in Redis."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.commands.inventory import restore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.commands.world import Answer, World

PSU = "SELECT pattern, severity, priority, enabled FROM alert_rules WHERE rule_name = 'psu'"
NAMES = "SELECT string_agg(rule_name, ' ' ORDER BY id) FROM alert_rules"


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    yield
    restore(world)


def recorded(world: World, answer: Answer) -> str:
    """What the operations journal and the audit say of it."""
    operation = world.operation(answer)
    told = world.psql(f"SELECT command, reason, result FROM operations WHERE id = '{operation}'")  # noqa: S608
    rows = world.psql(f"SELECT DISTINCT operation, reason FROM audit_logs WHERE correlation_id = '{operation}'")  # noqa: S608
    return f"{told} / {rows}"


@pytest.mark.covers("rule add")
def test_a_rule_that_is_added_is_what_alerters_decide_with(world: World, tmp_path: Path) -> None:
    words = ("rule", "add", "fan", "--pattern", "FAN.*failed", "--severity", "major", "--priority", "95")
    with world.unchanged():
        assert world.mutt(*words, "--dry-run", "-o", "json").json["dry_run"] is True
        world.mutt("rule", "add", "fan", "--pattern", "FAN.*(failed", code=2)
        world.mutt("rule", "add", "psu", "--pattern", "x", code=7)
    done = world.mutt(*words, "--reason", "INC-7", "-o", "json")
    stored = world.psql("SELECT pattern, severity, priority, enabled FROM alert_rules WHERE rule_name = 'fan'")
    assert stored == "FAN.*failed|major|95|t"
    beat = json.loads(world.redis_cli("GET", "mutt:heartbeat:alerter:pod-1"))
    assert beat["rules_revision"] == done.json["revision"] == int(world.psql("SELECT revision FROM rules_revision"))
    assert recorded(world, done) == "rule add|INC-7|done / CREATE|INC-7"
    world.mutt("undo", world.operation(done))
    assert world.psql("SELECT count(*) FROM alert_rules WHERE rule_name = 'fan'") == "0"
    file = tmp_path / "rule.yaml"
    file.write_text("rule_name: cpu_high\npattern: '.*CPU.*threshold.*exceeded.*'\nseverity: warning\npriority: 50\n")
    world.mutt("rule", "add", "--file", str(file), "--priority", "51")
    assert world.psql("SELECT pattern, priority FROM alert_rules WHERE rule_name = 'cpu_high'").endswith("|51")
    file.write_text("rules:\n- rule_name: a\n- rule_name: b\n")
    assert "holds 2 rules, not one" in world.mutt("rule", "add", "--file", str(file), code=2).err


@pytest.mark.covers("rule set")
def test_named_fields_change_and_undo_puts_them_back(world: World) -> None:
    words = ("rule", "set", "psu", "--priority", "7", "--severity", "minor", "--team", "power")
    with world.unchanged():
        world.mutt(*words, "--dry-run")
        world.mutt("rule", "set", "psu", code=2)
        world.mutt("rule", "set", "nobody", "--priority", "7", code=3)
    done = world.mutt(*words, "--reason", "INC-7", "-o", "json")
    assert world.psql(PSU).endswith("|minor|7|t")
    assert world.psql("SELECT team_assignment FROM alert_rules WHERE rule_name = 'psu'") == "power"
    assert recorded(world, done) == "rule set|INC-7|done / UPDATE|INC-7"
    world.mutt("rule", "set", "psu", "--team", "", "--severity", "", "--disabled")
    assert world.psql(PSU).endswith("||7|f")
    refused = world.mutt("undo", world.operation(done), code=7)
    assert "(psu) was changed after" in refused.err


@pytest.mark.covers("rule edit")
def test_a_rule_is_what_the_editor_made_of_it(world: World, tmp_path: Path) -> None:
    script = tmp_path / "editor.sh"
    script.write_text("#!/bin/sh\nsed -i 's/priority: 80/priority: 81/' \"$1\"\n")
    script.chmod(0o755)
    plain = world.stack
    world.mutt("rule", "edit", "psu", code=2)
    world.stack = replace(plain, environment=plain.environment | {"EDITOR": str(script)})
    world.mutt("rule", "edit", "psu", "-o", "json")
    world.stack = plain
    assert world.psql(PSU).endswith("|81|t")


@pytest.mark.covers("rule disable", "rule enable")
def test_a_rule_is_silenced_and_heard_again(world: World) -> None:
    with world.unchanged():
        world.mutt("rule", "disable", "psu", "--dry-run")
        world.mutt("rule", "disable", "psu", "nobody", code=3)
    off = world.mutt("rule", "disable", "psu", "--reason", "storm", "-o", "json")
    assert world.psql(PSU).endswith("|f")
    assert recorded(world, off) == "rule disable|storm|done / UPDATE|storm"
    with world.unchanged():
        world.mutt("rule", "disable", "psu")
        world.mutt("rule", "enable", "psu", "--dry-run")
        world.mutt("rule", "enable", "nobody", code=3)
    world.mutt("rule", "enable", "psu", "-o", "json")
    assert world.psql(PSU).endswith("|t")
    world.stack.query("UPDATE alert_rules SET pattern = 'a(b', enabled = false WHERE rule_name = 'psu' RETURNING 1")
    assert "RE2 does not take it" in world.mutt("rule", "enable", "psu", code=2).err


@pytest.mark.covers("rule delete")
def test_a_rule_that_never_matched_is_deleted_by_name_and_comes_back_with_its_id(world: World) -> None:
    number = world.psql("SELECT id FROM alert_rules WHERE rule_name = 'psu'")
    with world.unchanged():
        world.mutt("rule", "delete", "psu", "--dry-run")
        world.mutt("rule", "delete", "psu", code=2)
        world.mutt("rule", "delete", "psu", "--confirm", number, code=2)
    done = world.mutt("rule", "delete", number, "--confirm", "psu", "-o", "json")
    assert world.psql(NAMES) == "link-down bgp-lost"
    world.mutt("undo", world.operation(done))
    assert world.psql("SELECT id FROM alert_rules WHERE rule_name = 'psu'") == number
    world.stack.query(f"INSERT INTO rule_matches VALUES ({number}, now(), 1, now()) RETURNING 1")  # noqa: S608
    assert "has matched events" in world.mutt("rule", "delete", "psu", "--confirm", "psu", code=7).err


@pytest.mark.covers("rule export", "rule import", "rule diff")
def test_a_file_of_rules_goes_out_is_compared_and_comes_in_as_one_change(world: World, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    world.mutt("rule", "export", "--out", str(file))
    told = world.mutt("rule", "export", "-o", "json").json
    assert [one["rule_name"] for one in told["rules"]] == world.psql(
        "SELECT string_agg(rule_name, ' ' ORDER BY priority DESC) FROM alert_rules"
    ).split()
    world.mutt("rule", "export", "--out", str(tmp_path / "no" / "folder.yaml"), code=4)
    world.mutt("rule", "export", "-o", "csv", code=2)
    assert world.mutt("rule", "diff", str(file), "-o", "json").json["items"] == []
    held = json.loads(file.read_text())
    held["rules"][0]["priority"] = 5
    held["rules"][2]["rule_name"] = "power"
    file.write_text(json.dumps(held))
    rows = world.mutt("rule", "diff", str(file), "-o", "json").json["items"]
    assert [(row["verb"], row["name"]) for row in rows] == [
        ("change", "link-down"),
        ("add", "power"),
        ("delete", "psu"),
    ]
    world.mutt("rule", "diff", str(tmp_path / "nothing.yaml"), code=3)
    with world.unchanged():
        world.mutt("rule", "import", str(file), "--dry-run", "-o", "json")
        world.mutt("rule", "import", str(file), code=2)
    done = world.mutt("rule", "import", str(file), "--yes", "-o", "json")
    assert world.psql(NAMES) == "link-down bgp-lost power"
    assert recorded(world, done).startswith("rule import||done / ")
    held["rules"][0]["pattern"] = "(?<=x)"
    file.write_text(json.dumps(held))
    with world.unchanged():
        assert "rule 1 (link-down): pattern:" in world.mutt("rule", "import", str(file), "--yes", code=2).err
        world.mutt("rule", "import", "-", "--yes", code=2, stdin=b"rules: &x [*x]")
    world.mutt("undo", world.operation(done))
    assert sorted(world.psql(NAMES).split()) == ["bgp-lost", "link-down", "psu"]


@pytest.mark.covers("rule list", "rule show", "rule history")
def test_rules_are_shown_as_the_tables_hold_them(world: World) -> None:
    order = world.psql("SELECT string_agg(rule_name, ' ' ORDER BY priority DESC, id) FROM alert_rules")
    rows = world.mutt("rule", "list", "-o", "json").json["items"]
    assert [row["rule_name"] for row in rows] == order.split()
    world.mutt("rule", "list", "--where", "colour=red", code=2)
    world.mutt("rule", "set", "psu", "--priority", "7", "--reason", "too loud")
    shown = world.mutt("rule", "show", "psu", "-o", "json").json
    assert (shown["priority"], shown["rule_version"]) == (7, int(world.psql("SELECT max(version) FROM alert_rules")))
    world.mutt("rule", "show", "nobody", code=3)
    told = world.mutt("rule", "history", "psu", "-o", "json").json["items"]
    count = f"SELECT count(*) FROM audit_logs WHERE record_id = '{shown['id']}' AND table_name = 'alert_rules'"  # noqa: S608
    assert (told[0]["what"], len(told)) == ("priority 80 -> 7", int(world.psql(count)))
    world.mutt("rule", "history", "nobody", code=3)
