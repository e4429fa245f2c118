"""A daemon is ready while each of its workers says so."""

from __future__ import annotations

from mutt_cli.daemons.crew import worker_names
from mutt_cli.daemons.readiness import SILENT_S, Board


class Clock:
    def __init__(self) -> None:
        self.now = 1.0

    def __call__(self) -> float:
        return self.now


def test_nobody_is_ready_before_everybody_has_said_so() -> None:
    board = Board(2, Clock())
    assert not board.all_ready()
    board.tell(1, ready=True)
    assert not board.all_ready()
    board.tell(2, ready=True)
    assert board.all_ready()


def test_one_that_says_no_is_enough() -> None:
    board = Board(2, Clock())
    for worker in (1, 2):
        board.tell(worker, ready=True)
    board.tell(1, ready=False)
    assert not board.all_ready()


def test_silence_is_not_readiness() -> None:
    clock = Clock()
    board = Board(1, clock)
    board.tell(1, ready=True)
    clock.now += SILENT_S * 0.9
    assert board.all_ready()
    clock.now += SILENT_S * 0.2
    assert not board.all_ready()


def test_the_first_worker_has_the_daemons_name() -> None:
    assert worker_names("alerter-001", 1) == ("alerter-001",)
    assert worker_names("alerter-001", 3) == ("alerter-001", "alerter-001.2", "alerter-001.3")
