"""Every page in every look: it opens, nothing complains, nothing sticks out; and what pages do by themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from falcon import inspect

from mutt_cli.daemons.webui.site.pages import Page
from tests import plain_http
from tests.acceptance.browser.looks import PHONE, PLAIN, SCRIPTED, SMALLEST, Look, looks
from tests.acceptance.browser.scene import file_letter, letter
from tests.acceptance.browser.spots import FILES, PARTS, SPOTS, Spot
from tests.acceptance.browser.visitor import Complaints
from tests.webui import web_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Route

    from mutt_cli.adapters.engines.valkey import Valkey
    from tests.acceptance.browser.scene import Facts
    from tests.acceptance.browser.visitor import Visitor
    from tests.servers import PostgresServer
    from tests.stack import Stack


FRAGMENT = "**/fragment/overview"
SMALL = replace(SCRIPTED, dark=True, size=PHONE)


def kinds(kind: type[Page] = Page) -> Iterator[type[Page]]:
    """Every kind of page."""
    for one in kind.__subclasses__():
        yield one
        yield from kinds(one)


def test_every_page_of_the_app_is_walked(postgres: PostgresServer, database: str, valkey: Valkey) -> None:
    names = {one.__name__ for one in kinds() if "GET" in one.access}
    with web_app(postgres, database, valkey) as web:
        shown = {one.path for one in inspect.inspect_app(web.app).routes if one.class_name in names}
    assert shown == {one.route for one in SPOTS} | {*FILES, *PARTS}


def faults(visitor: Visitor, spot: Spot, facts: Facts) -> list[str]:
    """What is wrong with a page, in words."""
    visitor.complaints = Complaints()
    answer = visitor.open(spot.address(facts))
    found = visitor.overflow()
    found += [] if answer.status == spot.code else [f"it answers {answer.status}"]
    found += [] if visitor.page.locator("main h1").count() == 1 else ["it has not one heading"]
    found += [] if len(answer.body()) < 100_000 else ["it is large"]
    found += visitor.refused() + visitor.complaints.elsewhere + visitor.complaints.dialogs
    found += visitor.complaints.errors if spot.code == 200 else []  # the console tells of other codes
    return found + (visitor.barriers() if visitor.look.script else [])


@looks(SCRIPTED, PLAIN)
def test_every_page_opens_without_a_complaint_and_fits(visitor: Visitor, facts: Facts) -> None:
    found = {spot.name: faults(visitor, spot, facts) for spot in SPOTS}
    assert {name: told for name, told in found.items() if told} == {}


@pytest.mark.nightly
@pytest.mark.parametrize("look", [replace(SCRIPTED, size=SMALLEST), replace(PLAIN, size=SMALLEST)], ids=str)
def test_every_page_fits_on_the_smallest_screen(visitor: Visitor, facts: Facts) -> None:
    found = {}
    for spot in SPOTS:
        visitor.open(spot.address(facts))
        found[spot.name] = visitor.overflow()
    assert {name: told for name, told in found.items() if told} == {}


@looks(SCRIPTED, PLAIN)
def test_the_door_is_open_to_everybody(stranger: Callable[[Look], Visitor], look: Look) -> None:
    visitor = stranger(look)
    assert visitor.open("/events?host=core-sw1").status == 200
    assert visitor.page.get_by_label("API key").is_visible()
    assert visitor.overflow() == []
    visitor.assert_content()
    assert not look.script or visitor.barriers() == []


def test_script_and_style_stay_small(deployment: Stack) -> None:
    page = plain_http.get(f"{deployment.webui_url}/login").text
    for found, most in ((r'src="(/static/[^"]+\.js)"', 10_240), (r'href="(/static/[^"]+\.css)"', 16_384)):
        (address,) = re.findall(found, page)
        assert len(plain_http.get(f"{deployment.webui_url}{address}").content) < most


@looks(SCRIPTED, others=(SMALL,))
def test_the_overview_goes_on_by_itself_says_when_it_is_stale_and_comes_back(visitor: Visitor) -> None:
    page = visitor.page
    page.clock.install()
    visitor.open("/")
    with page.expect_response(FRAGMENT) as coming:
        page.clock.run_for(2_500)
    assert coming.value.status in {200, 304}
    page.clock.run_for(1_000)
    page.wait_for_function("() => /^\\d+ s ago$/.test(document.querySelector('[data-age]').textContent)")

    def away(route: Route) -> None:
        route.abort("connectionrefused")

    visitor.context.route(FRAGMENT, away)
    with page.expect_event("requestfailed"):
        page.clock.run_for(2_500)
    page.clock.fast_forward(13_000)
    page.wait_for_function("() => document.querySelector('[data-age]').textContent.startsWith('STALE')")
    assert page.locator("[data-age].stale").count() == 1
    assert page.locator("[data-fragment] section").count() > 3, "what was known stays"
    assert visitor.barriers() == []
    visitor.context.unroute(FRAGMENT, away)
    with page.expect_response(FRAGMENT) as coming:
        page.clock.run_for(31_000)
    assert coming.value.status in {200, 304}
    page.wait_for_function("() => !document.querySelector('[data-age]').classList.contains('stale')")
    assert visitor.refused() == []


@looks(SCRIPTED, others=(SMALL,))
def test_new_numbers_come_into_the_page_without_a_reload(visitor: Visitor, facts: Facts, deployment: Stack) -> None:
    page = visitor.page
    visitor.open("/")
    page.evaluate("() => { window.same = true; }")
    depth = page.locator("main tr", has_text=facts.queue).locator("td").first
    before = int(depth.inner_text())
    file_letter(deployment, letter(990 + before))
    page.wait_for_function(
        "(wanted) => [...document.querySelectorAll('main tr')].some((one) => one.innerText.startsWith(wanted))",
        arg=f"{facts.queue}\t{before + 1}\t",
    )
    assert page.evaluate("() => window.same"), "the page was not loaded again"
    visitor.assert_content()


@looks(SMALL, others=())
def test_a_table_stays_where_it_was_scrolled_to_when_its_numbers_change(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/")
    services = page.locator(".wide", has_text="Every process of every service")
    services.focus()
    services.evaluate("(one) => { one.scrollLeft = 90; one.dataset.first = 'yes'; }")
    page.wait_for_function("() => !document.querySelector('[data-first]')")
    assert services.evaluate("(one) => [one.scrollLeft, one === document.activeElement]") == [90, True]
    visitor.assert_content()


@looks(SCRIPTED, others=(SMALL,))
def test_pausing_stops_what_keeps_itself_new(visitor: Visitor) -> None:
    page = visitor.page
    asked: list[str] = []
    page.clock.install()
    visitor.open("/")
    page.keyboard.press("p")
    page.wait_for_function("() => document.querySelector('[data-age]').textContent === 'paused'")
    page.on("request", lambda one: asked.append(one.url))
    page.clock.run_for(30_000)
    assert asked == []
    with page.expect_response(FRAGMENT):
        page.get_by_role("button", name="Go on").click()
    visitor.assert_content()


@looks(SCRIPTED, others=(SMALL,))
def test_single_keys_lead_to_pages_fields_and_rows(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/")
    for key, path in (("5", "/rules"), ("?", "/help"), ("3", "/dlq"), ("5", "/rules")):
        page.keyboard.press(key)
        page.wait_for_url(f"{visitor.base}{path}")
    focused = "() => document.activeElement.getAttribute('href') || document.activeElement.getAttribute('name')"
    hrefs = [page.locator("main tbody tr").nth(row).get_by_role("link").get_attribute("href") for row in range(2)]
    for key, expected in (("j", hrefs[0]), ("j", hrefs[1]), ("k", hrefs[0])):
        page.keyboard.press(key)
        assert page.evaluate(focused) == expected
    page.keyboard.press("/")
    assert page.evaluate(focused) == "q"
    page.keyboard.type("5?!")
    assert page.locator("[name=q]").first.input_value() == "5?!", "keys are text while somebody types"
    assert page.url == f"{visitor.base}/rules"
    visitor.assert_content()


@looks(SCRIPTED, others=(SMALL,))
def test_single_keys_can_be_switched_off_and_stay_so(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/help")
    page.keyboard.press("!")
    page.keyboard.press("1")
    visitor.open("/rules")
    page.keyboard.press("j")
    assert page.evaluate("() => document.activeElement.tagName") == "BODY"
    page.keyboard.press("!")
    page.keyboard.press("j")
    assert page.evaluate("() => document.activeElement.tagName") == "A"
    visitor.assert_content()


@looks(SCRIPTED, others=(SMALL,))
def test_the_first_tab_leads_past_the_head(visitor: Visitor) -> None:
    visitor.open("/rules")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("() => document.activeElement.className") == "skip"
    visitor.page.keyboard.press("Enter")
    assert visitor.page.evaluate("() => document.activeElement.id") == "main"


@looks(PLAIN, others=())
def test_without_a_script_the_overview_is_told_to_load_itself_again(visitor: Visitor) -> None:
    visitor.open("/")
    assert visitor.page.locator("noscript meta[http-equiv=refresh]").get_attribute("content") == "10"
    assert not visitor.page.get_by_role("button", name="Pause").is_visible()
    visitor.assert_content()


@pytest.mark.nightly
@looks(PLAIN, others=())
def test_without_a_script_the_overview_loads_itself_again(visitor: Visitor) -> None:
    visitor.open("/")
    with visitor.page.expect_navigation(timeout=20_000):
        pass
    assert visitor.page.locator("main h1").inner_text() == "Overview"
