"""Text of strangers is text on every page, in a browser that would run it, and breaks no page's shape."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

import pytest

import mutt_cli.daemons.webui
from tests.acceptance.browser.corpus import CORPUS, short
from tests.acceptance.browser.hostile_scene import QUEUES, Traces, store
from tests.acceptance.browser.looks import DESK, PHONE, SCRIPTED, Look
from tests.stack import running_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.acceptance.browser.visitor import Visitor
    from tests.servers import PostgresServer
    from tests.stack import Stack

TEMPLATES: Final = Path(mutt_cli.daemons.webui.__file__).parent / "templates"
OURS: Final = {tag for one in TEMPLATES.glob("*.html") for tag in re.findall(r"<([a-z][a-z0-9]*)", one.read_text())}
"""The elements that pages are made of."""
LISTS: Final = (
    "/", "/queues", "/queues/dlq-moog", "/queues/quarantine", "/dlq", "/dlq?by=error", "/dlq?by=host",
    "/dlq?by=rule&queue=dlq-alerter", "/events", "/rules", "/hosts", "/config", "/config?key=MOOG_TIMEOUT",
    "/config?key=ALERTER_SHED_MODE", "/audit-logs", "/audit-logs?page=2", "/rules/test?message=pwned",
)  # fmt: skip
TYPED: Final = ("rule_name", "team", "reason", "pattern", "description", "priority")
WIDE: Final = "stacked"
BY_DAY: Final = ("image", "double-quote", "closing", "long")
each_of_them = pytest.mark.parametrize(
    "name", [pytest.param(one, marks=() if one in BY_DAY else (pytest.mark.nightly,)) for one in CORPUS]
)
_STRANGE: Final = """() => ({
  tags: [...new Set([...document.body.querySelectorAll("*")].map((one) => one.localName))],
  marked: document.querySelectorAll(".pwned").length,
  handlers: [...document.querySelectorAll("*")].filter((one) =>
    [...one.attributes].some((each) => /^(on|style|srcdoc)/.test(each.name))).length,
  addresses: [...document.querySelectorAll("[href], [src], [action], [formaction]")].flatMap((one) =>
    ["href", "src", "action", "formaction"].map((name) => one.getAttribute(name))).filter((one) =>
    one && !/^([/?#]|data:,$)/.test(one) || /^\\/[/\\\\]/.test(one || "")),
  ran: window.pwned !== undefined,
  frame: ["body > header > nav", "body > main", "body > footer"].map((one) => document.querySelectorAll(one).length),
  turned: /[\\u202a-\\u202e\\u2066-\\u2069\\u200b\\u0000-\\u0008\\u001b]/.test(
    [...document.querySelectorAll("main td, main th, main p, main h1, main dd, main pre, main li, header, footer")]
      .filter((one) => !one.querySelector("textarea, input")).map((one) => one.textContent).join("")),
})"""


@pytest.fixture(scope="module")
def deployment(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """One of its own: nobody else wants to see this."""
    with running_stack(postgres, openbao, REMEDIATION_INTERVAL="3600") as made:
        made.start("ingestor", "alerter", "webui")
        yield made


@pytest.fixture(scope="module")
def traces(deployment: Stack) -> Traces:
    return store(deployment)


@pytest.fixture
def look() -> Look:
    return SCRIPTED


def assert_harmless(visitor: Visitor, *, rendered: bool = True, clipped: bool = False) -> None:
    """Nothing ran, nothing was made of the texts, and the page is whole at both widths.

    `rendered`: else the console tells of the status. `clipped`: a character that is wider than the screen cannot be
    wrapped, and does not widen the page either.
    """
    for width, height in (DESK, PHONE):
        visitor.page.set_viewport_size({"width": width, "height": height})
        assert visitor.overflow(clipped=clipped) == [], (visitor.page.url[:200], width)
    found, where = visitor.page.evaluate(_STRANGE), visitor.page.url[:200]
    shape = (set(found.pop("tags")) <= OURS, found.pop("frame"), found.pop("handlers"))
    assert shape == (True, [1, 1, 1], 0), where
    assert found == {"marked": 0, "addresses": [], "ran": False, "turned": False}, where
    assert visitor.complaints.dialogs == []
    assert visitor.complaints.elsewhere == []
    assert visitor.refused() == []
    assert not rendered or visitor.complaints.errors == []


def test_lists_of_hostile_things_are_lists(visitor: Visitor, traces: Traces) -> None:
    for address in LISTS:
        assert visitor.open(address).status == 200, address
        assert_harmless(visitor)


def test_the_corpus_is_really_there(visitor: Visitor, traces: Traces) -> None:
    for address in ("/rules", "/hosts", "/audit-logs", "/dlq", "/events"):
        visitor.open(address)
        told = visitor.page.inner_text("main")
        assert "<img class=pwned src=x onerror=" in told or "{{7*191}}" in told, address
        assert "1337" not in told, address


@each_of_them
def test_one_hostile_thing_by_itself_is_harmless(visitor: Visitor, traces: Traces, name: str) -> None:
    pages = (
        f"/rules/{traces.rules[name]}", f"/trace/{traces.events[name]}", f"/dlq/{traces.letters[name]}",
        f"/rules/test?event={traces.events[name]}", f"/operations/{traces.operations[name]}",
    )  # fmt: skip
    for address in pages:
        answer = visitor.open(address)
        assert answer.status == 200 or address.startswith("/rules/test"), address
        assert_harmless(visitor, rendered=False, clipped=name == WIDE)


@each_of_them
def test_the_owner_of_a_hostile_key_is_named_in_the_head(
    stranger: Callable[[Look], Visitor], look: Look, traces: Traces, name: str
) -> None:
    visitor = stranger(look)
    visitor.log_in(traces.keys[name])
    visitor.open("/help")
    assert visitor.page.get_by_role("button", name="Log out").is_visible()
    assert_harmless(visitor)


@each_of_them
def test_a_hostile_address_is_answered_harmlessly(visitor: Visitor, traces: Traces, name: str) -> None:
    text = short(CORPUS[name], 600 if CORPUS[name].isascii() else 60)
    names = ("q", "key", "where", "host", "message", "changed_by", "record_id", "since", "event", "done", "end", "by")
    asked = urlencode(dict.fromkeys(names, text))
    pages = [f"{path}?{asked}" for path in ("/rules", "/hosts", "/config", "/events", "/dlq", "/audit-logs")]
    pages += [f"/rules/{traces.rules[name]}?{asked}", f"/rules/test?{asked}", f"/queues/dlq-moog?{asked}"]
    pages += [f"{path}/{quote(text, safe='')}" for path in ("/trace", "/queues", "/dlq", "/operations", "/nowhere")]
    for address in pages:
        assert visitor.open(address).status in {200, 400, 404}
        assert_harmless(visitor, rendered=False, clipped=name == WIDE)


@each_of_them
def test_a_hostile_form_comes_back_as_it_was_typed(visitor: Visitor, traces: Traces, name: str) -> None:
    text = short(CORPUS[name], 190)
    fields = {one: visitor.page.locator(f"main form.edit [name={one}]") for one in TYPED}
    visitor.open("/rules/new")
    for field in fields.values():
        field.fill(text)
    fields["priority"].fill("x" + text)
    typed = [one.input_value() for one in fields.values()]
    assert visitor.send("Add it").status == 400
    assert_harmless(visitor, rendered=False, clipped=name == WIDE)
    assert [one.input_value() for one in fields.values()] == list(typed)


def test_a_plan_to_send_hostile_letters_is_a_plan(visitor: Visitor, traces: Traces) -> None:
    visitor.open("/dlq?queue=dlq-alerter")
    for box in visitor.page.locator("main tbody").get_by_role("checkbox").all():
        box.check()
    visitor.page.get_by_label("with the repairs that are proposed").check()
    visitor.send("Look at what would be sent")
    assert_harmless(visitor, rendered=False, clipped=True)


def test_every_queue_of_the_corpus_is_looked_into(visitor: Visitor, traces: Traces, deployment: Stack) -> None:
    assert all(deployment.redis.llen(queue) for queue in QUEUES)
    for name in ("dlq-alerter", "dead", "dlq-old-events"):
        visitor.open(f"/queues/{name}?end=newest")
        assert_harmless(visitor)
