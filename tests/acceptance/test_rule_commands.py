"""Rules, hosts and teams change while two alerters run: planned, audited, waited for, and taken back."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.keys import Keys
from tests.stack import RULES, Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

KEYS = Keys()


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """The way of an event, with two alerters."""
    with running_stack(postgres, openbao) as made:
        made.start("ingestor", "alerter", "forwarder")
        made.second("alerter").start()
        eventually(lambda: made.redis.exists(KEYS.heartbeat("alerter", "pod-2")), "the second one is there")
        yield made


@pytest.fixture(autouse=True)
def as_before(stack: Stack) -> Iterator[None]:
    """Every test finds the rules of the stack, and no hosts."""
    yield
    columns = "rule_name, pattern, severity, priority"
    values = ", ".join(
        f"('{name}', '{pattern}', '{severity}', {priority})" for name, pattern, severity, priority in RULES
    )
    stack.query("DELETE FROM alert_rules RETURNING 1")
    stack.query("DELETE FROM device_teams RETURNING 1")
    stack.query("DELETE FROM dev_hosts RETURNING 1")
    stack.query(f"INSERT INTO alert_rules ({columns}) VALUES {values} RETURNING 1")  # noqa: S608
    revision = stack.query("SELECT revision FROM rules_revision")[0][0]
    stack.redis.publish(KEYS.rules_updates, revision)
    beats = [KEYS.heartbeat("alerter", pod) for pod in ("pod-1", "pod-2")]

    def told() -> bool:
        return all(json.loads(beat or "{}").get("rules_revision") == revision for beat in stack.redis.mget(beats))

    eventually(told, "both alerters decide with them")


def mutt(stack: Stack, *words: str, code: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
    done = stack.mutt(*words, stdin=stdin.encode())
    assert done.returncode == code, done.stdout + done.stderr
    return done


def answer(stack: Stack, *words: str, code: int = 0, stdin: str = "") -> Any:
    return json.loads(mutt(stack, *words, "-o", "json", code=code, stdin=stdin).stdout)


def rules(stack: Stack) -> list[tuple[Any, ...]]:
    return stack.query("SELECT rule_name, pattern, severity, priority, enabled FROM alert_rules ORDER BY id")


def test_a_new_rule_decides_when_the_command_returns_and_undo_takes_it_back(stack: Stack) -> None:
    words = (
        "--pattern",
        "FAN.*failed",
        "--severity",
        "major",
        "--priority",
        "95",
        "--team",
        "ops",
        "--reason",
        "INC-7",
    )
    done = answer(stack, "rule", "add", "fan", *words)
    assert {one["state"] for one in done["alerters"]} == {"in_effect"}
    assert [one["name"] for one in done["alerters"]] == ["pod-1", "pod-2"]
    assert rules(stack)[-1] == ("fan", "FAN.*failed", "major", 95, True)
    row = stack.query(
        "SELECT changed_by, reason, correlation_id, new_values->>'rule_name' FROM audit_logs ORDER BY id"
    )[-1]
    assert row[1:] == ("INC-7", done["operation"], "fan")
    event_id = stack.send({"source": "sw1", "message": "FAN 3 failed"})["event_id"]
    eventually(lambda: event_id in received_ids(stack), "its alert arrives")
    undone = mutt(stack, "undo", done["operation"], code=6)
    assert "has matched events, so it is switched off" in undone.stdout
    assert rules(stack)[-1] == ("fan", "FAN.*failed", "major", 95, False)


def test_what_validation_finds_is_told_before_and_refused_where_alerters_would_leave_it_out(stack: Stack) -> None:
    before = rules(stack)
    for words, said in (
        (("rule", "add", "bad", "--pattern", "a(b"), "pattern: RE2 does not take it"),
        (("rule", "add", "--pattern", "x"), "rule_name: it is needed"),
        (("rule", "add", "bad", "--pattern", "x", "--severity", "awful"), "severity: it is none of clear"),
        (("rule", "add", "bad", "--pattern", "x" * 5000), "at most 4096 are allowed"),
        (("rule", "set", "psu", "--pattern", "(?=x)"), "pattern: RE2 does not take it"),
    ):
        assert said in mutt(stack, *words, code=2).stderr
    assert "is named 'psu' already" in mutt(stack, "rule", "add", "psu", "--pattern", "x", code=7).stderr
    told = mutt(stack, "rule", "add", "all", "--pattern", ".*", "--priority", "999", "--dry-run")
    assert "matches every message: the 3 enabled rules below it will never match" in told.stderr
    assert "it is tried as the 1st of 4 enabled rules" in told.stdout
    assert rules(stack) == before


def test_rules_are_silenced_by_name_or_id_and_come_back(stack: Stack) -> None:
    number = str(stack.query("SELECT id FROM alert_rules WHERE rule_name = 'psu'")[0][0])
    done = answer(stack, "rule", "disable", "link-down", number)
    assert [row[4] for row in rules(stack)] == [False, True, False]
    assert done["counts"] == {"rules_changed": 2}
    assert "so already" in mutt(stack, "rule", "disable", "link-down").stdout
    listed = answer(stack, "rule", "list")["items"]
    assert [(one["rule_name"], one["state"], one["place"]) for one in listed] == [
        ("link-down", "off", None), ("bgp-lost", "on", 1), ("psu", "off", None),
    ]  # fmt: skip
    mutt(stack, "undo", done["operation"])
    assert [row[4] for row in rules(stack)] == [True, True, True]
    mutt(stack, "rule", "enable", "psu", "nobody", code=3)


def test_without_any_enabled_rule_alerters_keep_what_they_have_and_the_command_says_so(stack: Stack) -> None:
    done = mutt(stack, "rule", "disable", "link-down", "bgp-lost", "psu", "--timeout", "2s", code=8)
    assert "no enabled rule is left: alerters keep the rules that they have now" in done.stderr
    assert "0/2 alerters decide with revision" in done.stdout
    assert [row[4] for row in rules(stack)] == [False, False, False]


def test_a_rule_that_matched_is_not_deleted_and_one_that_never_did_needs_its_name(stack: Stack) -> None:
    event_id = stack.send({"source": "sw2", "message": "LINK-3 went down"})["event_id"]
    eventually(lambda: event_id in received_ids(stack), "it matched")
    refused = mutt(stack, "rule", "delete", "link-down", "--confirm", "link-down", code=7)
    assert "has matched events and cannot be deleted" in refused.stderr
    assert "mutt rule disable" in refused.stderr
    assert "--confirm psu" in mutt(stack, "rule", "delete", "psu", code=2).stderr
    done = answer(stack, "rule", "delete", "psu", "--confirm", "psu")
    assert "psu" not in [row[0] for row in rules(stack)]
    mutt(stack, "undo", done["operation"])
    assert "psu" in [row[0] for row in rules(stack)]


def test_matches_are_counted_when_the_historian_has_stored_them(stack: Stack) -> None:
    stack.send({"source": "sw9", "message": "BGP peer lost"})

    def counted() -> bool:
        found = {one["rule_name"]: one for one in answer(stack, "rule", "list")["items"]}
        return found["bgp-lost"]["matches"] == 1 and found["bgp-lost"]["last_match_at"] is not None

    eventually(counted, "the list shows the match")
    assert "matches      1 in 24 h, 1 in all, last " in mutt(stack, "rule", "show", "bgp-lost").stdout


def test_an_export_is_what_an_import_reads_and_an_import_is_one_transaction(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    mutt(stack, "rule", "export", "--out", str(file))
    assert answer(stack, "rule", "diff", str(file))["items"] == []
    as_json = mutt(stack, "rule", "export", "-o", "json").stdout
    assert answer(stack, "rule", "diff", "-", stdin=as_json)["unchanged"] == 3
    text = file.read_text()
    changed = text.replace("priority: 80", "priority: 85").replace('rule_name: "bgp-lost"', 'rule_name: "bgp-gone"')
    file.write_text(changed)
    shown = mutt(stack, "rule", "import", str(file), "--dry-run")
    assert "1 rule added, 1 rule changed, 1 rule deleted" in shown.stderr
    assert "priority 80 -> 85" in shown.stdout
    assert mutt(stack, "rule", "import", str(file), code=2).stderr.count("add --yes") == 1
    done = answer(stack, "rule", "import", str(file), "--yes")
    assert [row[0] for row in rules(stack)] == ["link-down", "psu", "bgp-gone"]
    file.write_text(changed.replace("priority: 85", "priority: 1").replace("LINK.*down", "LINK.*("))
    assert "rule 1 (link-down): pattern: RE2" in mutt(stack, "rule", "import", str(file), "--yes", code=2).stderr
    assert [row[3] for row in rules(stack)] == [100, 85, 90]
    mutt(stack, "undo", done["operation"])
    assert sorted(row[0] for row in rules(stack)) == ["bgp-lost", "link-down", "psu"]


def test_a_rule_is_edited_in_the_editor_and_what_cannot_be_stored_is_kept(stack: Stack, tmp_path: Path) -> None:
    script = tmp_path / "editor.sh"
    script.write_text("#!/bin/sh\nsed -i 's/priority: 80/priority: 81/' \"$1\"\n")
    script.chmod(0o755)
    edited = replace(stack, environment=stack.environment | {"EDITOR": str(script)})
    mutt(edited, "rule", "edit", "psu")
    assert rules(stack)[-1][3] == 81
    script.write_text("#!/bin/sh\nsed -i 's/priority: 81/priority: many/' \"$1\"\n")
    refused = mutt(edited, "rule", "edit", "psu", code=2)
    assert "priority: Expected `int`, got `str`" in refused.stderr
    assert "your text is kept in /tmp/mutt-" in refused.stderr
    script.write_text("#!/bin/sh\nexit 3\n")
    assert "nothing was changed" in mutt(edited, "rule", "edit", "psu", code=1).stderr
    assert mutt(stack, "rule", "edit", "psu", code=2).stderr.startswith("error: an editor needs a terminal")


def test_undo_refuses_where_somebody_changed_the_rule_since(stack: Stack) -> None:
    done = answer(stack, "rule", "set", "psu", "--priority", "7")
    stack.query("UPDATE alert_rules SET severity = 'minor' WHERE rule_name = 'psu' RETURNING 1")
    refused = mutt(stack, "undo", done["operation"], code=7)
    assert "(psu) was changed after" in refused.stderr
    assert stack.query("SELECT priority FROM alert_rules WHERE rule_name = 'psu'") == [(7,)]


def test_history_tells_who_changed_a_rule_also_when_it_is_gone(stack: Stack) -> None:
    mutt(stack, "rule", "set", "psu", "--priority", "7", "--reason", "too loud")
    rows = answer(stack, "rule", "history", "psu")["items"]
    assert (rows[0]["what"], rows[0]["reason"], rows[0]["verb"]) == ("priority 80 -> 7", "too loud", "change")
    number = rows[0]["record"]
    stack.query("DELETE FROM alert_rules WHERE rule_name = 'psu' RETURNING 1")
    assert [row["verb"] for row in answer(stack, "rule", "history", number)["items"]] == ["delete", "change", "add"]
    mutt(stack, "rule", "history", "psu", code=3)


def test_hosts_are_added_changed_and_removed_and_alerts_follow(stack: Stack) -> None:
    done = answer(stack, "host", "add", "lab1", "--team", "lab", "--env", "dev", "--reason", "new rack")
    assert stack.query("SELECT hostname, team_assignment FROM device_teams") == [("lab1", "lab")]
    assert stack.query("SELECT hostname FROM dev_hosts") == [("lab1",)]
    assert stack.query("SELECT DISTINCT correlation_id FROM audit_logs WHERE record_id = 'lab1'") == [
        (done["operation"],)
    ]
    stack.send({"source": "lab1", "message": "LINK-9 went down at the lab"})

    def alert() -> Any:
        lines = (stack.folder / "received.jsonl").read_text().splitlines()
        return next((json.loads(line)["payload"] for line in lines if "at the lab" in line), None)

    assert "lab" in json.dumps(eventually(alert, "its alert arrives"))
    mutt(stack, "host", "set", "lab1", "--env", "prod")
    assert stack.query("SELECT hostname FROM dev_hosts") == []
    assert answer(stack, "host", "show", "lab1")["effective_team"] == "lab"
    gone = answer(stack, "host", "delete", "lab1")
    assert answer(stack, "host", "list")["items"] == []
    mutt(stack, "undo", gone["operation"])
    assert stack.query("SELECT hostname, team_assignment FROM device_teams") == [("lab1", "lab")]
    assert "is there already" in mutt(stack, "host", "add", "lab1", code=7).stderr
    mutt(stack, "host", "set", "nowhere", "--env", "dev", code=3)
    mutt(stack, "host", "add", "two words", code=2)


def test_hosts_travel_as_csv_which_takes_none_away_and_as_yaml_which_may(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "hosts.csv"
    file.write_text("host,team,env\nr1,net,prod\nr2,net,\nlab1,,dev\n")
    done = answer(stack, "host", "import", str(file), "--yes")
    assert done["counts"] == {"hosts_added": 3}
    assert mutt(stack, "host", "export", "-o", "csv").stdout == "host,team,env\nlab1,,dev\nr1,net,prod\nr2,net,prod\n"
    file.write_text("host,team\nr1,core\n")
    assert answer(stack, "host", "import", str(file), "--yes")["counts"] == {"hosts_changed": 1}
    whole = tmp_path / "hosts.yaml"
    whole.write_text("complete: true\nhosts:\n- host: r1\n")
    assert answer(stack, "host", "import", str(whole), "--yes")["counts"] == {"hosts_deleted": 2}
    assert stack.query("SELECT hostname, team_assignment FROM device_teams") == [("r1", "core")]
    file.write_text("host,owner\nr1,core\n")
    assert "must name columns of host, team, env" in mutt(stack, "host", "import", str(file), "--yes", code=2).stderr
    file.write_text("host,team\nr1,a\nr1,b\n")
    assert "two entries are about the host 'r1'" in mutt(stack, "host", "import", str(file), "--yes", code=2).stderr


def test_a_team_is_renamed_in_rules_and_hosts_at_once_and_back(stack: Stack) -> None:
    mutt(stack, "host", "add", "r1", "--team", "net")
    mutt(stack, "rule", "set", "psu", "--team", "net")
    assert answer(stack, "team", "list")["items"] == [{"team": "net", "rules": 1, "hosts": 1, "dev_hosts": 0}]
    done = answer(stack, "team", "rename", "net", "core", "--yes")
    assert done["counts"] == {"rules_changed": 1, "hosts_changed": 1}
    shown = answer(stack, "team", "show", "core")
    assert ([one["rule_name"] for one in shown["rules"]], [one["host"] for one in shown["hosts"]]) == (["psu"], ["r1"])
    mutt(stack, "undo", done["operation"])
    assert [one["team"] for one in answer(stack, "team", "list")["items"]] == ["net"]
    mutt(stack, "team", "rename", "nobody", "x", "--yes", code=3)
    mutt(stack, "team", "show", "nobody", code=3)
    assert "add --yes" in mutt(stack, "team", "rename", "net", "x", code=2).stderr


def test_a_protected_deployment_wants_reason_and_name(stack: Stack) -> None:
    production = replace(stack, environment=stack.environment | {"ENV": "production"})
    assert "needs a reason" in mutt(production, "rule", "disable", "psu", code=2).stderr
    words = ("rule", "delete", "psu", "--reason", "gone")
    assert "--confirm local/psu" in mutt(production, *words, code=2).stderr
    mutt(production, *words, "--confirm", "local/psu")


def test_an_alerter_that_does_not_read_is_named(stack: Stack) -> None:
    second = stack.daemons["alerter-pod-2"]
    second.pause()
    try:
        done = mutt(stack, "rule", "set", "psu", "--priority", "6", "--timeout", "3s", code=6)
    finally:
        second.signal(signal.SIGCONT)
    assert "1/2 alerters decide with revision" in done.stdout
    assert "pod-2 on " in done.stdout
    assert "alerters" in mutt(stack, "rule", "set", "psu", "--priority", "5").stdout


def test_the_audit_tells_each_change_and_the_report_what_was_done_by_hand(stack: Stack) -> None:
    mutt(stack, "rule", "set", "psu", "--priority", "7", "--reason", "too loud")
    stack.query("UPDATE alert_rules SET priority = 8 WHERE rule_name = 'psu' RETURNING 1")
    rows = answer(stack, "audit", "list", "--object", "psu")["items"]
    assert [row["what"] for row in rows[:2]] == ["priority 7 -> 8", "priority 80 -> 7"]
    assert [row["operation"] is None for row in rows[:2]] == [True, False]
    actor = rows[1]["actor"]
    assert {row["actor"] for row in answer(stack, "audit", "list", "--actor", actor)["items"]} == {actor}
    assert answer(stack, "audit", "list", "--since", "9d", "--until", "8d")["items"] == []
    shown = answer(stack, "audit", "show", str(rows[0]["id"]))
    assert shown["fields"] == [{"field": "priority", "old": 7, "new": 8}]
    assert "by        hand" in mutt(stack, "audit", "show", str(rows[0]["id"])).stdout
    report = answer(stack, "audit", "report", "--since", "1h")
    assert rows[0]["id"] in report["by_hand"]
    assert rows[1]["id"] not in report["by_hand"]
    assert "who:" in mutt(stack, "audit", "report").stdout
    mutt(stack, "audit", "show", "999999", code=3)
    page = answer(stack, "audit", "list", "-n", "1")
    assert answer(stack, "audit", "list", "-n", "1", "--after", page["next"])["items"][0]["id"] < page["items"][0]["id"]
