"""A restart is over when as many processes are back as there were, each with the new value."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
import pytest

from mutt_cli.adapters import dynamic_store, host
from mutt_cli.adapters.dynamic_store import Reader
from mutt_cli.keys import Keys
from mutt_cli.ops.static_settings import Change, Plan
from mutt_cli.ops.static_wait import wait
from mutt_cli.settings import BY_ENV

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.ops.backends import Backends

KEYS = Keys()
OLD = Reader("ingestor", "pod-1.7", host.hostname(), 7, "none", pod="pod-1")
NEW = msgspec.structs.replace(OLD, name="pod-1.8", pid=8, values={"INGEST_MAX_BATCH": "5000"})


class Place:
    """The part of Backends that is asked."""

    def __init__(self, client: Client) -> None:
        self.keys = KEYS
        self.redis = lambda: client


@pytest.fixture
def backends(redis_client: Client) -> Backends:
    return cast("Backends", Place(redis_client))


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    change = Change(BY_ENV["INGEST_MAX_BATCH"], 1000, "default", 5000)
    return Plan((change,), tmp_path / "mutt.env", "", "", ())


def test_a_daemon_that_ended_and_did_not_come_back_is_gone(backends: Backends, plan: Plan) -> None:
    found = wait(backends, plan, [OLD], 0.0)
    assert (found.found, found.behind, found.gone) == ((), (), (OLD,))


def test_one_with_the_former_value_is_behind(backends: Backends, plan: Plan, redis_client: Client) -> None:
    dynamic_store.note_reader(redis_client, KEYS, OLD)
    found = wait(backends, plan, [OLD], 0.0)
    assert (found.behind, found.gone) == ((OLD,), ())


def test_one_that_came_for_each_that_went_ends_the_wait(backends: Backends, plan: Plan, redis_client: Client) -> None:
    dynamic_store.note_reader(redis_client, KEYS, NEW)
    found = wait(backends, plan, [OLD], 20.0)
    assert (found.found, found.behind, found.gone) == ((NEW,), (), ())
    twice = wait(backends, plan, [OLD, msgspec.structs.replace(OLD, name="pod-1.9", pid=9)], 0.0)
    assert len(twice.gone) == 1
