"""Rules tried on a page: on a message, on an event that happened, and one that is not saved yet on the last day."""

from __future__ import annotations

import json
import re
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
    assert "CORE <small>(host)</small>" in page
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
    assert (rules["link"] > 0, "Won by" in page, "Add it" in page) == (True, True, False)


def test_a_form_of_somebody_else_is_refused(web: Web) -> None:
    jane = visitor(web, "operator")
    assert jane.post("/rules/test", {**DRAFT, "token": "x"}).status_code == 403
    assert jane.post("/rules/test", {**DRAFT, "token": jane.token}, Origin="https://evil.example").status_code == 403


def told(page: str, words: str) -> str:
    """How many events a draft does this to."""
    found = re.search(rf'<td class="num">(\d+)</td><th scope="row" class="free">{words}', page)
    assert found, words
    return found[1]


def test_a_rule_that_is_ranked_lower_gives_its_events_to_another(web: Web, rules: dict[str, int]) -> None:
    past(web, (rules["link"], MESSAGE))
    form = {**DRAFT, "rule_name": "link", "pattern": "LINK", "rule": str(rules["link"]), "priority": "1"}
    page = tried(visitor(web, "operator"), **form, message=MESSAGE).text
    assert (told(page, "won by this rule, another one would win it"), told(page, "won by this rule, still")) == (
        "1",
        "0",
    )
    assert f'Won by <a href="/rules/{rules["any"]}">any</a>' in page, "the decision and the past say the same"


def test_a_rule_that_is_switched_off_drops_its_events_and_the_page_says_so(web: Web, rules: dict[str, int]) -> None:
    past(web, (rules["link"], MESSAGE))
    jane = visitor(web, "operator")
    form = {name: value for name, value in DRAFT.items() if name != "enabled"} | {"pattern": "LINK"}
    answer = jane.post("/rules/test", {"token": jane.token, **form, "rule": str(rules["link"])})
    assert told(answer.text, "won by this rule, would not match") == "1"
    assert "it matches nothing" in answer.text


def test_what_happened_to_an_alert_later_does_not_hide_how_it_was_decided(web: Web, rules: dict[str, int]) -> None:
    past(web, (rules["any"], "GI0/7 flaps"))
    with web.stores.database() as conn:
        later = event(1, now_ms(), stage="forwarder", outcome="dead_lettered", reason="circuit_open", hostname="r1")
        history.store(conn, [entry(later, at_ms=now_ms())])
    assert told(tried(visitor(web)).text, "won by another rule") == "1"


def test_events_without_a_message_are_tried_as_alerters_read_them(web: Web) -> None:
    payload = b'{"event_id":"x","_source":"ingest-key","hostname":"r1","level":3}'
    with web.stores.database() as conn:
        one = event(1, now_ms(), outcome="unhandled", hostname="r1", payload=payload)
        history.store(conn, [entry(one, at_ms=now_ms())])
    jane = visitor(web)
    assert told(tried(jane, pattern="ingest-key").text, "matched by no rule") == "0"
    assert told(tried(jane, pattern='"level":3').text, "matched by no rule") == "1"


def test_blanks_at_the_ends_of_a_message_count_as_they_do_for_alerters(web: Web) -> None:
    web.ask("POST", "/api/v1/rules", json={"rule_name": "trace", "pattern": "^  at ", "priority": 500})
    assert ">trace</a>" in asked(visitor(web), message="  at foo").text


def test_an_event_that_waits_keeps_its_severity_and_its_length(web: Web, redis_client: redis.Redis) -> None:
    web.ask("POST", "/api/v1/rules", json={"rule_name": "any", "pattern": "x"})
    number = "0199c0de-0000-7000-8000-000000000002"
    fields = {"event_id": number, "severity": "minor", "hostname": "r1", "message": "x" * 30_000}
    redis_client.lpush(Keys().ingest_queue, json.dumps(fields))
    answer = asked(visitor(web), event=number)
    assert (answer.status_code, "minor <small>(event)</small>" in answer.text) == (200, True)


@pytest.mark.parametrize("host", ["\x00", "a\nb", "h" * 201])
def test_a_host_that_is_none_is_told(web: Web, host: str) -> None:
    assert asked(visitor(web), message="x", host=host).status_code == 400


def test_a_rule_that_there_is_not_cannot_be_tried_as_it_would_be(web: Web) -> None:
    assert tried(visitor(web, "operator"), rule="99").status_code == 404


def test_whoever_may_look_finds_the_way_to_try_a_rule(web: Web, rules: dict[str, int]) -> None:
    page = visitor(web).get(f"/rules/{rules['link']}").text
    assert ('formaction="/rules/test"' in page, "Change it" in page) == (True, False)
