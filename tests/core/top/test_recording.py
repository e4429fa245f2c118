"""Frames as text and back: whatever a deployment looks like, and whatever a file holds."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.hold import Hold
from mutt_cli.core.snapshot import BreakerState, Part, Trouble
from mutt_cli.core.switches import Off
from mutt_cli.core.top import recording
from mutt_cli.core.top.carried import carried
from mutt_cli.core.top.frame import Frame, sample
from mutt_cli.core.top.recording import Header, Unreadable
from mutt_cli.core.top.track import Track
from mutt_cli.core.window import Window
from tests.core.health.snapshots import AWAY, NOW, WELL, flowing, queue, queued
from tests.core.top.frames import frame, worked

HEADER = Header(recording.KIND, recording.VERSION, "prod-east", "2.5.0", "2026-03-08T03:12:06Z")


def rich() -> Frame:
    """A frame in which every kind of value occurs."""
    snapshot = queued(
        queue("alert", 18_204, 251.0), breaker=BreakerState("OPEN", 5, NOW - 252_000, 252.0, last_error="HTTP 503"),
        off=(Off("dlq/dlq-moog", Hold("mk@bastion", "INC-1182", "op-7Q3A1B", "dlq pause", NOW)),),
        windows=(Window("op-1", "all", "mk", "INC", NOW, NOW + 1),), behind=("alerter a1",), per_minute={"accepted": 9},
    )  # fmt: skip
    return frame(replace(snapshot, vault=None), works={"ingestor": worked(10, 1, 3, 9, 10, 10)})


@pytest.mark.parametrize("one", [frame(), rich(), frame(replace(WELL, pipeline=AWAY, redis=AWAY, database=AWAY))])
def test_a_frame_is_the_same_after_it_was_kept(one: Frame) -> None:
    assert recording.unpacked(recording.packed(one)) == one
    assert recording.read_frame(recording.frame_line(one)) == one


def test_two_hours_of_frames_are_about_a_mebibyte() -> None:
    assert len(recording.packed(rich())) * 720 < 1.5 * (1 << 20)


def test_a_line_is_one_line_whatever_stands_in_it() -> None:
    one = frame(flowing(breaker=BreakerState("OPEN", last_error="first\nsecond\r\u2028\x1b[31m")))
    assert recording.frame_line(one).count(b"\n") == 0
    assert recording.read_frame(recording.frame_line(one)) == one


def test_members_of_a_later_release_are_passed_over_and_those_of_an_earlier_one_are_filled_in() -> None:
    told = msgspec.json.decode(recording.frame_line(frame()))
    told["weather"] = {"rain": True}
    told["snapshot"]["pipeline"]["value"].pop("behind")
    found = recording.read_frame(msgspec.json.encode(told))
    assert isinstance(found, Frame)
    assert found.snapshot.pipeline.value is not None
    assert found.snapshot.pipeline.value.behind == ()


def test_a_header_says_what_the_file_is() -> None:
    assert recording.read_header(recording.header_line(HEADER)) == HEADER


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "no header"),
        (b"{}", "no header"),
        (recording.header_line(replace(HEADER, kind="mutt.backup")), "it is a mutt.backup"),
        (recording.header_line(replace(HEADER, version=99, mutt="9.0")), "of mutt 9.0"),
    ],
)
def test_what_is_no_recording_of_ours_is_told_by_its_first_line(line: bytes, reason: str) -> None:
    found = recording.read_header(line)
    assert isinstance(found, Unreadable)
    assert reason in found.reason


@given(st.binary(max_size=200))
def test_no_bytes_make_it_crash(data: bytes) -> None:
    assert isinstance(recording.read_frame(data), Unreadable)
    assert isinstance(recording.unpacked(data), Unreadable)
    assert isinstance(recording.read_header(data), Unreadable)


def test_what_could_not_be_had_now_is_of_before_and_says_so() -> None:
    first = carried(frame(queued(queue("ingest", 42)), works={"webui": worked(3)}), None)
    assert (first.old, first.frame.snapshot.redis.value) == (frozenset(), WELL.redis.value)
    blind = Frame(replace(WELL, at_ms=NOW + 2000, pipeline=AWAY, redis=AWAY), Part(trouble=Trouble("X", "away")))
    second = carried(blind, first)
    assert second.old == {"pipeline", "redis", "work"}
    flow = second.frame.snapshot.pipeline
    assert flow.value is not None
    assert (flow.value.queues[0].depth, flow.at_ms, flow.trouble) == (42, NOW, AWAY.trouble)
    assert carried(blind, second).old == second.old
    assert carried(frame(seconds=9), second).old == frozenset()


def test_what_was_never_known_stays_unknown() -> None:
    assert carried(frame(replace(WELL, database=AWAY)), None).frame.snapshot.database.value is None


def test_a_track_keeps_the_newest_and_finds_the_frame_of_a_moment() -> None:
    track = Track((frame(seconds=second, accepted=second) for second in range(0, 100, 2)), most=10)
    assert (len(track), track.at_ms(0), track.at_ms(9)) == (10, NOW + 80_000, NOW + 98_000)
    assert track.place_of(NOW + 85_000) == 2
    assert (track.place_of(0), track.place_of(10**15)) == (0, 9)
    assert track.frame(2) == frame(seconds=84, accepted=84)
    assert [one.counters["accepted"] for one in track.samples(2)] == [80, 82, 84]
    assert len(track.samples()) == 10


def test_frames_that_claim_to_be_of_later_than_now_are_forgotten() -> None:
    track = Track([frame(seconds=10), frame(seconds=300), frame(seconds=12), frame(seconds=12)])
    assert [track.at_ms(place) - NOW for place in range(len(track))] == [10_000, 12_000]


def test_hosts_that_disagree_about_the_time_are_put_in_the_order_of_redis() -> None:
    other = replace(frame(seconds=4), snapshot=replace(frame(seconds=4).snapshot, at_ms=NOW + 999_000))
    blind = Frame(replace(WELL, at_ms=NOW + 1_001_000, pipeline=AWAY))
    track = Track([frame(seconds=2), other, blind])
    assert [track.at_ms(place) - NOW for place in range(3)] == [2_000, 4_000, 6_000]
    track.add(frame(seconds=8))
    assert len(track) == 4


@pytest.mark.parametrize("at_ms", [-1, 10**18, -(10**18)])
def test_a_time_that_is_in_no_calendar_is_no_frame(at_ms: int) -> None:
    odd = Frame(replace(WELL, at_ms=at_ms))
    assert isinstance(recording.read_frame(recording.frame_line(odd)), Unreadable)


def test_a_moment_without_redis_has_no_sample_and_makes_no_rate() -> None:
    blind = Frame(replace(WELL, at_ms=NOW + 2000, pipeline=AWAY))
    assert sample(blind) is None
    track = Track([frame(), blind, frame(seconds=4)])
    assert (len(track), len(track.samples())) == (3, 2)
