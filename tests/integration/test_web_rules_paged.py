"""Many rules on pages: page by page with the word that was searched, and each as `mutt rule list` has it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from mutt_cli.adapters.clock import utc_now
from mutt_cli.daemons.webui.lent import LentBackends
from mutt_cli.daemons.webui.site import rules as site
from mutt_cli.ops import rule_views
from tests.webui import Browser, Web

if TYPE_CHECKING:
    from tests.servers import PostgresServer

RULES = """
INSERT INTO alert_rules (rule_name, pattern, match_type, severity, priority, enabled, team_assignment)
SELECT 'rule-' || n, CASE n WHEN 3 THEN '(' ELSE 'p' || n END, CASE n WHEN 4 THEN 'oid_prefix' ELSE 'regex' END,
       'major', 1000 - n, n <> 2, CASE WHEN n > 5 THEN 'Team-' || n % 2 END
FROM generate_series(1, 25) AS n
"""
MATCHES = "INSERT INTO rule_matches VALUES (7, date_trunc('hour', now()), 3, now()), (8, '-infinity', 9, now())"


@pytest.fixture
def jane(web: Web, postgres: PostgresServer, database: str, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Ten rules to a page, 25 in all: the second is off, the third and fourth are none that an alerter takes."""
    monkeypatch.setattr(site, "MOST", 10)
    with psycopg.connect(postgres.dsn_for(database), autocommit=True) as conn:
        conn.execute(RULES)
        conn.execute(MATCHES)
    made = Browser(web)
    assert made.log_in().status_code == 303
    return made


def names(text: str) -> list[str]:
    return re.findall(r">(rule-\d+)</a>", text)


def link(text: str, kind: str) -> str:
    found = re.search(f'<a href="([^"]*)" rel="{kind}"', text)
    return found[1].replace("&amp;", "&") if found else ""


def seen(jane: Browser, question: Any) -> Any:
    with LentBackends(jane.web.place.runtime, jane.web.stores) as backends:
        return question(backends)


def test_rules_come_page_by_page_in_the_order_in_which_they_are_tried(jane: Browser) -> None:
    first = jane.get("/rules").text
    assert ("25 rules" in first, "Page 1 of 3" in first, link(first, "prev")) == (True, True, "")
    second = jane.get(f"/rules{link(first, 'next')}").text
    third = jane.get(f"/rules{link(second, 'next')}").text
    assert names(first) + names(second) + names(third) == [f"rule-{n}" for n in range(1, 26)]
    assert (link(third, "next"), names(jane.get(f"/rules{link(third, 'prev')}").text)) == ("", names(second))


def test_a_word_goes_along_from_page_to_page(jane: Browser) -> None:
    first = jane.get("/rules?q=TEAM-1").text
    assert ("10 fit" in first, link(first, "next")) == (True, "")
    every = jane.get("/rules?q=MAJOR&page=2").text
    assert ("25 fit" in every, link(every, "next"), link(every, "prev")) == (True, "?q=MAJOR&page=3", "?q=MAJOR&page=1")


def test_behind_the_last_page_is_the_last_one_and_what_is_no_number_is_told(jane: Browser) -> None:
    assert names(jane.get("/rules?page=99").text) == [f"rule-{n}" for n in range(21, 26)]
    assert "0 fit" in jane.get("/rules?q=nothing&page=4").text
    for wrong in ("0", "-1", "x"):
        assert jane.get(f"/rules?page={wrong}").status_code == 400


def test_a_page_and_one_rule_say_what_the_list_of_all_says(jane: Browser) -> None:
    every = seen(jane, lambda backends: rule_views.rules(backends, utc_now()))
    found = seen(jane, lambda backends: rule_views.page(backends, utc_now(), "", 1, 100))
    assert (found.rules, found.total, found.fitting, found.pages) == (every, 25, 25, 1)
    assert [seen(jane, lambda backends, n=n: rule_views.one(backends, utc_now(), n)) for n in range(1, 26)] == every
    assert [(one.place, one.state) for one in every[:5]] == [
        (1, "on"), (None, "off"), (None, "refused"), (None, "refused"), (2, "on"),
    ]  # fmt: skip
    assert [(one.matches.recent, one.matches.total) for one in every if one.matches] == [(3, 3), (0, 9)]


def test_a_pattern_that_was_changed_is_judged_anew(jane: Browser, postgres: PostgresServer, database: str) -> None:
    assert 'crit">refused' in jane.get("/rules?q=rule-3").text
    with psycopg.connect(postgres.dsn_for(database), autocommit=True) as conn:
        conn.execute("UPDATE alert_rules SET pattern = 'psu' WHERE id = 3")
    assert "refused" not in jane.get("/rules?q=rule-3").text


def test_a_rule_that_there_is_not_is_not_found(jane: Browser) -> None:
    answer = jane.get("/rules/99")
    assert (answer.status_code, "there is no rule 99" in answer.text) == (404, True)
