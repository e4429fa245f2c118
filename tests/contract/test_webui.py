"""The web UI's endpoints as the guides call them, and that no route is open by mistake."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from falcon import inspect

from mutt_cli.adapters.migrations import migrate
from tests.stack import API_KEY, WEB_KEY
from tests.webui import NEXT_KEY, Web, web_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.core.access import Role
    from tests.servers import PostgresServer

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
RULE_PAGE = "/rules/{rule_id:int(min=1, max=9223372036854775807)}"
PAGES = (
    "/", "/queues", "/queues/{queue}", "/dlq", "/dlq/{letter}", "/events", "/trace/{event}", "/rules", "/rules/new",
    "/rules/test", RULE_PAGE, "/hosts", "/config", "/audit-logs", "/audit-logs.csv",
    "/operations/{operation}", "/help", "/login",
)  # fmt: skip
FORMS = ("/login", "/logout", "/theme")
OPEN = {("GET", path) for path in (*PAGES, "/health", "/metrics")}
OPEN |= {("GET", f"/api/{version}/{name}") for version in ("v1", "v2") for name in ("version", "openapi.json")}
OPEN |= {("HEAD", path) for _, path in OPEN}
OTHERWISE = {
    **{("POST", path): 415 for path in FORMS},
    **{
        ("POST", path): 200
        for path in ("/rules/new", "/rules/test", RULE_PAGE, f"{RULE_PAGE}/switch", "/dlq/replay", "/hosts", "/config")
    },
    **{(method, "/static/{digest}/{name}"): 404 for method in ("GET", "HEAD")},
    **{(method, "/fragment/overview"): 401 for method in ("GET", "HEAD")},
}
"""Open as far as a key goes: forms that are none, those of a page that wants a session and shows the door, a file that
is none, a part of a page without a session."""
RULE = "/api/v1/rules/{rule_id:int(min=1, max=9223372036854775807)}"
TEAM, DEV_HOST = "/api/v1/teams/{hostname}", "/api/v1/dev-hosts/{hostname}"
LEAST: dict[tuple[str, str], Role] = {
    ("GET", "/api/v1/rules"): "viewer",
    ("POST", "/api/v1/rules"): "operator",
    ("GET", RULE): "viewer",
    ("PUT", RULE): "operator",
    ("PATCH", RULE): "operator",
    ("DELETE", RULE): "admin",
    ("GET", f"{RULE}/history"): "viewer",
    ("GET", "/api/v1/teams"): "viewer",
    ("POST", "/api/v1/teams"): "operator",
    ("PUT", TEAM): "operator",
    ("DELETE", TEAM): "operator",
    ("GET", "/api/v1/dev-hosts"): "viewer",
    ("POST", "/api/v1/dev-hosts"): "operator",
    ("DELETE", DEV_HOST): "operator",
    ("GET", "/api/v1/audit-logs"): "viewer",
    ("GET", "/api/v1/config-audit"): "viewer",
    ("GET", "/api/v1/audit"): "viewer",
    ("GET", "/api/v1/config"): "viewer",
    ("PUT", "/api/v1/config/{key}"): "operator",
    ("GET", "/api/v1/config/history"): "viewer",
    ("GET", "/api/v1/status"): "viewer",
    ("GET", "/api/v1/slo"): "viewer",
    ("GET", "/api/v1/metrics"): "viewer",
    ("GET", "/api/v1/queues"): "viewer",
    ("GET", "/api/v1/queues/{queue}"): "viewer",
    ("GET", "/api/v1/queues/{queue}/messages"): "viewer",
    ("GET", "/api/v1/dlq"): "viewer",
    ("GET", "/api/v1/dlq/{letter}"): "viewer",
    ("POST", "/api/v1/dlq/replay"): "operator",
    ("GET", "/api/v1/events"): "viewer",
    ("GET", "/api/v1/events/{event}"): "viewer",
    ("GET", "/api/v1/trace/{event}"): "viewer",
}
LEAST |= {("HEAD", path): role for (method, path), role in LEAST.items() if method == "GET"}
LEAST |= {(method, path.replace("/v1/", "/v2/")): role for (method, path), role in LEAST.items()}
RANKS: tuple[Role, ...] = ("viewer", "operator", "admin")

# SO:792-801 and SO:1570-1581.
GUIDE_RULES = (
    {
        "rule_name": "disk_full", "pattern": ".*disk.*full.*", "severity": "critical", "priority": 100, "enabled": True,
    },
    {
        "rule_name": "cpu_high", "pattern": ".*CPU.*threshold.*exceeded.*", "severity": "warning", "priority": 50,
        "enabled": True, "description": "CPU threshold exceeded alert", "device_team_id": 1,
    },
)  # fmt: skip


@pytest.fixture
def web(postgres: PostgresServer, database: str, valkey: Valkey, redis_client: object) -> Iterator[Web]:
    """The app on a migrated database without rules."""
    with web_app(postgres, database, valkey) as made:
        with made.stores.database() as conn:
            migrate(conn)
        yield made


def routes(web: Web) -> list[str]:
    """Every route of the router."""
    return [route.path for route in inspect.inspect_app(web.app).routes]


def url(route: str) -> str:
    """A route with something in the place of its parameter."""
    return re.sub(r"\{.*?\}", "1", route)


def test_every_route_is_one_that_this_page_knows(web: Web) -> None:
    assert set(routes(web)) == {path for _, path in {*OPEN, *OTHERWISE, *LEAST}}


@pytest.mark.parametrize("key", [None, "", "wrong", API_KEY, WEB_KEY + "x", WEB_KEY.upper()])
def test_without_a_key_of_the_web_ui_only_open_routes_answer(web: Web, key: str | None) -> None:
    for number, path in enumerate(routes(web)):
        for method in METHODS:  # from many addresses: wrong keys of one are counted
            answer = web.ask(method, url(path), key=key, remote_addr=f"10.0.0.{number}")
            known = OTHERWISE.get((method, path), 200 if (method, path) in OPEN else 401)
            assert answer.status_code == known, (method, path)


@pytest.mark.parametrize("role", RANKS)
def test_a_role_may_what_the_matrix_says_and_nothing_else(web: Web, role: Role) -> None:
    key = web.made_key(role)
    for path in routes(web):
        for method in METHODS:
            status = web.ask(method, url(path), key=key).status_code
            needed = LEAST.get((method, path))
            if (method, path) in OTHERWISE:
                assert status == OTHERWISE[method, path], (method, path)
            elif (method, path) in OPEN:
                assert status == 200, (method, path)
            elif needed is None:
                assert status == 405, (method, path)
                assert web.ask(method, url(path), key=key).headers["allow"], (method, path)
            elif RANKS.index(role) < RANKS.index(needed):
                assert status == 403, (method, path)
            else:
                assert status not in {401, 403, 405, 500}, (method, path)


def test_a_new_route_without_a_policy_is_served_to_nobody(web: Web) -> None:
    class Forgotten:
        def on_get(self, _req: object, resp: Any) -> None:
            resp.text = "secret"

    web.app.add_route("/forgotten", Forgotten())
    assert web.ask("GET", "/forgotten", key=None).status_code == 401
    assert web.ask("GET", "/forgotten").status_code == 405


def test_both_keys_are_valid_during_a_rotation_and_the_audit_log_tells_them_apart(web: Web) -> None:
    for key, rule in zip((WEB_KEY, NEXT_KEY), GUIDE_RULES, strict=True):
        assert web.ask("POST", "/api/v1/rules", key=key, json=rule).status_code == 201
    logs = web.ask("GET", "/api/v1/audit-logs").json["logs"]
    assert [row["changed_by"] for row in logs] == ["WEBUI_API_KEY_NEXT", "WEBUI_API_KEY"]


def test_a_key_in_the_address_opens_nothing(web: Web) -> None:
    assert web.ask("GET", "/api/v1/rules", key=None, params={"api_key": WEB_KEY}).status_code == 401
    assert web.ask("GET", "/api/v1/rules", params={"api_key": WEB_KEY}).status_code == 400


def test_health_is_the_documented_body(web: Web) -> None:
    answer = web.ask("GET", "/health", key=None)
    assert (answer.status_code, answer.text) == (200, '{"status": "healthy", "redis": "ok", "postgres": "ok"}')


@pytest.mark.parametrize("path", ["/", "/rules", "/audit-logs"])
def test_pages_answer_without_a_key_and_show_no_data(web: Web, path: str) -> None:
    assert web.ask("POST", "/api/v1/rules", json=GUIDE_RULES[0]).status_code == 201
    head, body = web.ask("HEAD", path, key=None), web.ask("GET", path, key=None)
    assert (head.status_code, body.status_code, head.text) == (200, 200, "")
    assert body.headers["content-type"].startswith("text/html")
    assert "disk_full" not in body.text
    assert 'name="key"' in body.text


def test_metrics_are_grepped_for_pool(web: Web) -> None:
    lines = web.ask("GET", "/metrics", key=None).text.splitlines()
    assert "mutt_webui_db_pool_in_use 0" in lines
    assert "mutt_webui_redis_pool_in_use 0" in lines


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("rule", GUIDE_RULES, ids=lambda rule: rule["rule_name"])
def test_the_guides_rule_is_created_listed_and_shown(web: Web, rule: dict[str, Any], version: str) -> None:
    made = web.ask("POST", f"/api/{version}/rules", json=rule)
    assert made.status_code == 201
    assert made.json["message"] == "Rule created successfully"
    where = f"/api/{version}/rules/{made.json['id']}"
    assert made.headers["location"] == where
    assert made.json["rule"].items() >= rule.items()
    assert web.ask("GET", f"/api/{version}/rules").json == {"rules": [made.json["rule"]]}
    shown = web.ask("GET", where)
    assert (shown.json, shown.headers["etag"]) == ({"rule": made.json["rule"]}, '"1"')


def test_rules_are_listed_in_the_order_in_which_they_are_tried(web: Web) -> None:
    for number, priority in enumerate((10, 90, 90)):
        rule = {"rule_name": f"r{number}", "pattern": "x", "priority": priority}
        assert web.ask("POST", "/api/v1/rules/", json=rule).status_code == 201
    assert [rule["rule_name"] for rule in web.ask("GET", "/api/v1/rules").json["rules"]] == ["r1", "r2", "r0"]


def test_the_guides_page_of_the_audit_log(web: Web) -> None:
    body = json.dumps({**GUIDE_RULES[0], "reason": "disks fill up"})
    headers = {"X-Correlation-ID": "change-17", "Content-Type": "application/json; charset=utf-8"}
    made = web.ask("POST", "/api/v1/rules", body=body, headers=headers)
    assert made.headers["x-correlation-id"] == "change-17"
    answer = web.ask("GET", "/api/v1/audit-logs?limit=50&offset=0")
    (row,) = answer.json["logs"]
    assert row["timestamp"].endswith("Z")
    assert row["new_values"]["rule_name"] == "disk_full"
    told = {name: row[name] for name in ("changed_by", "operation", "table_name", "record_id", "reason")}
    assert told == {
        "changed_by": "WEBUI_API_KEY", "operation": "CREATE", "table_name": "alert_rules",
        "record_id": str(made.json["id"]), "reason": "disks fill up",
    }  # fmt: skip
    assert (row["correlation_id"], row["old_values"]) == (made.json["operation"], None)
    with web.stores.database() as conn:
        kept = conn.execute(b"SELECT plan ->> 'correlation_id' FROM operations").fetchall()
    assert kept == [("change-17",)], "the journal knows the request"
    assert answer.json["pagination"] == {"page": 1, "limit": 50, "offset": 0, "total": 1, "pages": 1}


@pytest.mark.parametrize(
    ("query", "names", "place"),
    [
        ("limit=2", ["r4", "r3"], {"page": 1, "limit": 2, "offset": 0, "total": 5, "pages": 3}),
        ("limit=2&page=3", ["r0"], {"page": 3, "limit": 2, "offset": 4, "total": 5, "pages": 3}),
        ("limit=2&offset=3", ["r1", "r0"], {"page": 2, "limit": 2, "offset": 3, "total": 5, "pages": 3}),
        ("page=2", [], {"page": 2, "limit": 50, "offset": 50, "total": 5, "pages": 1}),
    ],
)
def test_pages_of_the_audit_log_in_both_styles(web: Web, query: str, names: list[str], place: dict[str, int]) -> None:
    for number in range(5):
        web.ask("POST", "/api/v1/rules", json={"rule_name": f"r{number}", "pattern": "x"})
    answer = web.ask("GET", f"/api/v1/audit-logs?{query}")
    assert [row["new_values"]["rule_name"] for row in answer.json["logs"]] == names
    assert answer.json["pagination"] == place


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("limit=1&limit=2", "limit"),
        ("offset=-1", "offset"), ("offset=99999999999", "offset"), ("page=0", "page"), ("page=1&offset=0", "page"),
        ("hostname=r1&rule_id=1", "hostname"), ("colour=red", "colour"), ("operation=burn", "operation"),
        ("start_date=soon", "start_date"), ("changed_by=%00", "changed_by"), ("limit=%D9%A3", "limit"),
    ],
)  # fmt: skip
def test_a_parameter_that_makes_no_sense_is_named(web: Web, query: str, name: str) -> None:
    answer = web.ask("GET", f"/api/v1/audit-logs?{query}")
    assert (answer.status_code, list(answer.json["fields"])) == (400, [name])
