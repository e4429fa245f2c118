"""The screens as text: what stands where, at every size, whatever is wrong, whatever devices wrote."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.snapshot import SERVICES
from mutt_cli.core.top.carried import carried
from mutt_cli.core.top.frame import Frame
from mutt_cli.present.top import line
from mutt_cli.present.top.flow import flow_line
from mutt_cli.present.top.help import help_screen
from mutt_cli.present.top.overview import rows, screen, targets
from mutt_cli.present.top.rows import Target
from mutt_cli.present.top.spoken import Spoken
from mutt_cli.present.top.view import Lock
from tests.core.health.snapshots import AWAY, NOW, WELL, queue, queued
from tests.core.top.frames import frame, view
from tests.core.top.scenes import hostile, incident, is_harmless, rectangle, samples, silent, without

if TYPE_CHECKING:
    from mutt_cli.core.snapshot import Snapshot

KEPT: Final = Path(__file__).resolve().parents[2] / "data" / "top"
SIZES: Final = ((80, 24), (120, 40), (60, 15), (40, 10), (200, 60), (100, 30), (20, 5), (80, 23), (99, 50))
FEED: Final = [
    "03:12:05.912Z  core-sw1   alert      link-down  %LINK-3-UPDOWN: Gi0/1 down",
    "03:12:05.874Z  fw-edge2   unhandled  -          VPN flap",
]
PARTS: Final = ("redis", "database", "pipeline", "account", "host", "vault")


def drawn(snapshot: Snapshot, size: tuple[int, int] = (80, 24), **changes: Any) -> str:
    """The overview as text."""
    return line.texts(screen(view(size, snapshot, samples(), **changes), feed=FEED, last_operation="02:58 config set"))


@pytest.mark.parametrize(
    ("name", "size", "changes"),
    [
        ("overview-80x24", (80, 24), {}),
        ("overview-120x40", (120, 40), {}),
        ("overview-80x24-ascii", (80, 24), {"ascii_only": True}),
        ("overview-40x10", (40, 10), {}),
    ],
)
def test_the_overview_of_an_incident_is_as_it_was_looked_at(
    name: str, size: tuple[int, int], changes: dict[str, Any]
) -> None:
    """MUTT_UPDATE_SCREENS=1 keeps what is drawn now; look at it before it is committed."""
    text, path = drawn(incident(), size, **changes), KEPT / f"{name}.txt"
    if os.environ.get("MUTT_UPDATE_SCREENS"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_page_of_keys_is_as_it_was_looked_at_and_has_room_on_the_smallest_screen() -> None:
    text, path = line.texts(help_screen(view())), KEPT / "help-80x24.txt"
    if os.environ.get("MUTT_UPDATE_SCREENS"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert "any key closes" in text


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "scene", [WELL, incident(), hostile(), silent()], ids=["well", "incident", "hostile", "silent"]
)
def test_every_screen_is_exactly_as_large_as_the_terminal(scene: Snapshot, size: tuple[int, int]) -> None:
    shown = view(size, scene, samples())
    assert rectangle(shown, screen(shown, feed=FEED))
    assert rectangle(shown, help_screen(shown))
    blind = replace(shown, frame=None, checks=(), samples=())
    assert rectangle(blind, screen(blind))


@pytest.mark.parametrize("size", SIZES)
def test_text_from_outside_does_nothing_on_the_screen(size: tuple[int, int]) -> None:
    shown = replace(view(size, hostile()), context="\x1b]0;x\x07", path="\u202e", message="\x9b")
    assert is_harmless(line.texts(screen(shown, feed=["\x1b[2J"], last_operation="\x1b")))


def test_it_says_where_it_stops() -> None:
    text = drawn(incident())
    assert "forwarder 0/s ──✖ Moogsoft (open)" in text
    assert "!alert" in text
    assert "CRIT breaker.moog" in text
    assert "never" in text
    lines = text.splitlines()
    assert lines[0].startswith(" MUTT  prod-east [PROD]")
    assert "CRIT" in lines[0]
    assert next(one for one in lines if "forwarder   " in one).split()[2] == "blocked"


def test_a_well_deployment_is_said_to_be_well_in_words() -> None:
    text = drawn(WELL)
    assert "nothing is wrong" in text
    assert " OK " in text.splitlines()[0]
    assert "✖" not in text


def test_a_service_of_which_nothing_runs_breaks_the_way_to_it() -> None:
    gone = replace(WELL, services=replace(WELL.services, value=WELL.services.value[:1]))  # type: ignore[index]
    assert "ingestor" in line.plain(flow_line(view(snapshot=gone)))
    assert "✖ alerter" in line.plain(flow_line(view(snapshot=gone)))


@pytest.mark.parametrize("part", PARTS)
def test_each_source_may_be_dead_and_its_numbers_are_unknown_and_never_zero(part: str) -> None:
    text = drawn(without(part), (120, 40))
    if part == "pipeline":
        queues = [one for one in text.splitlines() if one.startswith("?")]
        assert queues[0].split()[:2] == ["?ingest", "?"]
    assert "Traceback" not in text


def test_numbers_of_before_stay_on_the_screen_and_are_marked() -> None:
    first = carried(frame(queued(queue("dlq-old-events", 42, 9.0))), None)
    second = carried(Frame(replace(WELL, at_ms=NOW, pipeline=AWAY, redis=AWAY)), first)
    text = line.texts(screen(replace(view(), frame=second.frame, old=second.old)))
    assert [one for one in text.splitlines() if one.startswith("~dlq-old-events") and " 42 " in one]


def test_an_old_frame_is_never_shown_as_if_it_were_new() -> None:
    shown = replace(view(), now_ms=NOW + 14_000)
    assert "STALE 14s" in line.plain(screen(shown)[0])
    assert "STALE" not in line.plain(screen(replace(shown, mode="history"))[0])
    assert "HISTORY" in line.plain(screen(replace(shown, mode="history"))[0])


def test_the_head_says_whether_keys_may_change_something() -> None:
    assert "READ-ONLY" in line.plain(screen(view())[0])
    assert "UNLOCKED 10m" in line.plain(screen(replace(view(), lock=Lock(599.0)))[0])


def test_without_characters_beyond_ascii_everything_can_be_read_all_the_same() -> None:
    for size in SIZES:
        assert drawn(incident(), size, ascii_only=True).isascii()
        assert line.texts(help_screen(view(size, ascii_only=True))).isascii()


def test_every_row_that_can_be_chosen_is_marked_when_it_is() -> None:
    shown = view(snapshot=incident(), samples=samples())
    found = targets(rows(shown))
    assert [one.name for one in found[:5]] == list(SERVICES)
    assert Target("queue", "alert") in found
    assert Target("check", "breaker.moog") in found
    for one in found:
        chosen = [spans for spans in screen(shown, one) if any(style == "cursor" for _, style in spans)]
        assert len(chosen) == 1
        assert one.name.split(".")[0] in line.plain(chosen[0])


def test_a_queue_that_is_not_empty_is_never_left_out_for_one_that_is() -> None:
    full = queued(queue("quarantine", 3, 5.0), queue("retry", 2, 1.0))
    names = [one.name for one in targets(rows(view(snapshot=full))) if one.kind == "queue"]
    assert {"quarantine", "retry", "ingest", "alert"} <= set(names)


def test_what_does_not_fit_is_counted() -> None:
    assert " more: a" in drawn(silent())


@given(st.text(max_size=60), st.integers(0, 50))
def test_a_line_is_as_wide_as_it_is_told_to_be(text: str, width: int) -> None:
    assert sum(line.wide(part) for part, _ in line.fitted(((line.shown(text), ""),), width)) == width
    assert line.wide(line.cell(line.shown(text), width)) == width


def test_a_curve_has_its_greatest_value_at_the_top_and_blanks_where_nothing_is_known() -> None:
    assert line.sparkline([None, 0, 5, 10], ascii_only=False) == " ▁▅█"
    assert line.sparkline([0, 0], ascii_only=False) == "▁▁"
    assert line.sparkline([7, 7], ascii_only=False) == "▅▅"
    assert line.sparkline([None, 0, 10], ascii_only=True) == " .#"


def test_changes_are_told_once_and_their_end_too() -> None:
    spoken = Spoken()
    first = spoken.lines(view(snapshot=incident(), samples=samples()))
    assert [one for one in first if one.startswith("CRIT breaker.moog")]
    assert "service forwarder: blocked, 2 of 2 at work" in first
    assert spoken.lines(view(snapshot=incident(), samples=samples())) == []
    over = spoken.lines(view())
    assert "over: breaker.moog" in over
    assert "queue alert: 0 waiting" in over
    assert is_harmless("".join(Spoken().lines(view(snapshot=hostile()))))
