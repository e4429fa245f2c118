"""What stands behind an event's steps, from real tables: rules as they were, the host as it was, parent, operations."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import history, rule_past
from mutt_cli.core.decided import HostThen
from mutt_cli.core.drill import DONE
from mutt_cli.core.journal import Entry, Record
from mutt_cli.ops import trace as ops
from mutt_cli.ops.trace import Traced, resolved
from mutt_cli.present.trace import trace_document
from tests.contract.protocol.workers import KEYS

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.ops.backends import Backends
    from tests.integration.flow import Flow

LATER = 4_000_000_000_000


@pytest.fixture
def rules(migrated: Connection) -> Connection:
    """The rule that the flow decides with, one that loses, and one that is switched off."""
    migrated.execute(
        b"INSERT INTO alert_rules (id, rule_name, pattern, severity, priority, enabled) VALUES"
        b" (1, 'link', 'LINK', 'critical', 10, true), (2, 'any', '.', NULL, 5, true),"
        b" (3, 'off', 'quiet', NULL, 1, false)"
    )
    return migrated


def traced(backends: Backends, event_id: str) -> Traced:
    return resolved(ops.trace(backends, event_id, now_ms=LATER))


def lines(told: Traced) -> list[str]:
    return list(trace_document(told, tries=()).text)


def clock(conn: Connection) -> datetime:
    """The database's, which rules are dated by."""
    row = conn.execute(b"SELECT clock_timestamp()").fetchone()
    assert row is not None
    return row[0]  # type: ignore[no-any-return]


def next_millisecond(conn: Connection) -> None:
    """Decisions are dated to the millisecond: what was changed before is of an earlier one after this."""
    before = clock(conn)
    while (clock(conn) - before).total_seconds() < 0.001:
        pass


def rivals(found: Any) -> list[tuple[str, str]]:
    return [(one.rule.name, one.why) for one in found]


def test_the_decision_is_explained_by_the_rules_of_its_moment_whatever_became_of_them(
    flow: Flow, backends: Backends, rules: Connection
) -> None:
    event_id = flow.send("LINK down")[0]
    next_millisecond(rules)
    flow.decide()
    rules.execute(b"UPDATE alert_rules SET pattern = 'nothing', severity = 'minor' WHERE id = 1")
    rules.execute(b"DELETE FROM alert_rules WHERE id = 2")
    told = traced(backends, event_id)
    one = told.context.decided
    assert one is not None
    assert one.rule is not None
    assert (one.as_of, one.rule.version, one.rule.pattern) == ("then", 1, "LINK")
    assert rivals(one.lost) == [("any", "lower_priority")]
    assert one.severity is not None
    assert one.severity.came_from == "rule", "the version that won said critical"
    shown = lines(told)
    assert "rule:    rule 1 link v1, priority 10, pattern LINK" in shown
    assert "lost:    rule 2 any v1, priority 5: matches too, has a lower priority" in shown
    assert shown[-1].startswith("verdict: ")


def test_an_unmatched_event_is_told_which_rules_came_near(flow: Flow, backends: Backends, rules: Connection) -> None:
    rules.execute(b"DELETE FROM alert_rules WHERE id = 2")
    event_id = flow.send("all quiet")[0]
    next_millisecond(rules)
    flow.decide()
    rules.execute(b"INSERT INTO alert_rules (id, rule_name, pattern) VALUES (8, 'late', 'all')")
    told = traced(backends, event_id).context.decided
    assert told is not None
    assert rivals(told.nearest) == [("late", "made_since"), ("off", "switched_off")]


def test_the_host_is_told_as_it_was(migrated: Connection) -> None:
    migrated.execute(b"INSERT INTO device_teams (hostname, team_assignment) VALUES ('sw1', 'CORE')")
    before = clock(migrated)
    assert rule_past.host_at(migrated, "sw1", before) == HostThen("CORE", dev=False)
    migrated.execute(b"UPDATE device_teams SET team_assignment = 'EDGE' WHERE hostname = 'sw1'")
    migrated.execute(b"INSERT INTO dev_hosts (hostname) VALUES ('sw1')")
    assert rule_past.host_at(migrated, "sw1", before) == HostThen("CORE", dev=False)
    after = clock(migrated)
    assert rule_past.host_at(migrated, "sw1", after) == HostThen("EDGE", dev=True)
    migrated.execute(b"DELETE FROM dev_hosts")
    assert rule_past.host_at(migrated, "sw1", after) == HostThen("EDGE", dev=True)
    migrated.execute(b"TRUNCATE device_teams")
    assert rule_past.host_at(migrated, "sw1", after) is None, "nobody knows what was in it"


def test_rules_are_told_as_they_were_deleted_ones_included(rules: Connection) -> None:
    before = clock(rules)
    rules.execute(b"UPDATE alert_rules SET priority = 99 WHERE id = 2")
    rules.execute(b"DELETE FROM alert_rules WHERE id = 1")
    then = {one.id: (one.version, one.priority) for one in rule_past.rules_at(rules, before)}
    assert then == {1: (1, 10), 2: (1, 5), 3: (1, 1)}
    now = {one.id: (one.version, one.priority) for one in rule_past.rules_at(rules, clock(rules))}
    assert now == {2: (2, 99), 3: (1, 1)}
    assert rule_past.rules_at(rules, datetime(2020, 1, 1, tzinfo=UTC)) == ()
    rules.execute(b"TRUNCATE alert_rules")
    assert rule_past.rules_at(rules, clock(rules)) == ()


