"""What the web UI does with changes, with mistakes, with hostile text, and while its stores are away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from mutt_cli.keys import Keys
from tests.webui import Web, web_app

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.redis_client import Client
    from tests.servers import PostgresServer

NOISY = {"rule_name": "noisy", "pattern": "flap", "severity": "minor", "priority": 50}
MARKUP = "<script>alert(1)</script>\"'{{7*7}}&"


def add(web: Web, **more: Any) -> str:
    """A rule's address."""
    made = web.ask("POST", "/api/v1/rules", json={**NOISY, **more})
    assert made.status_code == 201, made.text
    return f"/api/v1/rules/{made.json['id']}"


def rules(web: Web) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = web.ask("GET", "/api/v1/rules").json["rules"]
    return found


def audited(web: Web) -> list[tuple[str, str | None]]:
    """Operation and reason, the oldest first."""
    rows = web.ask("GET", "/api/v1/audit-logs").json["logs"]
    return [(row["operation"], row["reason"]) for row in reversed(rows)]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_touches_only_the_fields_it_names(web: Web, method: str) -> None:
    where = add(web, description="as it was")
    changed = web.ask(method, where, json={"enabled": False, "severity": None, "reason": "night"})
    assert changed.status_code == 200
    assert changed.headers["etag"] == '"2"'
    assert changed.json["rule"].items() >= {
        **NOISY, "description": "as it was", "enabled": False, "severity": None, "version": 2,
    }.items()  # fmt: skip
    assert audited(web) == [("CREATE", None), ("UPDATE", "night")]


def test_a_removed_rule_is_gone_and_its_story_stays(web: Web) -> None:
    where = add(web)
    assert web.ask("DELETE", where, params={"reason": "never used"}).status_code == 200
    assert web.ask("GET", where).status_code == 404
    assert web.ask("DELETE", where).json["code"] == "MUTT-P301"
    assert audited(web) == [("CREATE", None), ("DELETE", "never used")]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("tag", ['"1"', '"3"', "2", "junk", '"2", "3"', 'W/"2"'])
def test_a_change_based_on_another_version_is_refused(web: Web, method: str, tag: str) -> None:
    where = add(web)
    web.ask("PATCH", where, json={"priority": 60})
    body: dict[str, Any] = {} if method == "DELETE" else {"json": {"priority": 70}}
    refused = web.ask(method, where, headers={"If-Match": tag}, **body)
    assert (refused.status_code, refused.json["code"]) == (412, "MUTT-P303")
    assert [rule["priority"] for rule in rules(web)] == [60]
    assert web.ask(method, where, headers={"If-Match": '"2"'}, **body).status_code == 200


@pytest.mark.parametrize(("expecting", "status"), [({}, 409), ({"If-Match": '"1"'}, 412)])
def test_a_rule_that_changes_while_it_is_judged_is_not_changed_unseen(
    web: Web, monkeypatch: pytest.MonkeyPatch, expecting: dict[str, str], status: int
) -> None:
    """Between reading the rule and writing it, somebody else makes plain text of it: the pattern was judged as such."""
    where = add(web)
    from mutt_cli.ops import rule_plans as ops

    def judge(*_: object) -> None:
        monkeypatch.setattr(ops, "trouble_with", lambda *_: None)
        assert web.ask("PATCH", where, json={"match_type": "contains"}).status_code == 200

    monkeypatch.setattr(ops, "trouble_with", judge)
    refused = web.ask("PATCH", where, json={"priority": 1}, headers=expecting)
    assert (refused.status_code, refused.json["code"]) == (status, "MUTT-P303")


