"""Rules on pages: added, changed, switched, and two people at once."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from mutt_cli.settings import WebUi
from tests.webui import Browser, Web

RULE = {
    "rule_name": "psu", "pattern": "psu|power", "match_type": "regex", "severity": "major", "priority": "90",
    "team": "", "description": "", "enabled": "on", "reason": "INC-7",
}  # fmt: skip


def visitor(web: Web, role: Any = "operator", name: str = "jane") -> Browser:
    made = Browser(web)
    assert made.log_in(web.made_key(role, name)).status_code == 303
    return made


def sent(one: Browser, path: str, **fields: str) -> Any:
    return one.post(path, {"token": one.token, **fields})


def stored(web: Web) -> dict[str, Any]:
    (rule,) = web.ask("GET", "/api/v1/rules").json["rules"]
    return dict(rule)


def test_a_rule_is_added_by_a_form_and_the_page_says_how_to_take_it_back(web: Web) -> None:
    jane = visitor(web)
    done = sent(jane, "/rules/new", **RULE)
    assert done.status_code == 303
    page = jane.get(done.headers["location"]).text
    made = stored(web)
    assert (made["rule_name"], made["severity"], made["priority"], made["team"]) == ("psu", "major", 90, None)
    (row,) = web.ask("GET", "/api/v1/audit-logs?table_name=alert_rules").json["logs"]
    assert (row["changed_by"], row["reason"]) == ("jane", "INC-7")
    assert f"mutt undo {row['correlation_id']}" in page
    assert 'value="psu"' in page


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"pattern": "("}, "RE2"), ({"priority": "soon"}, "priority"), ({"rule_name": " "}, "it is needed"),
     ({"severity": "loud"}, "it is none of"), ({"reason": "\x07"}, "characters that cannot be printed")],
)  # fmt: skip
def test_what_makes_no_rule_comes_back_with_what_was_typed_in(web: Web, wrong: dict[str, str], told: str) -> None:
    jane = visitor(web)
    answer = sent(jane, "/rules/new", **{**RULE, "description": "my words", **wrong})
    assert (answer.status_code, told in answer.text, "my words" in answer.text) == (400, True, True)
    assert web.ask("GET", "/api/v1/rules").json["rules"] == []


def test_a_name_that_is_taken_is_refused(web: Web) -> None:
    jane = visitor(web)
    sent(jane, "/rules/new", **RULE)
    answer = sent(jane, "/rules/new", **RULE)
    assert (answer.status_code, "named" in answer.text) == (409, True)


def test_of_two_who_edit_at_once_the_second_sees_what_the_first_did(web: Web) -> None:
    jane, joe = visitor(web), visitor(web, name="joe")
    sent(jane, "/rules/new", **RULE)
    first = sent(jane, "/rules/1", version="1", **{**RULE, "priority": "70"})
    assert first.status_code == 303
    late = sent(joe, "/rules/1", version="1", **{**RULE, "severity": "critical"})
    assert (late.status_code, "somebody changed it" in late.text) == (412, True)
    assert '<td class="new free">critical</td><td class="old free">major</td>' in late.text
    assert 'name="priority" required inputmode="numeric" value="70"' in late.text, (
        "what joe left alone is as jane has it"
    )
    assert 'name="version" value="2"' in late.text, "sent again it is a change of what the rule says now"
    assert stored(web)["severity"] == "major"
    again = sent(joe, "/rules/1", version="2", **{**RULE, "severity": "critical", "priority": "70"})
    assert again.status_code == 303
    assert (stored(web)["severity"], stored(web)["priority"]) == ("critical", 70)


def test_where_both_changed_one_field_the_second_sees_both_values_and_keeps_theirs(web: Web) -> None:
    jane, joe = visitor(web), visitor(web, name="joe")
    sent(jane, "/rules/new", **RULE)
    off = {name: value for name, value in RULE.items() if name != "enabled"}
    sent(jane, "/rules/1", version="1", **{**RULE, "priority": "70"})
    late = sent(joe, "/rules/1", version="1", **{**off, "priority": "50"})
    assert '<td class="new free">50</td><td class="old free">70</td>' in late.text
    assert 'inputmode="numeric" value="50"' in late.text
    assert '<input type="checkbox" name="enabled">' in late.text, "a box that joe cleared stays cleared"


def test_a_form_without_a_version_changes_nothing(web: Web) -> None:
    jane = visitor(web)
    sent(jane, "/rules/new", **RULE)
    assert sent(jane, "/rules/1", **{**RULE, "priority": "1"}).status_code == 412
    assert stored(web)["priority"] == 90


def test_what_changes_nothing_leaves_no_trace(web: Web) -> None:
    jane = visitor(web)
    sent(jane, "/rules/new", **RULE)
    done = sent(jane, "/rules/1", version="1", **RULE)
    assert (done.status_code, stored(web)["version"]) == (303, 1)
    assert len(web.ask("GET", "/api/v1/audit-logs?table_name=alert_rules").json["logs"]) == 1


def test_a_rule_is_switched_off_and_on(web: Web) -> None:
    jane = visitor(web)
    sent(jane, "/rules/new", **RULE)
    assert "Switch it off" in jane.get("/rules/1").text
    assert sent(jane, "/rules/1/switch", to="off").status_code == 303
    assert stored(web)["enabled"] is False
    assert "Switch it on" in jane.get("/rules/1").text
    sent(jane, "/rules/1/switch", to="on")
    assert stored(web)["enabled"] is True


@pytest.mark.parametrize("path", ["/rules/new", "/rules/1", "/rules/1/switch"])
def test_a_viewer_changes_nothing(web: Web, path: str) -> None:
    sent(visitor(web), "/rules/new", **RULE)
    joe = visitor(web, "viewer", "joe")
    assert sent(joe, path, version="1", to="off", **{**RULE, "rule_name": "x"}).status_code == 403
    assert (stored(web)["rule_name"], stored(web)["enabled"]) == ("psu", True)
    assert "changes nothing" in joe.get("/rules/1").text
    assert "New rule" not in joe.get("/rules").text


def test_where_all_is_read_only_nothing_is_offered_and_every_change_refused(web: Web) -> None:
    jane = visitor(web)
    sent(jane, "/rules/new", **RULE)
    object.__setattr__(web.place.runtime.settings, "webui", WebUi(read_only=True))
    assert "Change it" not in jane.get("/rules/1").text
    refused = sent(jane, "/rules/1", version="1", **{**RULE, "priority": "1"})
    assert (refused.status_code, "read-only" in refused.text) == (403, True)
    calls = (("PATCH", "/rules/1", {"priority": 1}), ("PUT", "/config/moog_timeout", {"value": 1}),
             ("POST", "/dev-hosts", {"hostname": "h"}))  # fmt: skip
    for method, path, body in calls:
        assert web.ask(method, f"/api/v1{path}", json=body).status_code == 403, path
    assert web.ask("DELETE", "/api/v1/rules/1").status_code == 403
    assert stored(web)["priority"] == 90


def test_without_a_session_or_a_token_nothing_is_changed(web: Web) -> None:
    jane = visitor(web)
    sent(jane, "/rules/new", **RULE)
    assert jane.post("/rules/1", {"version": "1", **RULE, "priority": "1"}).status_code == 403
    nobody = Browser(web).post("/rules/1", {"version": "1", **RULE, "priority": "1"})
    assert (nobody.status_code, 'name="key"' in nobody.text) == (200, True)
    assert stored(web)["priority"] == 90


def test_what_a_form_shows_it_sends_back_unchanged(web: Web) -> None:
    odd = {"pattern": "a\tb\u200b", "match_type": "contains", "description": "first\r\nsecond"}
    jane = visitor(web)
    assert sent(jane, "/rules/new", **{**RULE, **odd}).status_code == 303
    made = stored(web)
    assert (made["pattern"], made["description"]) == ("a\tb\u200b", "first\nsecond")
    text = html.unescape(jane.get("/rules/1").text)
    assert "a\tb\u200b</textarea>" in text
    assert "first\nsecond</textarea>" in text


def test_a_rule_that_is_not_there_is_a_page_that_says_so(web: Web) -> None:
    jane = visitor(web)
    answer = jane.get("/rules/99")
    assert (answer.status_code, "there is no rule 99" in answer.text, "<html" in answer.text) == (404, True, True)
    assert "jane <small>operator</small>" in answer.text, "whoever is in stays in"
    assert jane.get("/rules/x").status_code == 404


def test_only_a_number_of_an_operation_is_shown_as_one(web: Web) -> None:
    jane = visitor(web)
    sent(jane, "/rules/new", **RULE)
    assert "mutt undo" not in jane.get("/rules/1?done=op-1234567;reboot").text
    assert "mutt undo op-7K2M9Q" in jane.get("/rules/1?done=op-7K2M9Q").text


def test_whose_session_has_ended_sends_what_they_typed_after_they_are_in_again(web: Web) -> None:
    jane = visitor(web)
    token = jane.token
    jane.cookies.clear()
    met = jane.post("/rules/new", {"token": token, **RULE, "description": "<b>first</b>\nsecond"})
    assert "What you typed in is kept" in met.text
    wrong = jane.post("/login", {**hidden(met.text), "key": "x"})
    assert (wrong.status_code, hidden(wrong.text)) == (403, hidden(met.text)), "a wrong key loses nothing either"
    shown = jane.post("/login", {**hidden(met.text), "key": web.made_key("operator", "jill")})
    assert (shown.status_code, "This was not sent yet" in shown.text, "&lt;b&gt;" in shown.text) == (200, True, True)
    assert web.ask("GET", "/api/v1/rules").json["rules"] == [], "nobody has agreed to it yet"
    again = re.findall(r'<textarea hidden name="(\w+)">\n(.*?)</textarea>', shown.text, re.DOTALL)
    fields = {name: html.unescape(text) for name, text in again}
    assert sent(jane, "/rules/new", **fields).status_code == 303
    made = stored(web)
    assert (made["rule_name"], made["description"]) == ("psu", "<b>first</b>\nsecond")


def test_a_form_of_somebody_else_that_meets_the_door_is_not_offered_again(web: Web) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        met = Browser(web).post("/rules/new", RULE, **headers)
        assert ('name="key"' in met.text, 'name="kept"' in met.text) == (True, False)


def hidden(page: str) -> dict[str, str]:
    """The fields of the login form that nobody sees."""
    form = page.partition('action="/login"')[2]
    found = re.findall(r'<input type="hidden" name="(target|kept)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found}
