"""The pictures of docs/web-ui.md, taken of a deployment with a day behind it.

`python -m tests.acceptance.browser.pictures [FOLDER]` writes them; look at them before they are committed.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import sync_playwright

from mutt_cli.adapters import frame_ring
from mutt_cli.adapters.clock import now_ms
from mutt_cli.core.demo import events
from mutt_cli.core.snapshot import Part
from mutt_cli.core.top.recording import packed
from mutt_cli.keys import Keys
from tests import servers
from tests.acceptance.browser.looks import DESK, PHONE, Look
from tests.acceptance.browser.scene import Facts, called, furnish
from tests.acceptance.browser.visitor import ARGUMENTS, Visitor
from tests.peers import peer
from tests.stack import eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from playwright.sync_api import Page

    from mutt_cli.core.top.frame import Frame
    from tests.stack import Stack

FOLDER: Final = Path(__file__).resolve().parents[3] / "docs" / "pictures"
KEYS: Final = Keys()
LIGHT: Final = Look(dark=False, size=DESK, script=True)
DARK: Final = Look(dark=True, size=DESK, script=True)
SMALL: Final = Look(dark=True, size=PHONE, script=True)


@dataclass(frozen=True)
class Picture:
    """Who looks, and how they come to what is shown."""

    look: Look
    come: Callable[[Visitor, Facts], None]


def at(template: str) -> Callable[[Visitor, Facts], None]:
    """By its address."""

    def come(visitor: Visitor, facts: Facts) -> None:
        visitor.open(template.format(**vars(facts)))

    return come


def conflict(visitor: Visitor, facts: Facts) -> None:
    """Two editors; the second one has sent their form."""
    mine, theirs = visitor.page, visitor.another_page()
    for page in (mine, theirs):
        page.goto(f"/rules/{facts.rule}")
    fill(theirs, pattern="fan (failed|removed|too slow)", priority="9", reason="they run slow first")
    visitor.send("Change it", page=theirs)
    fill(mine, pattern="(?i)fan (failed|removed)")
    visitor.send("Change it", page=mine)


def draft(visitor: Visitor, facts: Facts) -> None:
    """A rule that is not there yet, tried on a message and on what has happened."""
    visitor.open("/rules/new")
    fill(visitor.page, rule_name="interfaces", pattern="(LINK|LINEPROTO)-.*UPDOWN", priority="95", severity="major")
    visitor.send("Try it first")
    visitor.page.locator("[name=message]").fill("%LINK-3-UPDOWN: Interface Gi0/7, changed state to down")
    visitor.page.locator("[name=host]").fill("core-sw1")
    visitor.send("Try it again")


def fill(page: Page, **fields: str) -> None:
    """Type into the form."""
    for name, value in fields.items():
        field = page.locator(f"main form.edit [name={name}]").first
        if field.evaluate("one => one.localName") == "select":
            field.select_option(value)
        else:
            field.fill(value)


PICTURES: Final[Mapping[str, Picture]] = {
    "overview-light": Picture(LIGHT, at("/")),
    "overview-dark": Picture(DARK, at("/")),
    "overview-phone": Picture(SMALL, at("/")),
    "letters": Picture(LIGHT, at("/dlq")),
    "letter": Picture(LIGHT, at("/dlq/{letter}")),
    "rule-conflict": Picture(DARK, conflict),
    "rule-draft": Picture(LIGHT, draft),
    "queues": Picture(LIGHT, at("/queues")),
    "events": Picture(LIGHT, at("/events")),
    "trace": Picture(LIGHT, at("/trace/{event}")),
}


def main() -> None:
    """Take all of them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with (
        servers.postgres_server() as postgres,
        servers.openbao_server() as openbao,
        running_stack(postgres, openbao, REMEDIATION_INTERVAL="3600") as stack,
        sync_playwright() as playwright,
    ):
        stack.start("ingestor", "alerter", "forwarder", "remediation", "webui")
        facts = furnish(stack)
        live_a_day(stack)
        chrome = playwright.chromium.launch(executable_path=peer("chromium", "chromium"), args=list(ARGUMENTS))
        for name, picture in PICTURES.items():
            visitor = Visitor(chrome, stack.webui_url, picture.look)
            visitor.log_in()
            picture.come(visitor, facts)
            visitor.page.screenshot(path=folder / f"{name}.png")
            visitor.context.close()
        chrome.close()


def live_a_day(stack: Stack) -> None:
    """Events of now, the ledger of a day, the depths of the last half hour, and somebody who has paused a queue."""
    stack.redis.delete(KEYS.remediation_paused)
    stack.mutt("dlq", "pause", "dlq-moog", "--for", "2h", "--reason", "Moogsoft is upgraded until noon")
    paused: Any = stack.redis.hget(KEYS.remediation_paused, "dlq-moog")
    stack.redis.hset(KEYS.remediation_paused, "dlq-moog", json.dumps(json.loads(paused) | {"actor": "jane"}))
    # The letters were put there by hand: nobody has counted them in.
    stack.redis.hincrby(KEYS.ledger, "accepted", int(str(stack.redis.llen(KEYS.dlq_moog))))
    for tick in range(30):
        stack.send(*events(tick))
    hours = "generate_series(now() - interval '24 hours', now(), interval '1 minute') AS minute"
    busy = "(40 + 25 * sin(extract(epoch FROM minute) / 13751) + 6 * sin(extract(epoch FROM minute) / 431))::bigint"
    for counter in ("accepted", "forwarded"):
        stack.change(
            "INSERT INTO ledger_minutes (minute, source, counter, value)"  # noqa: S608
            f" SELECT date_trunc('minute', minute), 'pod-0', '{counter}', {busy} FROM {hours}"
        )
    ring: list[Frame] = eventually(lambda: frame_ring.read(stack.redis, KEYS), "the first frame is kept", 40)
    stack.redis.rpush(KEYS.frames, *(packed(before(ring[0], number)) for number in range(1, 181)))
    settled = eventually(lambda: called(stack, "GET", "/status")["ledger"], "the ledger is known")
    assert settled is not None


def before(frame: Frame, number: int) -> Frame:
    """The frame so many times ten seconds ago, with depths as they may have been."""
    at_ms = now_ms() - number * 10_000
    flow: Any = frame.snapshot.pipeline.value
    queues = tuple(replace(one, depth=depth(one.name, one.depth, number)) for one in flow.queues)
    past = Part(replace(flow, at_ms=at_ms, queues=queues), None, at_ms)
    return replace(frame, snapshot=replace(frame.snapshot, at_ms=at_ms, pipeline=past))


def depth(queue: str, now: int, number: int) -> int:
    """More waits when more comes; dead letters pile up."""
    if queue.startswith("dlq"):
        return max(0, now - number // 60)
    if queue in {"ingest", "alert"}:
        return max(0, round(60 + 50 * math.sin(number / 17) + 20 * math.sin(number / 3)) if number > 20 else now)
    return now


if __name__ == "__main__":
    main()
