"""Lines about single events: each up to a rate, one in N beyond it."""

from __future__ import annotations

import logging

import pytest

from mutt_cli.adapters.logs import EventLog


class OneSecond(EventLog):
    """All of a test's events fall into one second."""

    def _turn(self) -> None:
        """The second is still the same."""


@pytest.mark.parametrize("lots", [(1, 1, 1), (500,), (7, 0, 23), (10, 10), (9, 2, 40), (3, 60)])
@pytest.mark.parametrize("limit", [1, 3, 10])
def test_events_that_come_in_lots_are_sampled_as_if_they_came_one_by_one(lots: tuple[int, ...], limit: int) -> None:
    singly, together = (OneSecond(logging.getLogger("t"), limit) for _ in range(2))
    for count in lots:
        assert list(together.due_among(count)) == [place for place in range(count) if singly.due()]


def test_only_lines_beyond_the_rate_say_that_they_stand_for_more(caplog: pytest.LogCaptureFixture) -> None:
    log = OneSecond(logging.getLogger("t"), 2)
    with caplog.at_level(logging.INFO, "t"):
        for place in log.due_among(6):
            log.line(f"event {place + 1}")
    assert [(record.message, getattr(record, "sampled", None)) for record in caplog.records] == [
        ("event 1", None), ("event 2", None), ("event 4", 2), ("event 6", 2),
    ]  # fmt: skip
