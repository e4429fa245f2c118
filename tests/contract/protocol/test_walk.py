"""The protocol under a random walk: see `walk.py` for what may go wrong and what must hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contract.protocol.walk import Walk

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client


def walk(client: Client, walks: int, steps: int, *, derandomize: bool) -> None:
    chosen = settings(
        max_examples=walks, stateful_step_count=steps, deadline=None, derandomize=derandomize, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(lambda: Walk(client), settings=chosen)  # type: ignore[arg-type]


def test_every_event_is_in_exactly_one_place_after_each_step_of_a_walk(redis_client: Client) -> None:
    walk(redis_client, 40, 60, derandomize=True)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_thousands_of_walks_find_no_lost_and_no_doubled_event(redis_client: Client) -> None:
    walk(redis_client, 1000, 100, derandomize=False)