def test_a_repeat_tells_what_became_of_the_alert_it_repeats(backends: Backends, migrated: Connection) -> None:
    parent, repeat = str(uuid.uuid4()), str(uuid.uuid4())
    history.store(
        migrated,
        [
            Entry(str(uuid.uuid4()), 1_000, [Record(parent, "p", "alerter", "alerted", queue="alert")]),
            Entry(
                str(uuid.uuid4()), 2_000, [Record(parent, "p", "forwarder", "delivered", attempt=1, response_code=201)]
            ),
            Entry(str(uuid.uuid4()), 3_000, [Record(repeat, "r", "alerter", "deduplicated", parent_id=parent)]),
        ],
    )
    told = traced(backends, repeat)
    assert told.context.parent is not None
    assert (told.context.parent.outcome, told.context.parent.at_ms) == ("delivered", 2_000)
    assert f"repeats: {parent}: HTTP 201, delivered, 1970-01-01T00:00:02.000Z" in lines(told)
    migrated.execute(b"DELETE FROM event_history WHERE correlation_id = 'p'")
    lost = traced(backends, repeat).context.parent
    assert lost is not None
    assert lost.words == "nothing is known of it any more"


def test_what_operators_did_is_named_with_who_and_why(backends: Backends, migrated: Connection) -> None:
    event_id = str(uuid.uuid4())
    record = Record(event_id, "c", "operator", "replayed", queue="alert", operation_id="op-AAAAAA")
    history.store(migrated, [Entry(str(uuid.uuid4()), 1_000, [record])])
    migrated.execute(
        b"INSERT INTO operations (id, started_at, finished_at, actor, host, context, command, impact, argv, reason,"
        b" result) VALUES ('op-AAAAAA', now(), now(), 'anna', 'h', 'c', 'dlq replay', 'B', '[]', 'INC-1', 'done')"
    )
    told = traced(backends, event_id)
    assert [(one.id, one.actor, one.reason) for one in told.context.operations] == [("op-AAAAAA", "anna", "INC-1")]
    assert "op:      op-AAAAAA mutt dlq replay, done, by anna: INC-1" in lines(told)


def test_an_alert_in_sight_says_its_team_and_environment_itself(
    flow: Flow, backends: Backends, rules: Connection
) -> None:
    event_id = flow.send("LINK down")[0]
    next_millisecond(rules)
    flow.decide()
    one = traced(backends, event_id).context.decided
    assert one is not None
    assert one.team is not None
    assert one.environment is not None
    assert (one.team.value, one.team.recorded, one.environment.value) == ("NETO", True, "prod")
    flow.forward()
    done = traced(backends, event_id).context.decided
    assert done is not None
    assert done.team is not None
    assert (done.team.value, done.team.recorded) == ("NETO", False), "no alert is here any more: it is computed"
    document = trace_document(traced(backends, event_id), tries=()).fields
    assert json.loads(json.dumps(document["decision"]["team"])) == {
        "value": "NETO", "from": "default", "recorded": False,
    }  # fmt: skip


def test_the_last_of_several_decisions_is_explained(backends: Backends, rules: Connection) -> None:
    event_id, at_ms = str(uuid.uuid4()), round(clock(rules).timestamp() * 1000) + 60_000
    fields = {
        "rule_id": 1,
        "rule_version": 1,
        "rule_name": "link",
        "severity": "critical",
        "payload": b'{"message":"m"}',
    }
    history.store(
        rules,
        [
            Entry(str(uuid.uuid4()), at_ms, [Record(event_id, "c", "alerter", "unhandled")]),
            Entry(str(uuid.uuid4()), at_ms + 9, [Record(event_id, "c", "alerter", "alerted", **fields)]),  # type: ignore[arg-type]
        ],
    )
    one = traced(backends, event_id).context.decided
    assert one is not None
    assert (one.known.outcome, one.known.at_ms) == ("alerted", at_ms + 9)
    assert one.notes == (), "nothing changed in the 10 s before"


def test_what_is_switched_off_where_the_event_waits_is_named(flow: Flow, backends: Backends) -> None:
    event_id = flow.send("LINK down")[0]
    flow.client.hset(KEYS.holds, mapping={"alerter": "1", "forwarder": "1"})
    told = traced(backends, event_id)
    assert [one.split(",")[0] for one in told.context.held] == ["alerters take nothing"]
    assert any(line.startswith("held:    alerters take nothing") for line in lines(told))
    flow.decide()
    assert [one.split(",")[0] for one in traced(backends, event_id).context.held] == ["forwarders send nothing"]
    flow.forward()
    assert traced(backends, event_id).context.held == (), "it waits nowhere"


def test_what_mutt_decides_by_itself_is_explained_by_no_rule(backends: Backends, rules: Connection) -> None:
    event_id = str(uuid.uuid4())
    canary = Record(event_id, "c", "alerter", "alerted", DONE, payload=b'{"message":"LINK"}', rule_name="TEST")
    history.store(rules, [Entry(str(uuid.uuid4()), 1_000, [canary])])
    assert traced(backends, event_id).context.decided is None
