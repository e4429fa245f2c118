"""Rules tried on a page: on a message, on an event that happened, and one that is not saved yet on the last day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from mutt_cli.adapters import history
from mutt_cli.adapters.clock import now_ms
from mutt_cli.keys import Keys
from tests.integration.test_history import entry, event
from tests.webui import Browser, Web

if TYPE_CHECKING:
    import redis

MESSAGE = "%LINK-3-UPDOWN: Gi0/1 <b>down</b>"
DRAFT = {
    "rule_name": "gi", "pattern": "gi0/\\d+", "match_type": "regex", "severity": "major", "priority": "500",
    "team": "", "description": "", "enabled": "on", "reason": "",
}  # fmt: skip


@pytest.fixture
def rules(web: Web) -> dict[str, int]:
    """Ids by name."""
    made = (("link", "LINK", 90), ("any", ".*", 5), ("off", "UPDOWN", 99))
    ids = {}
    for name, pattern, rank in made:
        fields = {"rule_name": name, "pattern": pattern, "priority": rank}
        ids[name] = int(web.ask("POST", "/api/v1/rules", json=fields).json["id"])
    web.ask("PATCH", f"/api/v1/rules/{ids['off']}", json={"enabled": False})
    web.ask("POST", "/api/v1/teams", json={"hostname": "core-sw1", "team_assignment": "CORE"})
    return ids


def visitor(web: Web, role: Any = "viewer") -> Browser:
    made = Browser(web)
    assert made.log_in(web.made_key(role, f"a {role}")).status_code == 303
    return made


def asked(one: Browser, **words: str) -> Any:
    return one.get(f"/rules/test?{urlencode(words)}")


def tried(one: Browser, **fields: str) -> Any:
    return one.post("/rules/test", {"token": one.token, **DRAFT, **fields})


def past(web: Web, *decided: tuple[int | None, str]) -> None:
    """Events of the last minutes: the rule that won, and the message."""
    records = [
        event(
            number, now_ms(), outcome="alerted" if rule else "unhandled", rule_id=rule, hostname=f"r{number}",
            payload=json.dumps({"message": message}).encode(),
        )
        for number, (rule, message) in enumerate(decided, 1)
    ]  # fmt: skip
    with web.stores.database() as conn:
        history.store(conn, [entry(*records, at_ms=now_ms())])


def test_a_message_names_the_winner_the_losers_and_where_its_values_come_from(web: Web, rules: dict[str, int]) -> None:
    page = asked(visitor(web), message=MESSAGE, host="core-sw1").text
    assert "It becomes an alert" in page
    assert f'Won by <a href="/rules/{rules["link"]}">link</a>' in page
    assert (
        f'<a href="/rules/{rules["any"]}">any</a> <small>priority 5</small> matches too, has a lower priority' in page
    )
    assert "CORE <small>from host</small>" in page
    assert "&lt;b&gt;down&lt;/b&gt;" in page


def test_the_page_knows_a_rule_as_soon_as_it_is_changed(web: Web, rules: dict[str, int]) -> None:
    joe = visitor(web)
    assert "Won by" in asked(joe, message=MESSAGE).text
    for name in ("link", "any"):
        web.ask("PATCH", f"/api/v1/rules/{rules[name]}", json={"enabled": False})
    page = asked(joe, message=MESSAGE).text
    assert "No rule matches it" in page
    assert "matches, but is switched off" in page


def test_an_event_that_happened_is_asked_by_its_id(web: Web, rules: dict[str, int], redis_client: redis.Redis) -> None:
    number = "0199c0de-0000-7000-8000-000000000001"
    fields = {"event_id": number, "correlation_id": "c-12345678", "hostname": "core-sw1", "message": MESSAGE}
    redis_client.lpush(Keys().ingest_queue, json.dumps(fields))
    page = asked(visitor(web), event="c-12345678").text
    assert f'<a href="/trace/{number}">' in page
    assert f'href="/rules/{rules["link"]}"' in page
    assert asked(visitor(web, "operator"), event="0199c0de-0000-7000-8000-0000000000ff").status_code == 404


def test_a_draft_says_what_it_would_have_changed_and_changes_nothing(web: Web, rules: dict[str, int]) -> None:
    past(web, (rules["link"], MESSAGE), (None, "GI0/7 flaps"), (rules["any"], "fan failed"))
    jane = visitor(web, "operator")
    page = tried(jane, message=MESSAGE).text
    assert "<b>gi</b>, the one below," in page
    assert "has a lower priority" in page
    for events, words in (("1", "matched by no rule, would become an alert"), ("1", "won by another rule")):
        assert f'<td class="num">{events}</td><th scope="row" class="free">{words}' in page
    assert "newest 3 events" in page
    assert len(web.ask("GET", "/api/v1/rules").json["rules"]) == 3, "nothing was saved"
    assert 'formaction="/rules/new"' in page


def test_a_rule_is_tried_as_it_would_be_and_saved_from_there(web: Web, rules: dict[str, int]) -> None:
    past(web, (rules["link"], MESSAGE), (rules["link"], "LINK lost"))
    jane = visitor(web, "operator")
    form = {**DRAFT, "rule_name": "link", "rule": str(rules["link"]), "version": "1"}
    page = tried(jane, **form).text
    for words in ("won by this rule, still would be", "won by this rule, would not match it any more"):
        assert f'<td class="num">1</td><th scope="row" class="free">{words}' in page
    assert f'formaction="/rules/{rules["link"]}"' in page
    saved = jane.post(f"/rules/{rules['link']}", {"token": jane.token, **form})
    assert saved.status_code == 303
    assert web.ask("GET", f"/api/v1/rules/{rules['link']}").json["rule"]["pattern"] == DRAFT["pattern"]


@pytest.mark.parametrize(
    ("wrong", "told"), [({"pattern": "("}, 'id="wrong-pattern"'), ({"priority": "soon"}, "priority")]
)
def test_a_draft_that_is_no_rule_comes_back_with_what_is_wrong(web: Web, wrong: dict[str, str], told: str) -> None:
    answer = tried(visitor(web, "operator"), **wrong)
    assert (answer.status_code, told in answer.text) == (400, True)


def test_a_viewer_may_try_and_is_offered_no_saving(web: Web, rules: dict[str, int]) -> None:
    page = tried(visitor(web), message=MESSAGE).text
    assert (rules["link"] > 0, "Won by" in page, "formaction" in page) == (True, True, False)


def test_a_form_of_somebody_else_is_refused(web: Web) -> None:
    jane = visitor(web, "operator")
    assert jane.post("/rules/test", {**DRAFT, "token": "x"}).status_code == 403
    assert jane.post("/rules/test", {**DRAFT, "token": jane.token}, Origin="https://evil.example").status_code == 403
