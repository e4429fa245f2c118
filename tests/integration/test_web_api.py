"""What the API does beside rules: teams, dev hosts, settings, dead letters, events, figures; each change journalled."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import fastjsonschema
import pytest

from mutt_cli.adapters.clock import now_ms
from mutt_cli.core.moment import rfc3339
from mutt_cli.keys import Keys
from tests.webui import Web, web_app

if TYPE_CHECKING:
    import redis

    from tests.servers import PostgresServer

KEYS = Keys()
LETTER = {
    "event_id": "0199c0de-0000-7000-8000-000000000001", "_correlation_id": "c-12345678", "hostname": "core-sw1",
    "message": "LINK down", "_dlq": {"reason": "http_400", "error": "severity is no number"},
}  # fmt: skip


def said(web: Web, method: str, path: str, status: int = 200, **more: Any) -> Any:
    """The JSON of the answer, which must have this status."""
    answer = web.ask(method, f"/api/v1{path}", **more)
    assert answer.status_code == status, answer.text
    return answer.json


def asked(web: Web, statement: str) -> list[Any]:
    with web.stores.database() as conn:
        return conn.execute(statement.encode()).fetchall()


def test_a_host_gets_a_team_another_one_and_none(web: Web) -> None:
    new = {"hostname": "r1", "team_assignment": "net", "reason": "rack 7"}
    made = web.ask("POST", "/api/v1/teams", json=new)
    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/teams/r1")
    assert said(web, "POST", "/teams", 409, json=new)["code"] == "MUTT-P313"
    assert [(one["hostname"], one["team_assignment"]) for one in said(web, "GET", "/teams")["teams"]] == [("r1", "net")]
    changed = said(web, "PUT", "/teams/r1", json={"team_assignment": "core"})
    assert asked(web, "SELECT hostname, team_assignment FROM device_teams") == [("r1", "core")]
    assert said(web, "PUT", "/teams/r1", json={"team_assignment": "core"})["operation"] is None
    assert said(web, "PUT", "/teams/r2", 404, json={"team_assignment": "core"})["code"] == "MUTT-P311"
    assert said(web, "DELETE", "/teams/r1", params={"reason": "gone"})["message"] == "Team removed successfully"
    assert said(web, "DELETE", "/teams/r1", 404)["code"] == "MUTT-P311"
    assert asked(web, "SELECT count(*) FROM device_teams") == [(0,)]
    journal = asked(web, "SELECT command, actor, reason, result, context FROM operations ORDER BY started_at")
    assert journal == [
        ("host add", "WEBUI_API_KEY", "rack 7", "done", "webui"), ("host set", "WEBUI_API_KEY", None, "done", "webui"),
        ("host delete", "WEBUI_API_KEY", "gone", "done", "webui"),
    ]  # fmt: skip
    audited = asked(web, f"SELECT operation FROM audit_logs WHERE correlation_id = '{changed['operation']}'")  # noqa: S608
    assert audited == [("UPDATE",)]


def test_a_dev_host_is_production_again_and_keeps_its_team(web: Web) -> None:
    said(web, "POST", "/teams", 201, json={"hostname": "lab1", "team_assignment": "lab"})
    said(web, "POST", "/dev-hosts", 201, json={"hostname": "lab1"})
    said(web, "POST", "/dev-hosts", 201, json={"hostname": "lab2"})
    assert said(web, "POST", "/dev-hosts", 409, json={"hostname": "lab1"})["code"] == "MUTT-P313"
    assert said(web, "GET", "/dev-hosts")["hosts"] == [{"hostname": "lab1"}, {"hostname": "lab2"}]
    assert said(web, "DELETE", "/teams/lab1")["hostname"] == "lab1"
    assert said(web, "GET", "/dev-hosts")["hosts"] == [{"hostname": "lab1"}, {"hostname": "lab2"}]
    said(web, "POST", "/teams", 201, json={"hostname": "lab1", "team_assignment": "lab"})
    said(web, "DELETE", "/dev-hosts/lab1")
    said(web, "DELETE", "/dev-hosts/lab2")
    assert said(web, "DELETE", "/dev-hosts/lab2", 404)["code"] == "MUTT-P311"
    assert [one["hostname"] for one in said(web, "GET", "/teams")["teams"]] == ["lab1"]


@pytest.mark.parametrize(
    "body", [{"hostname": "two words", "team_assignment": "x"}, {"hostname": "r1"}, {"host": "r1"}, {"hostname": ""}]
)
def test_what_is_no_host_is_refused_and_nothing_is_stored(web: Web, body: dict[str, str]) -> None:
    assert said(web, "POST", "/teams", 400, json=body)["message"]
    assert asked(web, "SELECT (SELECT count(*) FROM device_teams), (SELECT count(*) FROM operations)") == [(0, 0)]


def test_a_rule_whose_name_is_taken_is_refused_so_a_repeated_request_adds_none_twice(web: Web) -> None:
    rule = {"rule_name": "psu", "pattern": "psu", "severity": "major"}
    said(web, "POST", "/rules", 201, json=rule)
    assert said(web, "POST", "/rules", 409, json=rule)["code"] == "MUTT-P304"
    assert len(said(web, "GET", "/rules")["rules"]) == 1


def test_a_rule_that_has_matched_is_not_deleted(web: Web) -> None:
    made = said(web, "POST", "/rules", 201, json={"rule_name": "psu", "pattern": "psu", "severity": "major"})
    asked(web, f"INSERT INTO rule_matches VALUES ({made['id']}, now(), 1, now()) RETURNING 1")  # noqa: S608
    refused = said(web, "DELETE", f"/rules/{made['id']}", 409)
    assert (refused["code"], refused["try"][0]) == ("MUTT-P306", f"mutt rule disable {made['id']}")


def test_a_rules_history_is_told_also_of_one_that_is_gone(web: Web) -> None:
    made = said(web, "POST", "/rules", 201, json={"rule_name": "psu", "pattern": "psu", "severity": "major"})
    said(web, "PATCH", f"/rules/{made['id']}", json={"priority": 7, "reason": "too late"})
    said(web, "DELETE", f"/rules/{made['id']}")
    found = said(web, "GET", f"/rules/{made['id']}/history")["history"]
    assert [(one["verb"], one["reason"]) for one in found] == [("delete", None), ("change", "too late"), ("add", None)]
    assert found[1]["fields"] == [{"field": "priority", "old": 100, "new": 7}]


def test_a_setting_is_changed_for_all_daemons_and_told_in_its_history(web: Web, redis_client: redis.Redis) -> None:
    done = said(web, "PUT", "/config/moog_timeout", json={"value": 7, "reason": "slow link"})
    assert (done["old_value"], done["new_value"]) == ("10", "7")
    assert redis_client.get("mutt:config:moog_timeout") == b"7"
    assert said(web, "GET", "/config")["config"]["moog_timeout"] == 7
    assert said(web, "PUT", "/config/moog_timeout", json={"value": "7"})["operation"] is None
    found = said(web, "GET", "/config/history", params={"key": "moog_timeout"})["history"]
    assert [(one["old"], one["new"], one["reason"]) for one in found] == [(None, "7", "slow link")]
    assert said(web, "PUT", "/config/moog_timeout", 400, json={"value": "soon"})["code"] == "MUTT-C101"
    assert said(web, "PUT", "/config/WEBUI_PORT", 409, json={"value": 1})["code"] == "MUTT-C105"
    assert said(web, "PUT", "/config/nonsense", 404, json={"value": 1})["code"].startswith("MUTT-")
    assert said(web, "PUT", "/config/moog_timeout", 400, json={"value": 8, "for": "soon"})["fields"].keys() == {"for"}


def test_a_setting_that_is_meant_for_a_time_goes_back_by_itself(web: Web, redis_client: redis.Redis) -> None:
    said(web, "PUT", "/config/moog_timeout", json={"value": 9, "for": "2h"})
    rows = {one["key"]: one for one in said(web, "GET", "/config")["settings"]}
    assert (rows["MOOG_TIMEOUT"]["value"], rows["MOOG_TIMEOUT"]["source"]) == (9, "dynamic")
    assert asked(web, "SELECT command, plan ->> 'settings' FROM operations") == [("config set", '["moog_timeout=9"]')]
    assert asked(web, "SELECT (plan ->> 'until')::timestamptz - now() > interval '119 min' FROM operations") == [
        (True,)
    ]
    assert set(redis_client.hkeys(KEYS.config_returns)) == {b"moog_timeout"}


def test_dead_letters_are_listed_grouped_shown_and_sent_again(web: Web, redis_client: redis.Redis) -> None:
    redis_client.lpush(KEYS.dlq_alerter, json.dumps(LETTER))
    (one,) = said(web, "GET", "/dlq")["items"]
    assert (one["queue"], one["host"]) == ("dlq-alerter", "core-sw1")
    assert said(web, "GET", "/dlq", params={"where": "host=edge"})["items"] == []
    (group,) = said(web, "GET", "/dlq", params={"by": "host"})["items"]
    assert (group["host"], group["messages"]) == ("core-sw1", 1)
    shown = said(web, "GET", f"/dlq/{one['payload_hash'][:12]}")
    assert shown["text"] == "LINK down"
    assert said(web, "GET", "/dlq/abcdef12", 404)["code"]
    body = {"ids": [one["payload_hash"]], "to": "ingest", "reason": "mended"}
    planned = said(web, "POST", "/dlq/replay", json={**body, "dry_run": True})
    assert (planned["count"], planned["dry_run"], redis_client.llen(KEYS.ingest_queue)) == (1, True, 0)
    done = said(web, "POST", "/dlq/replay", json=body)
    assert (done["moved"], redis_client.llen(KEYS.dlq_alerter), redis_client.llen(KEYS.ingest_queue)) == (1, 0, 1)
    assert asked(web, "SELECT command, reason, result FROM operations") == [("dlq replay", "mended", "done")]


def test_a_replay_names_its_letters_and_its_changes(web: Web) -> None:
    assert said(web, "POST", "/dlq/replay", 400, json={"ids": []})["fields"].keys() == {"ids"}
    assert said(web, "POST", "/dlq/replay", 404, json={"ids": ["abcdef12"]})["code"]
    assert said(web, "POST", "/dlq/replay", 400, json={"ids": ["abcdef12"], "set": {"event_id": "x"}})["fields"]
    assert said(web, "POST", "/dlq/replay", 400, json={"ids": ["abcdef12"], "to": "dead"})["code"]


def test_queues_are_those_of_the_command_line(web: Web, redis_client: redis.Redis) -> None:
    redis_client.lpush(KEYS.ingest_queue, json.dumps({**LETTER, "_ts": rfc3339(now_ms())}))
    rows = {one["queue"]: one["depth"] for one in said(web, "GET", "/queues", params={"where": "depth>0"})["items"]}
    assert rows == {"ingest": 1}
    assert said(web, "GET", "/queues/ingest")["depth"] == 1
    assert said(web, "GET", "/queues/ingest/messages")["items"][0]["host"] == "core-sw1"
    assert said(web, "GET", "/queues/none", 404)["code"]
    assert said(web, "GET", "/queues", 400, params={"where": "depth"})["fields"].keys() == {"where"}


def test_figures_are_of_the_ledgers_minutes(web: Web, redis_client: redis.Redis) -> None:
    minute = rfc3339(now_ms() - 60_000)[:16]
    redis_client.hset(KEYS.ledger_minutes, f"{minute}|api|accepted", 120)
    found = said(web, "GET", "/metrics")
    assert found["summary"]["current_rate_1m"] in {0, 120}, "the minute may have ended meanwhile"
    assert found["summary"]["avg_rate_1h"] == 2
    assert (len(found["chart_24h"]["data"]), sum(found["chart_24h"]["data"])) == (24, 120)


def test_an_event_is_found_and_its_story_told(web: Web, redis_client: redis.Redis) -> None:
    redis_client.lpush(KEYS.ingest_queue, json.dumps({**LETTER, "_ts": rfc3339(now_ms())}))
    assert said(web, "GET", "/events")["items"] == []
    assert said(web, "GET", f"/events/{LETTER['event_id']}")["event_id"] == LETTER["event_id"]
    assert said(web, "GET", f"/trace/{LETTER['event_id']}")["kind"] == "mutt.trace"
    assert said(web, "GET", "/events/0199c0de-0000-7000-8000-00000000ffff", 404)["code"]


def test_the_status_is_that_of_the_command_line(web: Web) -> None:
    found = said(web, "GET", "/status")
    assert (found["kind"], found["context"]) == ("mutt.status", "webui")
    assert {one["name"] for one in found["backends"]} >= {"redis", "db"}
    assert said(web, "GET", "/slo")["items"]
    assert said(web, "GET", "/version", key=None)["api"] == ["v1", "v2"]


def test_the_audit_is_filtered_and_paged_under_both_its_names(web: Web) -> None:
    for number in range(3):
        said(web, "POST", "/dev-hosts", 201, json={"hostname": f"lab{number}"})
    said(web, "POST", "/teams", 201, json={"hostname": "lab1", "team_assignment": "lab"})
    found = said(web, "GET", "/audit-logs", params={"hostname": "lab1"})
    assert [(one["table_name"], one["record_id"]) for one in found["logs"]] == [
        ("device_teams", "lab1"), ("dev_hosts", "lab1"),
    ]  # fmt: skip
    assert found["pagination"]["total"] == 2
    other = said(web, "GET", "/config-audit", params={"table_name": "dev_hosts", "limit": 2, "page": 2})
    assert ([one["record_id"] for one in other["changes"]], other["pagination"]["pages"]) == (["lab0"], 2)
    assert said(web, "GET", "/audit", params={"operation": "DELETE"})["changes"] == []
    assert said(web, "GET", "/audit", params={"changed_by": "WEBUI", "start_date": "1h"})["pagination"]["total"] == 4
    assert said(web, "GET", "/audit", params={"end_date": "1h"})["pagination"]["total"] == 0
    assert said(web, "GET", "/audit", params={"changed_by": "%"})["pagination"]["total"] == 0


@pytest.mark.parametrize("operation", ["RESTORE", "REINDEXED"], ids=["by mutt restore", "by a hand"])
def test_whatever_the_audit_says_was_done_is_answered_as_the_reference_says(web: Web, operation: str) -> None:
    written = (
        "INSERT INTO audit_logs (changed_by, operation, table_name, record_id, new_values)"
        " VALUES ('jane', %s, 'backup', 'b', '[1, 2]')"
    )
    with web.stores.database() as conn:
        conn.execute(written.encode(), [operation])
    [row] = said(web, "GET", "/audit-logs")["logs"]
    assert (row["operation"], row["new_values"]) == (operation, {"value": [1, 2]})
    described = said(web, "GET", "/openapi.json", key=None)["paths"]["/api/v1/audit-logs"]["get"]["responses"]["200"]
    shape = described["content"]["application/json"]["schema"]["properties"]["logs"]["items"]
    fastjsonschema.validate(shape, row)


def test_a_restore_can_be_asked_for_in_the_audit(web: Web) -> None:
    assert said(web, "GET", "/audit-logs", params={"operation": "RESTORE"})["logs"] == []


def test_without_redis_each_endpoint_that_needs_it_is_a_500_and_the_others_answer(
    web: Web, postgres: PostgresServer, database: str
) -> None:
    gone: Any = SimpleNamespace(socket="/nowhere/redis.sock")
    with web_app(postgres, database, gone) as cut:
        for path in ("/queues", "/queues/ingest", "/dlq", "/metrics", "/slo", "/config"):
            assert said(cut, "GET", path, 500)["code"] == "MUTT-R101", path
        for path in ("/status", "/version", "/events", "/rules", "/teams", "/audit-logs", "/config/history"):
            said(cut, "GET", path)
    del web
