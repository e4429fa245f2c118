"""The frames that a deployment keeps of itself: bounded, by turns, and readable whatever somebody put beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters import frame_ring
from mutt_cli.keys import Keys
from tests.core.top.frames import frame
from tests.core.top.scenes import incident

if TYPE_CHECKING:
    import pytest

    from mutt_cli.adapters.redis_client import Client

KEYS = Keys()


def test_frames_come_back_oldest_first_and_the_newest_when_few_are_wanted(redis_client: Client) -> None:
    frames = [frame(incident(), seconds=second, accepted=second) for second in range(0, 50, 10)]
    for one in frames:
        frame_ring.append(redis_client, KEYS, one, 10)
    assert frame_ring.read(redis_client, KEYS) == frames
    assert frame_ring.read(redis_client, KEYS, 2) == frames[-2:]
    assert 0 < redis_client.ttl(KEYS.frames) <= 4 * 3600


def test_no_more_are_kept_than_two_hours_have(redis_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_ring, "SPAN_S", 30)
    for second in range(0, 100, 10):
        frame_ring.append(redis_client, KEYS, frame(seconds=second), 10)
    kept = frame_ring.read(redis_client, KEYS)
    assert [one.at_ms for one in kept] == [frame(seconds=second).at_ms for second in (70, 80, 90)]


def test_no_more_are_kept_than_have_room(redis_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_ring, "MOST_BYTES", 8_000)
    for second in range(0, 300, 10):
        frame_ring.append(redis_client, KEYS, frame(seconds=second), 10)
    assert redis_client.llen(KEYS.frames) < 10
    assert sum(len(one) for one in redis_client.lrange(KEYS.frames, 0, -1)) <= 8_000


def test_what_cannot_be_read_is_left_out(redis_client: Client) -> None:
    frame_ring.append(redis_client, KEYS, frame(seconds=1), 10)
    redis_client.lpush(KEYS.frames, b"by hand", b"")
    frame_ring.append(redis_client, KEYS, frame(seconds=2), 10)
    assert len(frame_ring.read(redis_client, KEYS)) == 2


def test_of_many_who_could_write_one_does_in_each_interval(redis_client: Client) -> None:
    assert [frame_ring.take_turn(redis_client, KEYS, 10) for _ in range(3)] == [True, False, False]
    assert frame_ring.take_turn(redis_client, Keys("lane"), 10)
    assert 9_000 < redis_client.pttl(KEYS.frames_turn) <= 9_500
