"""A protected deployment on the web: a red head, a reason for every change, its name typed before letters are sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.keys import Keys
from mutt_cli.settings import WebUi
from tests.webui import Browser, Web

if TYPE_CHECKING:
    import redis

KEYS = Keys()
RULE = {"rule_name": "psu", "pattern": "psu"}


@pytest.fixture
def guarded(web: Web) -> Web:
    """The web UI of the deployment `emea`, which has one rule."""
    web.ask("POST", "/api/v1/rules", json=RULE)
    object.__setattr__(web.place.runtime.settings, "webui", WebUi(protected="emea"))
    return web


@pytest.fixture
def jane(guarded: Web) -> Browser:
    made = Browser(guarded)
    assert made.log_in(guarded.made_key("operator", "jane")).status_code == 303
    return made


def test_every_page_says_where_one_is(guarded: Web, jane: Browser) -> None:
    for path in ("/", "/rules", "/audit-logs"):
        assert '<header class="protected">' in jane.get(path).text
        assert "<strong>PROD emea</strong>" in jane.get(path).text
    object.__setattr__(guarded.place.runtime.settings, "webui", WebUi())
    assert "PROD" not in jane.get("/").text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/rules", {"rule_name": "fan", "pattern": "fan"}), ("PATCH", "/rules/1", {"priority": 7}),
        ("PUT", "/config/moog_timeout", {"value": 7}), ("POST", "/dev-hosts", {"hostname": "lab1"}),
    ],
)  # fmt: skip
def test_a_change_by_the_api_needs_a_reason(guarded: Web, method: str, path: str, body: dict[str, Any]) -> None:
    refused = guarded.ask(method, f"/api/v1{path}", json=body)
    assert (refused.status_code, list(refused.json["fields"])) == (400, ["reason"])
    assert guarded.ask(method, f"/api/v1{path}", json={**body, "reason": "INC-7"}).status_code in {200, 201}


def test_a_change_by_a_form_needs_a_reason_and_what_was_typed_stays(guarded: Web, jane: Browser) -> None:
    form = {"token": jane.token, "version": "1", **RULE, "pattern": "power", "match_type": "regex", "priority": "100"}
    refused = jane.post("/rules/1", form)
    assert (refused.status_code, "emea is protected: say why" in refused.text, "power" in refused.text) == (
        400,
        True,
        True,
    )
    assert 'name="reason" maxlength="4000" required' in refused.text
    assert jane.post("/rules/1", {**form, "reason": "INC-7"}).status_code == 303


def test_destroying_and_sending_again_need_the_name_of_the_deployment(
    guarded: Web, jane: Browser, redis_client: redis.Redis
) -> None:
    refused = guarded.ask("DELETE", "/api/v1/rules/1", params={"reason": "x", "confirm": "apac"})
    assert (refused.status_code, list(refused.json["fields"])) == (400, ["confirm"])
    assert guarded.ask("DELETE", "/api/v1/rules/1", params={"reason": "x", "confirm": "emea"}).status_code == 200
    redis_client.lpush(KEYS.dlq_alerter, json.dumps({"event_id": "e-1234567", "message": "m", "_dlq": {"reason": "x"}}))
    (letter,) = guarded.ask("GET", "/api/v1/dlq").json["items"]
    asked = {"token": jane.token, "id": letter["payload_hash"]}
    assert 'name="confirm" required' in jane.post("/dlq/replay", asked).text, "to look at the plan needs nothing"
    agreed = {**asked, "agreed": "yes", "reason": "mended"}
    assert jane.post("/dlq/replay", agreed).status_code == 400
    assert redis_client.llen(KEYS.dlq_alerter) == 1
    assert jane.post("/dlq/replay", {**agreed, "confirm": "emea"}).status_code == 303
    assert redis_client.llen(KEYS.dlq_alerter) == 0
