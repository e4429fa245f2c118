"""A stop that a signal asks for is noticed, at whatever moment the signal comes."""

from __future__ import annotations

import os
import signal
import threading

from mutt_cli.adapters.stop_flag import StopFlag


def test_a_signal_wakes_who_waits() -> None:
    flag = StopFlag()
    before = signal.signal(signal.SIGUSR1, lambda *_: flag.set())
    try:
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
        timer.start()
        assert flag.wait(60)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_it_may_be_raised_any_number_of_times_and_is_not_waited_for_again() -> None:
    flag = StopFlag()
    for _ in range(100_000):  # more than a pipe holds
        flag.set()
    assert flag.is_set()
    assert flag.wait(60)


def test_without_a_signal_it_is_not_raised() -> None:
    flag = StopFlag()
    assert not flag.wait(0)
    assert not flag.is_set()
