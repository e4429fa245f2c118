"""The pure parts of `mutt up`: when something is started again, and a settings file that means what was meant."""

from __future__ import annotations

import pytest

from mutt_cli.adapters.configuration import parse_env_text
from mutt_cli.ops.platform.env_file import render
from mutt_cli.ops.platform.restarts import Restarts


def test_wait_doubles_from_one_second_to_thirty() -> None:
    state, now, waits = Restarts(0.0), 0.0, []
    for _ in range(7):
        state = state.ended(now)
        waits.append(state.wait)
        assert state.due == now + state.wait
        now += state.wait
        state = state.begun(now)
    assert waits == [1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize(("up", "wait"), [(59.9, 8.0), (60.0, 1.0)])
def test_a_minute_of_running_makes_the_next_wait_the_first(up: float, wait: float) -> None:
    assert Restarts(100.0, wait=4.0).ended(100.0 + up).wait == wait


@pytest.mark.parametrize(
    "text", ["plain", "", "with space", "a # b", "#", 'say "x"', "it's", "trailing ", "a=b", "$HOME"]
)
def test_settings_file_gives_back_every_value(text: str) -> None:
    assert parse_env_text(render({"NAME": text}))[0] == {"NAME": text}


@pytest.mark.parametrize("text", ["two\nlines", "\r", """both ' and " """])
def test_value_that_no_line_can_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="line break or both"):
        render({"NAME": text})
