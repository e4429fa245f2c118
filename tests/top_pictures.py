"""The pictures of docs/top.md, drawn by the app itself of one fixed incident: `python -m tests.top_pictures`.

Every screen at two sizes, on a dark and on a light terminal. Look at them before they are committed.
"""

from __future__ import annotations

import asyncio
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME

from mutt_cli.adapters.configuration import load
from mutt_cli.adapters.dynamic_store import Reader
from mutt_cli.core.top.track import Track
from mutt_cli.ops.dynamic import View
from mutt_cli.present.output import Column, Listing
from mutt_cli.present.settings import settings_listing
from mutt_cli.settings import apply_dynamic
from mutt_cli.settings.dynamic import revision
from mutt_cli.tui import listing_page, picture
from mutt_cli.tui.app import TopApp
from mutt_cli.tui.ask import Ask
from mutt_cli.tui.dlq import LettersPage
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.overview import OverviewPage
from tests.core.health.snapshots import NOW
from tests.core.top.frames import frame
from tests.core.top.scenes import incident, samples
from tests.integration.top_app import source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.terminal_theme import TerminalTheme
    from textual.pilot import Pilot

    from mutt_cli.core.top.frame import Sample

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "top"
SIZES: Final = ((80, 24), (120, 40))
THEMES: Final[Mapping[str, tuple[str, TerminalTheme]]] = {
    "dark": ("ansi-dark", SVG_EXPORT_THEME), "light": ("ansi-light", DEFAULT_TERMINAL_THEME),
}  # fmt: skip
SCREENS: Final = (
    "overview", "queues", "dlq", "rules", "trace", "logs", "config", "ops", "alerts", "help", "dialog", "history",
)  # fmt: skip
AT: Final = datetime.fromtimestamp(NOW / 1000, tz=UTC)
_FORMAT: Final = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""Without the fonts that a browser would fetch from elsewhere."""


class Samples(Track):
    """A track whose curves are those of the incident."""

    def samples(self, place: int | None = None, span_ms: int = 400_000) -> list[Sample]:  # noqa: ARG002
        """All of them, up to the place."""
        last = NOW if place is None else self.at_ms(place)
        return [one for one in samples() if one.at_ms <= last]


def main() -> None:
    """Draw all of them."""
    FOLDER.mkdir(exist_ok=True)
    with patch.object(picture, "now_ms", lambda: NOW + 400), patch.object(listing_page, "utc_now", lambda: AT):
        for size in SIZES:
            for theme in THEMES:
                asyncio.run(_draw(size, theme))


async def _draw(size: tuple[int, int], theme: str) -> None:
    track = Samples(frame(incident(), seconds=second) for second in range(-300, 2, 2))
    app = TopApp(source(protected=True), track, lambda: frame(incident()))
    app.theme = THEMES[theme][0]
    for page in app.roots.values():
        page.fed = True  # what is shown is handed over, never looked up
    async with app.run_test(size=size) as pilot:
        while app.picture.frame is None:  # noqa: ASYNC110  what is waited for is the app's, and has no event
            await asyncio.sleep(0.01)
        for name in SCREENS:
            await _show(name, app, pilot)
            await pilot.pause()
            path = FOLDER / f"{name}-{size[0]}x{size[1]}-{theme}.svg"
            path.write_text(_svg(app, THEMES[theme][1]), encoding="utf-8")


async def _show(name: str, app: TopApp, pilot: Pilot[None]) -> None:
    page = app.roots.get(name)
    if isinstance(page, OverviewPage):
        page.loaded = True
        page.show((list(_passing()), "02:58 config set (done)"))
    if name == "help":
        await pilot.press("1", "question_mark")
    elif name == "alerts":
        await pilot.press("a")
    elif name == "dialog":
        await pilot.press("escape", "3")
        plan = ["REPLAY 2 dead letters", "  2 from dlq-moog to alert, behind 18,204 waiting",
                "  the breaker is open: they wait, and may fail again"]  # fmt: skip
        line = "mutt dlq replay dlq-moog 9f3c1a7d0041 41d07be29c11"
        asked = Ask("DLQ REPLAY  in prod-east [PROD]", plan, line, protected=True,
                    type_what="type the context name to go on (prod-east):")  # fmt: skip
        app.picture.unlock(on=True)
        app.push_screen(asked)
    elif name == "history":
        app.picture.unlock(on=False)
        await pilot.press("escape", "1", *["left_square_bracket"] * 60)
    else:
        if isinstance(page, ListingPage) and name in LISTINGS:
            page.loaded = True
            ListingPage.show(page, LISTINGS[name])
            if isinstance(page, LettersPage):
                page._reasons = [("http-503", 398, True), ("http-400", 11, True)]
        await pilot.press(str(list(app.roots).index(name) + 1), "j", "space")
    app.draw()


def _svg(app: TopApp, theme: TerminalTheme) -> str:
    width, height = app.size
    console = Console(
        width=width, height=height, file=io.StringIO(), force_terminal=True, color_system="truecolor", record=True,
        legacy_windows=False, safe_box=False,
    )  # fmt: skip
    console.print(app.screen._compositor.render_update(full=True, screen_stack=app._background_screens, simplify=True))
    text = console.export_svg(title="mutt top", theme=theme, code_format=_FORMAT, unique_id="mutt-top")
    return text.replace("Fira Code", "monospace")


def _passing() -> Iterator[str]:
    yield "03:12:05.912Z  core-sw1   alerter  alert      link-down  %LINK-3-UPDOWN: Gi0/1, changed state to down"
    yield "03:12:05.874Z  fw-edge2   alerter  alert      vpn-flap   IKE peer 192.0.2.7 lost"
    yield "03:12:05.870Z  db-prod7   alerter  unhandled  -          checkpoint took 91 s"
    yield "03:12:05.801Z  dev-web3   alerter  ignored    link-down  %LINK-3-UPDOWN: Gi0/2, changed state to down"


def _ago(seconds: float) -> datetime:
    return AT - timedelta(seconds=seconds)


def _letters() -> list[dict[str, Any]]:
    hosts = ("core-sw1", "core-sw1", "fw-edge2", "lb-a", "core-sw1", "db-prod7", "core-sw2")
    ids = (
        "9f3c1a7d0041",
        "41d07be29c11",
        "c77e210aa0f3",
        "08aa4f1c5e20",
        "b1290dd71134",
        "5e6f00398da1",
        "77c19abf6602",
    )
    errors = ("severity: required", "severity: required", "host: too long (266)", "severity: required",
              "severity: required", "not JSON: line 1 column 9", "severity: required")  # fmt: skip
    return [
        {
            "id": one, "queue": "dlq-moog", "failed_age_seconds": 291.0 - 2 * n, "reason": "http-400", "attempts": 3,
            "host": host, "rule": "link-down", "error": error, "text": "%LINK-3-UPDOWN",
        }
        for n, (one, host, error) in enumerate(zip(ids, hosts, errors, strict=True))
    ]  # fmt: skip


def _rows(names: str, *told: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [dict(zip(names.split(), one, strict=True)) for one in told]


def _rules() -> list[dict[str, Any]]:
    return _rows(
        "id rule_name priority state severity matches pattern last_match_at team",
        (42, "link-down", 100, "on", "critical", 1284, r"LINK-3-UPDOWN.*\bdown\b", _ago(1), "netops"),
        (9, "vpn-flap", 90, "on", "major", 212, "IKE peer .* lost", _ago(36), "secops"),
        (3, "pool-down", 80, "on", "critical", 18, "pool .* has no member", _ago(612), "platform"),
        (17, "repl-lag", 70, "off", "minor", 0, r"lag \d+ s", None, "dba"),
    )


def _events() -> list[dict[str, Any]]:
    names = "at hostname stage outcome rule_name message severity event_id"
    event = "019cca{:02}-7f3a-7000-8c21-9b1e77c05d1f".format
    return _rows(
        names,
        (_ago(0), "core-sw1", "alerter", "alert", "link-down", "%LINK-3-UPDOWN: Gi0/1 down", "major", event(1)),
        (_ago(1), "fw-edge2", "alerter", "alert", "vpn-flap", "IKE peer 192.0.2.7 lost", "major", event(2)),
        (_ago(1), "db-prod7", "alerter", "unhandled", None, "checkpoint took 91 s", "minor", event(3)),
        (_ago(2), "lb-a", "alerter", "alert", "pool-down", "pool web has no member", "critical", event(4)),
    )


def _said() -> list[dict[str, Any]]:
    return _rows(
        "time service level message",
        (_ago(9), "ingestor", "INFO", "Ingested event correlation_id=7f3a9c21"),
        (_ago(8), "alerter", "INFO", "Processing event with correlation_id=7f3a9c21"),
        (_ago(7), "forwarder", "WARNING", "Moogsoft answered HTTP 503, attempt 5 of 5"),
        (_ago(7), "forwarder", "ERROR", "circuit breaker moogsoft opened after 5 failures"),
        (_ago(3), "remediation", "WARNING", "Moogsoft health: down, replay to it pauses"),
    )


def _operations() -> list[dict[str, Any]]:
    return _rows(
        "started_at operation state actor what reason",
        (_ago(80), "op-7Q2F01", "done", "mk@bastion", "mutt dlq export dlq-moog --out dlq-moog.jsonl", None),
        (_ago(840), "op-7Q1B44", "done", "mk@bastion", "mutt config set moog_rate_limit=200", "INC-1182"),
        (_ago(1600), "op-7PZ9K2", "undone", "mk@bastion", "mutt breaker trip --for 10m", "INC-1182"),
    )


def _settings() -> Listing:
    """Those of a host, a few of them changed for all daemons at run time."""
    configuration = load({"REDIS_HOST": "redis.example.net", "REDIS_TLS_ENABLED": "true"})
    chosen = {"moog_rate_limit": "200", "alerter_queue_shed_threshold": "5000"}
    settings, notices = apply_dynamic(configuration.settings, chosen)
    readers = [Reader(service, f"pod-{n}", f"node-{n}", 100 + n, revision(chosen))
               for service in ("ingestor", "alerter", "forwarder") for n in (1, 2)]  # fmt: skip
    listing = settings_listing(configuration, View(chosen, settings, notices, tuple(readers), {}))
    first = {"RATE_LIMIT_MAX_REQUESTS", "ALERTER_QUEUE_SHED_THRESHOLD"}
    return replace(listing, rows=sorted(listing.rows, key=lambda row: row["key"] not in first), warnings=())


def _of(name: str, rows: list[dict[str, Any]], key: str, **fields: Any) -> Listing:
    forms: dict[str, Any] = {
        "failed_age_seconds": ("seconds", "failed"), "attempts": ("count", "tries"), "error": ("free", ""),
        "at": ("time", ""), "time": ("time", ""), "started_at": ("time", "started"),
        "last_match_at": ("time", "last match"),
        "priority": ("count", ""), "matches": ("count", "24h"), "pattern": ("free", ""), "message": ("free", ""),
        "what": ("free", ""), "reason": ("text", ""), "rule_name": ("text", "name" if name == "rules" else "rule"),
        "hostname": ("text", "host"), "state": ("state", ""), "level": ("state", ""), "text": ("free", ""),
    }  # fmt: skip
    columns = [Column(one, *forms.get(one, ("text", ""))) for one in rows[0]]
    return Listing(f"mutt.{name}", columns, rows, name=key, fields=fields)


LISTINGS: Final = {
    "dlq": replace(_of("dlq", _letters(), "id", depths={"dlq-moog": 412, "dlq-alerter": 3, "dead": 7}), total=422),
    "rules": _of("rules", _rules(), "id"), "trace": _of("trace", _events(), "event_id"),
    "logs": _of("logs", _said(), "time"), "ops": _of("ops", _operations(), "operation"),
    "config": _settings(),
}  # fmt: skip


if __name__ == "__main__":
    main()
