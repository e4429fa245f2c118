"""What people do in a browser, with scripts and without: each is looked at where it has its effect."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.browser.looks import PLAIN, SCRIPTED, Look, looks
from tests.acceptance.browser.scene import MOOG, await_rules, await_story, file_letter, letter
from tests.stack import WEB_KEY, eventually, received_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.acceptance.browser.scene import Facts
    from tests.acceptance.browser.visitor import Visitor
    from tests.stack import Stack

_NUMBERS = iter(range(100, 200))


@pytest.fixture
def no_tries(deployment: Stack) -> None:
    """Nobody has tried a wrong key in the last minute."""
    for key in deployment.redis.scan_iter("mutt:webui:tries:*"):
        deployment.redis.delete(key)


@pytest.mark.usefixtures("no_tries")
@looks(PLAIN)
def test_wrong_keys_are_refused_in_the_same_words_and_the_right_one_opens_the_page_asked_for(
    stranger: Callable[[Look], Visitor], look: Look
) -> None:
    visitor = stranger(look)
    visitor.open("/rules?q=psu")
    told = []
    for key in ("wrong", "mutt_" + "x" * 43):
        visitor.page.get_by_label("API key").fill(key)
        assert visitor.send("Log in").status == 403
        told.append(visitor.page.inner_text("[role=alert]"))
        assert visitor.overflow() == []
    assert told == ["this key opens nothing"] * 2
    visitor.page.get_by_label("API key").fill(WEB_KEY)
    assert visitor.send("Log in").status == 200
    assert visitor.page.url.endswith("/rules?q=psu")
    assert visitor.page.locator("main tbody tr").count() == 1


@looks(SCRIPTED)
def test_who_has_logged_out_finds_no_data_by_going_back(visitor: Visitor) -> None:
    visitor.open("/rules")
    before = visitor.context.cookies()
    assert "link-down" in visitor.page.inner_text("main")
    visitor.send("Log out", within="header")
    assert visitor.page.get_by_label("API key").is_visible()
    visitor.page.go_back()
    assert "link-down" not in visitor.page.inner_text("main"), "the browser has kept nothing"
    visitor.page.reload()
    assert visitor.page.get_by_label("API key").is_visible()
    visitor.context.add_cookies([{"name": one["name"], "value": one["value"], "url": visitor.base} for one in before])
    visitor.open("/rules")
    assert visitor.page.get_by_label("API key").is_visible(), "the session itself is over"
    visitor.assert_content()


@looks(SCRIPTED, PLAIN)
def test_a_theme_is_kept_on_every_page_and_for_the_next_visit(visitor: Visitor) -> None:
    visitor.open("/help")
    assert visitor.page.get_attribute("html", "data-theme") == "auto"
    wanted = "light" if visitor.look.dark else "dark"
    with visitor.page.expect_navigation():
        visitor.page.get_by_label("Theme").select_option(wanted)
        if not visitor.look.script:
            visitor.page.get_by_role("button", name="Set").click()
    assert visitor.page.url == f"{visitor.base}/help"
    colours = []
    for page in (visitor.page, visitor.another_page()):
        page.goto(f"{visitor.base}/rules")
        assert page.get_attribute("html", "data-theme") == wanted
        colours.append(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))
    assert set(colours) == {"rgb(15, 21, 28)" if wanted == "dark" else "rgb(246, 247, 249)"}
    visitor.assert_content()


@looks(SCRIPTED)
def test_a_dead_letter_is_mended_looked_at_agreed_to_and_arrives(visitor: Visitor, deployment: Stack) -> None:
    number = next(_NUMBERS)
    file_letter(deployment, letter(number))
    visitor.open("/dlq?where=host%3Dedge-rtr" + str(number))
    visitor.page.locator("main tbody").get_by_role("checkbox").check()
    visitor.page.get_by_label("with the repairs that are proposed").check()
    assert visitor.send("Look at what would be sent").status == 200
    changed = visitor.page.locator("pre.diff .new").all_inner_texts()
    assert any('"severity": "warning"' in line for line in changed)
    assert visitor.overflow() == []
    depth = deployment.redis.llen(MOOG)
    visitor.page.locator("[name=reason]").fill("mended by hand")
    assert visitor.send("Send 1 again").status == 200
    assert "/operations/op-" in visitor.page.url
    assert "mutt dlq replay" in visitor.page.inner_text("main code >> nth=0")
    assert visitor.overflow() == []
    event_id = json.loads(letter(number))["event_id"]
    eventually(lambda: event_id in received_ids(deployment), "it arrives")
    sent = next(one for one in Path(deployment.folder / "received.jsonl").read_text().splitlines() if event_id in one)
    assert json.loads(sent)["payload"]["custom_info"]["severity"] == "warning"
    assert deployment.redis.llen(MOOG) == int(str(depth)) - 1
    assert deployment.query("SELECT count(*) FROM operations WHERE reason = 'mended by hand'")[0][0] >= 1
    visitor.assert_content()


@looks(PLAIN)
def test_an_event_is_found_by_its_correlation_id(visitor: Visitor, facts: Facts, deployment: Stack) -> None:
    asked = f"SELECT correlation_id FROM event_history WHERE event_id = '{facts.event}' LIMIT 1"  # noqa: S608
    visitor.open("/events")
    visitor.page.get_by_label("Id", exact=True).fill(deployment.query(asked)[0][0])
    assert visitor.send("Find").status == 200
    assert "/trace/" in visitor.page.url
    assert facts.event in visitor.page.inner_text("main")
    assert "fan failed in slot 3" in visitor.page.inner_text("main h1")
    visitor.assert_content()


@looks(SCRIPTED)
def test_the_audit_log_is_filtered_and_taken_away_as_a_file(visitor: Visitor, facts: Facts) -> None:
    visitor.open("/audit-logs")
    everything = visitor.page.locator("table.audit > tbody > tr").count()
    visitor.page.get_by_label("Table").fill("alert_rules")
    visitor.page.get_by_label("Record").fill(str(facts.rule))
    visitor.send("Filter")
    rows = visitor.page.locator("table.audit > tbody > tr")
    assert 2 <= rows.count() < everything
    assert all(f"rule {facts.rule} (" in told for told in rows.locator("> td:nth-child(3)").all_inner_texts())
    rows.filter(has_text="rank it last").locator("summary").click()
    changed = rows.filter(has_text="rank it last").locator("table.diff tr", has_text="priority")
    assert changed.locator("td").all_inner_texts() == ["100", "7"]
    with visitor.page.expect_download() as coming:
        visitor.page.get_by_role("link", name="as CSV").click()
    with Path(coming.value.path()).open(encoding="utf-8", newline="") as file:
        saved = list(csv.reader(file))
    assert len(saved) == rows.count() + 1
    assert coming.value.suggested_filename.endswith(".csv")
    visitor.assert_content()


@looks(PLAIN)
def test_a_setting_is_changed_for_a_time_and_daemons_are_told(visitor: Visitor, deployment: Stack) -> None:
    visitor.open("/config?q=MOOG_T")
    visitor.page.get_by_role("link", name="MOOG_TIMEOUT").click()
    visitor.page.wait_for_url("**/config?key=MOOG_TIMEOUT")
    value = str(next(_NUMBERS))
    visitor.page.get_by_label("Value", exact=True).fill(value)
    visitor.page.get_by_label("For a time").fill("2h")
    visitor.page.locator("[name=reason]").fill(f"a slow link {value}")
    assert visitor.send("Change it").status == 200
    assert f"Now {value}, from dynamic" in visitor.page.inner_text("main")
    assert f"a slow link {value}" in visitor.page.inner_text("main table >> nth=0")
    assert deployment.redis.get("mutt:config:moog_timeout") == value.encode()
    assert deployment.redis.hexists("mutt:config_returns", "moog_timeout")
    assert visitor.overflow() == []
    visitor.assert_content()


@looks(SCRIPTED)
def test_a_host_is_added_changed_and_taken_away(visitor: Visitor, deployment: Stack) -> None:
    name = f"rack-{next(_NUMBERS)}"

    def known() -> list[tuple[object, ...]]:
        """Team, and whether it is not production."""
        asked = "SELECT t.team_assignment, d.hostname IS NOT NULL FROM device_teams t FULL JOIN dev_hosts d"
        return deployment.query(f"{asked} USING (hostname) WHERE hostname = '{name}'")

    def does(button: str, **fields: str) -> int:
        for field, text in {"host": name, **fields}.items():
            visitor.page.locator(f".edit input[name={field}]").fill(text)
        return visitor.send(button).status

    visitor.open("/hosts")
    visitor.page.get_by_label("Environment").select_option("dev")
    assert (does("Add it", team="NETOPS"), known()) == (200, [("NETOPS", True)])
    assert (does("Change it", team="CORE"), known()) == (200, [("CORE", True)])
    assert (does("Take it away"), known()) == (400, [("CORE", True)])
    assert "Nothing was changed" in visitor.page.inner_text("[role=alert]")
    visitor.page.get_by_label("I mean to take it away").check()
    assert (does("Take it away"), known()) == (200, [])


@looks(PLAIN)
def test_what_was_typed_in_survives_the_end_of_a_session(visitor: Visitor, deployment: Stack) -> None:
    name = f"rack-{next(_NUMBERS)}"
    visitor.open("/hosts")
    visitor.context.clear_cookies()
    visitor.page.locator(".edit input[name=host]").fill(name)
    assert visitor.send("Add it").status == 200
    visitor.page.get_by_label("API key").fill(WEB_KEY)
    assert visitor.send("Log in").status == 200
    assert name in visitor.page.inner_text("main")
    assert deployment.query(f"SELECT 1 FROM device_teams WHERE hostname = '{name}'") == [], "nobody has agreed yet"  # noqa: S608
    assert visitor.overflow() == []
    visitor.assert_content()


@pytest.fixture
def name() -> str:
    """Of a rule that there is not yet."""
    return f"pump-{next(_NUMBERS)}"


def fill(page: Page, **fields: str) -> None:
    """Type into fields of a form by their names."""
    for field, value in fields.items():
        page.locator(f"main form.edit [name={field}]").first.fill(value)


def added(visitor: Visitor, name: str, **fields: str) -> int:
    """Add a rule by its form; its id, from the address that it led to."""
    visitor.open("/rules")
    visitor.page.get_by_role("link", name="New rule").click()
    fill(visitor.page, rule_name=name, pattern=f"{name} (stopped|leaks)", priority="55", **fields)
    visitor.page.get_by_label("Severity").select_option("major")
    assert visitor.send("Add it").status == 200
    assert "Done and recorded as op-" in visitor.page.inner_text(".done")
    return int(visitor.page.url.partition("?")[0].rpartition("/")[2])


def stored(stack: Stack, rule: int, *columns: str) -> tuple[Any, ...]:
    """What the database says of a rule."""
    return stack.query(f"SELECT {', '.join(columns)} FROM alert_rules WHERE id = {rule}")[0]  # noqa: S608


@looks(SCRIPTED)
def test_a_rule_made_in_a_form_decides_the_next_event_and_its_story_names_it(
    visitor: Visitor, deployment: Stack, name: str
) -> None:
    rule = added(visitor, name, team="FACILITY", reason="INC-12")
    await_rules(deployment)
    event_id = deployment.send({"hostname": "pump-house", "message": f"{name} leaks"})["event_id"]
    await_story(deployment, event_id)
    visitor.open("/events")
    visitor.page.locator(".filters").get_by_label("Rule").fill(name)
    visitor.send("Find")
    row = visitor.page.locator("main tbody tr", has_text=f"{name} leaks")
    assert row.locator("td").nth(4).inner_text() == name
    row.get_by_role("link").first.click()
    visitor.page.wait_for_url("**/trace/*")
    won = visitor.page.locator("main section", has_text="Why this alert").get_by_role("link", name=name)
    assert won.get_attribute("href") == f"/rules/{rule}"
    visitor.assert_content()


@looks(PLAIN)
def test_a_rule_is_tried_then_changed_and_its_history_says_by_whom(
    visitor: Visitor, deployment: Stack, name: str
) -> None:
    rule = added(visitor, name)
    fill(visitor.page, pattern=f"{name} (stopped|leaks|hums)", reason="it hums too")
    assert visitor.send("Try it first").status == 200
    fill(visitor.page, message=f"{name} hums")
    assert visitor.send("Try it again").status == 200
    assert "It becomes an alert" in visitor.page.inner_text("main")
    assert stored(deployment, rule, "pattern") == (f"{name} (stopped|leaks)",), "trying changes nothing"
    assert visitor.send("Change it").status == 200
    assert stored(deployment, rule, "pattern") == (f"{name} (stopped|leaks|hums)",)
    history = visitor.page.locator("main section", has_text="History").locator("tbody tr").first.inner_text()
    assert "it hums too" in history
    assert "WEBUI_API_KEY" in history
    visitor.assert_content()


@looks(SCRIPTED)
def test_the_second_of_two_editors_sees_both_versions_and_overwrites_nothing(
    visitor: Visitor, deployment: Stack, name: str
) -> None:
    rule = added(visitor, name)
    mine, theirs = visitor.page, visitor.another_page()
    for page in (mine, theirs):
        page.goto(f"/rules/{rule}")
    fill(theirs, pattern=f"{name} is theirs", priority="61")
    assert visitor.send("Change it", page=theirs).status == 200
    fill(mine, pattern=f"{name} is mine")
    assert visitor.send("Change it", page=mine).status == 412
    told = mine.locator("main section", has_text="What you typed in").first
    assert told.locator("tr", has_text="pattern").locator("td").all_inner_texts() == [
        f"{name} is mine", f"{name} is theirs",
    ]  # fmt: skip
    assert "Nothing was changed" in mine.inner_text("[role=alert]")
    assert stored(deployment, rule, "pattern", "priority") == (f"{name} is theirs", 61)
    fill(mine, priority="61")
    assert visitor.send("Change it", page=mine).status == 200
    assert stored(deployment, rule, "pattern", "priority") == (f"{name} is mine", 61)
    assert visitor.overflow() == []


@looks(PLAIN)
def test_a_rule_is_switched_off_and_on(visitor: Visitor, deployment: Stack, name: str) -> None:
    rule = added(visitor, name)
    assert visitor.send("Switch it off").status == 200
    assert visitor.page.inner_text(".title .badge").endswith("off")
    assert stored(deployment, rule, "enabled") == (False,)
    await_rules(deployment)
    event_id = deployment.send({"hostname": "pump-house", "message": f"{name} stopped"})["event_id"]
    await_story(deployment, event_id, "unhandled")
    assert visitor.send("Switch it on").status == 200
    assert stored(deployment, rule, "enabled") == (True,)
    visitor.assert_content()


@looks(SCRIPTED)
def test_what_a_rule_cannot_be_comes_back_with_what_was_typed_in(visitor: Visitor, name: str) -> None:
    visitor.open("/rules/new")
    fill(visitor.page, rule_name=name, pattern="(a", description="two\nlines <b>")
    assert visitor.send("Add it").status == 400
    assert visitor.page.get_by_label("Description").input_value() == "two\nlines <b>"
    assert "Nothing was changed" in visitor.page.inner_text("[role=alert]")
    assert visitor.barriers() == [] if visitor.look.script else True
    eventually(lambda: visitor.page.get_by_label("Pattern").input_value() == "(a", "the pattern is still there")
