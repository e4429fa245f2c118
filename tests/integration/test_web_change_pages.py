"""Hosts and settings on pages: looked at, changed, refused, taken back by the line that the page names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.webui import Browser, Web

if TYPE_CHECKING:
    import redis


@pytest.fixture
def jane(web: Web) -> Browser:
    made = Browser(web)
    assert made.log_in(web.made_key("operator", "jane")).status_code == 303
    return made


def sent(one: Browser, path: str, **fields: str) -> Any:
    return one.post(path, {"token": one.token, **fields})


def test_a_host_is_added_changed_and_taken_away(web: Web, jane: Browser) -> None:
    done = sent(jane, "/hosts", do="add", host="r1", team="net", env="dev", reason="rack 7")
    page = jane.get(done.headers["location"]).text
    assert '<th scope="row">r1</th><td>net</td><td>dev</td>' in page
    assert "mutt undo op-" in page
    assert web.ask("GET", "/api/v1/teams").json["teams"][0]["hostname"] == "r1"
    sent(jane, "/hosts", do="set", host="r1", team="", env="prod")
    assert '<th scope="row">r1</th><td>net</td><td>prod</td>' in jane.get("/hosts?q=R1").text, "empty: as it is"
    sent(jane, "/hosts", do="set", host="r1", no_team="on")
    assert '<th scope="row">r1</th><td>-</td><td>prod</td>' in jane.get("/hosts").text
    assert sent(jane, "/hosts", do="delete", host="r1").status_code == 400, "it was not marked as meant"
    assert sent(jane, "/hosts", do="delete", host="r1", sure="on").status_code == 303
    assert "0 hosts are known" in jane.get("/hosts").text
    logs = web.ask("GET", "/api/v1/audit-logs?hostname=r1").json["logs"]
    assert {row["changed_by"] for row in logs} == {"jane"}


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [({"do": "add", "host": "two words"}, 400, "spaces"), ({"do": "set", "host": "r9"}, 404, "there is no host"),
     ({"do": "delete", "host": "r9", "sure": "on"}, 404, "there is no host"),
     ({"do": "", "host": "r9"}, 400, "what to do"),
     ({"do": "add", "host": "r1", "env": "moon"}, 400, "env")],
)  # fmt: skip
def test_what_cannot_be_done_with_a_host_comes_back_with_what_was_typed_in(
    jane: Browser, fields: dict[str, str], status: int, told: str
) -> None:
    answer = sent(jane, "/hosts", **{"team": "my-team", **fields})
    assert (answer.status_code, told in answer.text, "my-team" in answer.text) == (status, True, True)


def test_a_setting_is_changed_for_a_time_and_its_history_shown(
    web: Web, jane: Browser, redis_client: redis.Redis
) -> None:
    assert '<a href="/config?key=MOOG_TIMEOUT">' in jane.get("/config?q=moog_t").text
    done = sent(jane, "/config", key="moog_timeout", value="7", reason="slow link", **{"for": "2h"})
    assert done.status_code == 303
    assert redis_client.get("mutt:config:moog_timeout") == b"7"
    page = jane.get(done.headers["location"]).text
    assert "Now <code>7</code>, from dynamic" in page
    assert re.search(r"it goes back by itself in (2h|1h59m)", page)
    (row,) = [one for one in web.ask("GET", "/api/v1/config").json["settings"] if one["key"] == "MOOG_TIMEOUT"]
    assert 7100 < row["returns_in_seconds"] <= 7200
    assert "<td>slow link</td>" in page
    assert "mutt undo op-" in page
    found = web.ask("GET", "/api/v1/config/history").json["history"]
    assert [(one["actor"], one["new"]) for one in found] == [("jane", "7")]


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [({"key": "moog_timeout", "value": "soon"}, 400, "moog_timeout"),
     ({"key": "nonsense", "value": "1"}, 404, "nonsense"),
     ({"key": "moog_timeout", "value": "8", "for": "soon"}, 400, "duration"),
     ({"key": "WEBUI_PORT", "value": "1"}, 409, "restart")],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_and_says_why(
    jane: Browser, fields: dict[str, str], status: int, told: str
) -> None:
    answer = sent(jane, "/config", **fields)
    assert (answer.status_code, told in answer.text) == (status, True)


def test_a_setting_that_needs_a_restart_names_its_command_and_a_secret_is_hidden(jane: Browser) -> None:
    page = jane.get("/config?key=WEBUI_PORT").text
    assert "mutt config set WEBUI_PORT=VALUE" in page
    assert 'name="value"' not in page
    assert "There is no setting nonsense" in jane.get("/config?key=nonsense").text


def test_a_token_in_an_address_is_shown_to_nobody(web: Web, jane: Browser) -> None:
    address = "https://moog.example.net/hook?token=s3cret"
    made = web.ask("PUT", "/api/v1/config/moog_webhook_url", json={"value": address})
    assert (made.status_code, "s3cret" in made.text) == (200, False)
    for path in ("/api/v1/config", "/api/v1/config/history", "/api/v1/audit-logs"):
        assert "s3cret" not in web.ask("GET", path).text, path
    for path in ("/config", "/config?key=MOOG_WEBHOOK_URL", "/audit-logs"):
        assert "s3cret" not in jane.get(path).text, path
    refused = sent(jane, "/config", key="moog_webhook_url", value="https://evil.example/")
    assert (refused.status_code, "role admin" in refused.text) == (403, True), "it says where the key is sent"


def test_a_viewer_looks_and_changes_nothing(web: Web) -> None:
    joe = Browser(web)
    joe.log_in(web.made_key("viewer", "joe"))
    assert 'name="do"' not in joe.get("/hosts").text
    assert 'name="value"' not in joe.get("/config?key=MOOG_TIMEOUT").text
    assert sent(joe, "/hosts", do="add", host="r1").status_code == 403
    assert sent(joe, "/config", key="moog_timeout", value="1").status_code == 403
