"""The delivery limit in words, and a forwarder that speaks of it once per episode."""

from __future__ import annotations

from mutt_cli.core.delivery_limit import Episode, Limit


def said(*claims: tuple[float, bool]) -> list[str | None]:
    """What a forwarder says after claims at these seconds, with a window of 60 s."""
    episode = Episode()
    return [episode.note(limited=limited, now_s=at, window_s=60) for at, limited in claims]


def test_limit_is_full_when_its_permits_are_given() -> None:
    assert not Limit(99, 100, 60).full
    assert Limit(100, 100, 60).full
    assert Limit(120, 100, 60).full  # it was lowered


def test_words_name_the_setting_and_its_numbers() -> None:
    assert Limit(0, 1000, 60).words == "RATE_LIMIT_MAX_REQUESTS (1,000 in 60 s)"


def test_episode_is_told_when_it_begins_and_when_a_whole_window_passed_without_a_wait() -> None:
    assert said((0, False), (1, True), (2, True), (3, False), (4, True)) == [None, "begins", None, None, None]
    assert said((1, True), (60, False), (61, False), (62, False)) == ["begins", None, "ends", None]
    assert said((1, True), (61, False), (70, True)) == ["begins", "ends", "begins"]
