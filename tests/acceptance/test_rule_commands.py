"""Rules, hosts and teams change while two alerters run: planned, audited, waited for, and taken back."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from mutt_cli.keys import Keys
from tests.stack import RULES, Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
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


def test_alerts_of_a_host_follow_its_team_and_environment_when_the_command_returns(stack: Stack) -> None:
    answer(stack, "host", "add", "lab1", "--team", "lab-team", "--env", "dev")
    stack.send({"source": "lab1", "message": "LINK-9 went down at the lab"})

    def alert() -> Any:
        lines = (stack.folder / "received.jsonl").read_text().split("\n")[:-1]
        return next((json.loads(line)["payload"] for line in lines if "at the lab" in line), None)

    told = json.dumps(eventually(alert, "its alert arrives"))
    assert '"lab-team"' in told
    assert '"dev"' in told


def test_a_protected_deployment_wants_reason_and_name(stack: Stack) -> None:
    production = replace(stack, environment=stack.environment | {"ENV": "production"})
    assert "wants a reason" in mutt(production, "rule", "disable", "psu", code=2).stderr
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


def waiting_for_the_lock(stack: Stack) -> bool:
    held = "SELECT 1 FROM pg_locks WHERE relation = 'alert_rules'::regclass AND NOT granted"
    return bool(stack.query(held))


@pytest.mark.parametrize(("number", "state"), [(signal.SIGKILL, "open"), (signal.SIGINT, "interrupted")], ids=str)
def test_a_command_that_is_killed_in_the_middle_changes_nothing_and_its_operation_says_so(
    stack: Stack, number: signal.Signals, state: str
) -> None:
    before = rules(stack)
    with psycopg.connect(stack.dsn) as holder:
        holder.execute("LOCK TABLE alert_rules IN ROW EXCLUSIVE MODE")
        command = [sys.executable, "-m", "mutt_cli", "rule", "disable", "psu", "bgp-lost"]
        process = subprocess.Popen(
            command, env=stack.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/"
        )
        eventually(lambda: waiting_for_the_lock(stack), "it is in the middle")
        process.send_signal(number)
        process.communicate(timeout=30)
    assert rules(stack) == before
    operation = answer(stack, "op", "list", "-n", "1")["items"][0]
    assert (operation["command"], operation["state"]) == ("rule disable", state)
    undone = mutt(stack, "undo", operation["operation"])
    assert undone.stdout.count("is as it was") == 2
    mutt(stack, "rule", "disable", "psu")


HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07", "[bold red]x[/]", "\u202eevil\u2066", "=cmd|' /C calc'!A0", "a\nb\r\tc", "\x9b31m\x7f",
    "\U000e0041tag", "x" * 1_000_000,
)  # fmt: skip
FORMATS = ("table", "json", "yaml", "csv", "name")
_DAILY = ("table", "csv")
"""The other formats print the same values by the same functions: each night."""
LISTINGS = (
    ("rule", "list"), ("rule", "show", "77"), ("rule", "history", "77"), ("rule", "diff", "-"), ("host", "list"),
    ("team", "list"), ("audit", "list"), ("audit", "report"), ("event", "search"), ("event", "unhandled"),
    ("event", "tail"),
)  # fmt: skip
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


@pytest.fixture
def hostile(stack: Stack) -> None:
    """Hostile text in every column that a hand or a sender can write."""
    with psycopg.connect(stack.dsn, autocommit=True) as conn:
        for place, text in enumerate(HOSTILE):
            short = text[:200] + str(place)
            columns = "(id, rule_name, pattern, severity, description, team_assignment, enabled)"
            values = (77 + place, text, text, short, text, short)
            conn.execute(f"INSERT INTO alert_rules {columns} VALUES (%s, %s, %s, %s, %s, %s, false)", values)  # noqa: S608
            conn.execute(
                "SELECT set_config('mutt.actor', %s, false), set_config('mutt.reason', %s, false)", (short, text)
            )
            conn.execute("UPDATE alert_rules SET priority = 1 WHERE id = 77")
            conn.execute("INSERT INTO device_teams (hostname, team_assignment) VALUES (%s, %s)", (short, short))
    for text in HOSTILE:
        stack.send({"source": "sw" + text[:100], "message": text[:200_000]})
    eventually(lambda: len(answer(stack, "event", "unhandled")["items"]) >= len(HOSTILE), "all of them are counted")


@pytest.mark.parametrize(
    "form", ["table", "csv", *(pytest.param(one, marks=pytest.mark.nightly) for one in FORMATS if one not in _DAILY)]
)
def test_hostile_text_reaches_no_output_raw_and_stops_none(stack: Stack, hostile: None, form: str) -> None:
    for words in LISTINGS:
        done = stack.mutt(*words, "-o", form, stdin=b"rules: []")
        assert done.returncode == 0, (words, form, done.stderr[:500])
        raw = RAW.search(done.stdout) or RAW.search(done.stderr)
        assert raw is None, (words, form, raw)
        if form == "csv":
            assert not re.search(r"(^|,)\"?=", done.stdout, re.MULTILINE), words


def test_hostile_text_is_exported_safely_and_nothing_is_imported_from_nothing(stack: Stack, hostile: None) -> None:
    exported = stack.mutt("rule", "export").stdout
    assert RAW.search(exported) is None
    assert answer(stack, "host", "import", "-", "--dry-run", stdin="hosts: []")["changes"] == []
