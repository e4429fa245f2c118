"""What a look at the servers measures: how fast they answer, not how busy we were while we asked."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import clock
from mutt_cli.ops.snapshot import servers

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.ops.backends import Backends


class Watch:
    """A clock of which every question takes as long as the test says; the others, no time at all."""

    def __init__(self, *took: float) -> None:
        self.took, self.at = list(took), 0.0

    def perf_counter(self) -> float:
        return self.at

    def ask(self) -> None:
        self.at += self.took.pop(0) if self.took else 0.0


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch(0.4, 0.002, 0.003, 0.004, 0.005)
    stopped = {"perf_counter": made.perf_counter, "sleep": lambda _: None}
    monkeypatch.setattr(clock, "time", SimpleNamespace(**vars(time) | stopped))
    monkeypatch.setattr(clock, "boottime_s", lambda: made.at)
    return made


def test_the_best_of_a_few_round_trips_tells_how_fast_the_database_answers(
    backends: Backends, migrated: Connection, watch: Watch
) -> None:
    class Heard:
        """The connection, whose pings are heard."""

        def __getattr__(self, name: str) -> Any:
            return getattr(migrated, name)

        def execute(self, statement: Any, *more: Any) -> Any:
            if statement == "SELECT 1":
                watch.ask()
            return migrated.execute(statement, *more)

    backends.postgres = Heard  # type: ignore[assignment,method-assign]
    assert servers.database(backends).round_trip_s == pytest.approx(0.002)
    assert watch.took == []


@pytest.mark.parametrize(("seconds", "expected"), [(9, [0.4, 0.002, 0.003]), (0.4, [0.4]), (0, [0.4])])
def test_questions_end_with_their_number_or_their_time_and_one_is_always_asked(
    watch: Watch, seconds: float, expected: list[float]
) -> None:
    assert clock.round_trips(watch.ask, 3, seconds) == pytest.approx(expected)
