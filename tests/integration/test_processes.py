"""Processes that stand still with everything they made, and go on."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.engines.processes import children, family, freeze, stands_still, stop, wake
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def parent() -> Iterator[int]:
    """A shell and the process it made."""
    with subprocess.Popen(["/bin/sh", "-c", "sleep 300 & wait"], start_new_session=True) as made:
        eventually(lambda: children(made.pid), "it has a child")
        yield made.pid
        os.killpg(made.pid, signal.SIGKILL)


def test_a_family_is_the_process_first_and_then_what_it_made(parent: int) -> None:
    assert family(parent) == [parent, *children(parent)]
    assert len(family(parent)) == 2
    assert parent in family(os.getpid())


def test_all_of_a_family_stand_still_and_all_are_woken(parent: int) -> None:
    freeze(parent)
    eventually(lambda: all(stands_still(pid) for pid in family(parent)), "all stand still")
    wake(parent)
    eventually(lambda: not any(stands_still(pid) for pid in family(parent)), "all go on")


def test_a_process_that_stands_still_hears_that_it_shall_end(parent: int) -> None:
    everyone = family(parent)
    freeze(parent)
    assert stop(everyone, ((signal.SIGTERM, 10.0),)) == []


def test_nobody_is_the_family_of_a_process_that_is_gone() -> None:
    with subprocess.Popen(["/bin/true"]) as gone:
        gone.wait()
    assert family(gone.pid) == [gone.pid]
    assert not stands_still(gone.pid)
    wake(gone.pid)