def test_each_change_is_announced_with_the_revision_it_made_and_a_refusal_is_not(
    web: Web, redis_client: Client
) -> None:
    channel = redis_client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    channel.subscribe(Keys().rules_updates)
    assert channel.get_message(timeout=5) is None  # the subscription itself
    where = add(web)
    web.ask("PATCH", where, json={"priority": 1})
    web.ask("PATCH", where, json={"pattern": "("})
    web.ask("DELETE", where)
    heard = [channel.get_message(timeout=5)["data"] for _ in range(3)]
    assert heard == [b"2", b"3", b"4"]
    assert channel.get_message() is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**NOISY, "pattern": "("}, "pattern"),
        ({**NOISY, "pattern": "a(?=b)"}, "pattern"),
        ({**NOISY, "severity": "loud"}, "severity"),
        ({**NOISY, "team": "net", "device_team_id": 1}, "team"),
        ({**NOISY, "team": " "}, "team"),
        ({**NOISY, "id": 1}, "id"),
        ({"pattern": "x"}, "rule_name"),
        ({"rule_name": "x"}, "pattern"),
    ],
)
def test_a_bad_rule_is_refused_with_the_field_and_nothing_is_stored(web: Web, body: dict[str, Any], field: str) -> None:
    answer = web.ask("POST", "/api/v1/rules", json=body, headers={"X-Correlation-ID": "c-1"})
    assert answer.status_code == 400
    assert list(answer.json["fields"]) == [field]
    assert (answer.json["status"], answer.json["correlation_id"]) == ("error", "c-1")
    assert answer.json["code"].startswith("MUTT-")
    assert answer.json["message"]
    assert (rules(web), audited(web)) == ([], [])


def test_a_team_takes_the_place_of_a_team_id(web: Web) -> None:
    where = add(web, device_team_id=7)
    assert web.ask("PATCH", where, json={"team": "ops"}).json["rule"]["team"] == "ops"
    assert web.ask("GET", where).json["rule"]["device_team_id"] is None
    assert web.ask("PATCH", where, json={"team": None}).json["rule"]["team"] is None


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b'{"a":' * 5000])
def test_a_body_that_is_no_object_is_refused(web: Web, body: bytes) -> None:
    answer = web.ask("POST", "/api/v1/rules", body=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (400, "MUTT-W400")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_only_json_is_read_so_that_no_form_of_another_site_is(web: Web, kind: str) -> None:
    answer = web.ask("POST", "/api/v1/rules", body=json.dumps(NOISY), headers={"Content-Type": kind})
    assert (answer.status_code, answer.json["code"]) == (415, "MUTT-W415")


def test_an_empty_change_and_a_bad_reason_are_refused(web: Web) -> None:
    where = add(web)
    assert web.ask("PATCH", where, json={}).json["code"] == "MUTT-P302"
    assert list(web.ask("DELETE", where, params={"reason": "\x07"}).json["fields"]) == ["reason"]
    assert list(web.ask("PATCH", where, json={"priority": 1, "reason": "\x07"}).json["fields"]) == ["reason"]
    assert len(rules(web)) == 1


@pytest.mark.parametrize("where", ["/api/v1/rules/0", "/api/v1/rules/x", "/api/v1/rules/9223372036854775808", "/none"])
def test_what_is_not_there_is_a_404_in_json(web: Web, where: str) -> None:
    answer = web.ask("GET", where)
    assert (answer.status_code, answer.json["code"]) == (404, "MUTT-W404")


def test_markup_in_a_rule_is_text_in_every_answer_and_in_no_page(web: Web) -> None:
    where = add(web, rule_name=MARKUP, pattern=f"x{MARKUP[:4]}", description=MARKUP)
    web.ask("DELETE", where, params={"reason": MARKUP})
    add(web, rule_name=MARKUP)
    for path in (where, "/api/v1/rules", "/api/v1/audit-logs", f"/{MARKUP}", f"/api/v1/rules?{MARKUP}"):
        answer = web.ask("GET", path)
        assert answer.headers["content-type"].startswith("application/json"), path
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert rules(web)[0]["rule_name"] == MARKUP
    for path in ("/", "/rules", "/audit-logs"):
        assert "alert(1)" not in web.ask("GET", path).text


@pytest.mark.parametrize("path", ["/", "/health", "/metrics", "/api/v1/rules", "/none"])
@pytest.mark.parametrize("key", [None, "web-key"])
def test_every_answer_has_the_headers_that_bind_a_browser(web: Web, path: str, key: str | None) -> None:
    headers = web.ask("GET", path, key=key).headers
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_a_correlation_id_that_is_none_is_replaced(web: Web) -> None:
    given = "x" * 129
    assert web.ask("GET", "/health", headers={"X-Correlation-ID": given}).headers["x-correlation-id"] != given


def test_a_change_whose_audit_row_cannot_be_written_does_not_happen(web: Web) -> None:
    with web.stores.database() as conn:
        conn.execute("ALTER TABLE audit_logs ADD CONSTRAINT closed CHECK (id < 0) NOT VALID")
    assert web.ask("POST", "/api/v1/rules", json=NOISY).status_code >= 400
    assert rules(web) == []


def test_a_lock_that_somebody_holds_costs_a_request_and_no_thread(
    web: Web, postgres: PostgresServer, database: str
) -> None:
    with psycopg.connect(postgres.dsn_for(database)) as other:
        other.execute("LOCK TABLE alert_rules")
        answer = web.ask("POST", "/api/v1/rules", json=NOISY)
    assert (answer.status_code, answer.json["code"]) == (500, "MUTT-P104")
    add(web)


def test_an_unmigrated_database_is_a_500_whose_details_stay_in_the_log(
    postgres: PostgresServer, database: str, valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    with web_app(postgres, database, valkey) as web:
        answer = web.ask("GET", "/api/v1/rules", headers={"X-Correlation-ID": "c-9"})
    assert (answer.status_code, answer.json["code"]) == (500, "MUTT-P105")
    assert "alert_rules" not in answer.text
    (failed,) = [line for line in caplog.records if "failed" in line.getMessage()]
    assert "alert_rules" in failed.getMessage()
    assert vars(failed)["correlation_id"] == "c-9"


def test_an_error_that_nobody_foresaw_is_a_500_without_a_trace(
    web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from mutt_cli.ops import rules as ops

    monkeypatch.setattr(ops, "listing", lambda _: 1 / 0)
    answer = web.ask("GET", "/api/v1/rules")
    assert (answer.status_code, answer.json["code"]) == (500, "MUTT-X001")
    assert "zero" not in answer.text.lower()
    assert any(line.exc_info for line in caplog.records)


def test_a_change_stands_while_redis_is_away_and_health_says_so(
    postgres: PostgresServer, database: str, valkey: Valkey, web: Web
) -> None:
    gone = replace_socket(valkey)
    with web_app(postgres, database, gone) as cut:
        assert cut.ask("POST", "/api/v1/rules", json=NOISY).status_code == 201
        health, page = cut.ask("GET", "/health"), cut.ask("GET", "/")
    assert (health.status_code, health.text) == (503, '{"status": "unhealthy", "redis": "error", "postgres": "ok"}')
    assert (page.status_code, "Redis cannot be reached" in page.text) == (500, True)
    assert len(rules(web)) == 1


def replace_socket(valkey: Valkey) -> Any:
    """A server that is not there."""
    from types import SimpleNamespace

    return SimpleNamespace(socket=valkey.socket.parent / "gone.sock")


def test_every_request_is_one_line_with_method_status_and_whole_milliseconds(
    web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "mutt.webui")
    web.ask("GET", "/api/v1/rules", params={"api_key": "in-the-address"})
    web.ask("DELETE", "/api/v1/rules/1", key="not-ours")
    lines = [line.getMessage() for line in caplog.records if line.name == "mutt.webui"]
    assert [line.rsplit(" ", 1)[0] for line in lines[:1]] == ["GET /api/v1/rules 400"]
    assert lines[0].split()[-1].removesuffix("ms").isdigit()
    assert lines[1].startswith("DELETE /api/v1/rules/1 401 ")
    assert not [line for line in caplog.records if "in-the-address" in str(vars(line)) or "not-ours" in str(vars(line))]


def test_requests_to_the_api_are_counted_by_endpoint_and_kind_of_answer(web: Web) -> None:
    add(web)
    web.ask("POST", "/api/v2/rules", json={})
    web.ask("GET", "/api/v1/rules", key=None)
    page = web.ask("GET", "/metrics").text
    assert 'mutt_webui_api_requests_total{endpoint="rules",status="2xx"} 1\n' in page
    assert 'mutt_webui_api_requests_total{endpoint="rules",status="4xx"} 2\n' in page
    assert 'mutt_webui_api_latency_seconds_count{endpoint="rules"} 3\n' in page
    assert 'mutt_webui_api_requests_total{endpoint="audit_logs",status="5xx"} 0\n' in page


def test_pool_gauges_show_what_is_in_use(web: Web) -> None:
    with web.stores.database(), web.stores.redis():
        page = web.ask("GET", "/metrics").text
    assert "mutt_webui_db_pool_in_use 1\n" in page
    assert "mutt_webui_redis_pool_in_use 1\n" in page
