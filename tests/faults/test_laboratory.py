"""The fault laboratory: each fault is made in a live deployment; `mutt health` says what it is, and when it is over.

A fault is named by its own check, in its own state; whatever else is bad is one of its consequences and says so.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.lab import database, flow, processes, redis
from tests.faults.lab.fault import FAULTS
from tests.stack import eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.faults.lab.fault import Fault
    from tests.servers import PostgresServer
    from tests.stack import Stack

AREAS = (database, flow, processes, redis)
"""The modules of faults; to import them is to enter them."""
HERE = ("--skip", "disk.spool,backup.age,svc.version,clock.skew,redis.ping,db.ping")
"""What depends on the machine that runs the tests; latency is judged by the machine's load."""
OF_THE_MACHINE = ("db-judged", "memory-low", "load-high", "disk-full", "inodes-used", "backup-old", "redis-slow")
"""Causes that depend on the machine, and on servers made for tests: their PostgreSQL does not wait for disks."""
CODES = {"warning": 1, "critical": 2}


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """All five daemons, with a short lease so that what is over is over soon."""
    with running_stack(postgres, openbao, REMEDIATION_INTERVAL="3600", HEARTBEAT_EXPIRY="15") as made:
        made.start("ingestor", "alerter", "forwarder", "remediation", "webui")
        yield made


def verdict(stack: Stack, *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of `mutt health`."""
    done = stack.mutt("health", "-o", "json", "--timeout", "20s", *words)
    return done.returncode, json.loads(done.stdout)


def causes(stack: Stack) -> tuple[list[str], dict[str, Any]]:
    """The causes that `mutt doctor` found, in their order, and its JSON; its exit code says whether there are any."""
    done = stack.mutt("doctor", "-o", "json", "--timeout", "30s")
    told = json.loads(done.stdout)
    found = [one["id"] for one in told["findings"] if not one["id"].startswith(OF_THE_MACHINE)]
    assert done.returncode == (1 if told["findings"] else 0), done.stderr
    return found, told


def bad(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The checks that somebody should look at."""
    return {one["id"]: one for one in told["checks"] if one["status"] not in {"ok", "skipped"}}


def health_names(stack: Stack, one: Fault, here: tuple[str, ...]) -> None:
    """`mutt health` has the fault's check in its state; whatever else is bad is said to follow from it."""

    def named() -> bool:
        code, told = verdict(stack, *here)
        found = bad(told).get(one.check)
        return found is not None and (found["status"], code) == (one.state, max(CODES[one.state], code))

    eventually(named, f"{one.check} is {one.state}: {bad(verdict(stack, *here)[1])}", 60)
    found = bad(verdict(stack, *here)[1])
    assert found[one.check]["caused_by"] is None
    assert found[one.check]["remedy"].startswith("mutt ")
    others = {name: each for name, each in found.items() if name != one.check}
    assert all(any(fnmatchcase(name, pattern) for pattern in one.follows) for name in others), others
    assert {each["caused_by"] for each in others.values()} <= {one.check}, others


def rounds() -> list[Any]:
    """Every fault by night; by day one in four."""
    return [
        pytest.param(one, id=one.name.replace(" ", "-"), marks=[pytest.mark.nightly] if place % 4 else [])
        for place, one in enumerate(FAULTS)
    ]


@pytest.mark.parametrize("one", rounds())
def test_a_fault_is_named_and_so_is_its_end(stack: Stack, one: Fault) -> None:
    skipped = [name for name in HERE[1].split(",") if name != one.check]
    here = ("--skip", ",".join(skipped))
    eventually(lambda: verdict(stack, *here)[0] == 0, f"all is well before: {bad(verdict(stack, *here)[1])}", 60)

    with one.make(stack):
        if one.check:
            health_names(stack, one, here)
        eventually(lambda: causes(stack)[0], f"{one.cause} is found", 60)
        names, told = causes(stack)
        assert [fnmatchcase(name, one.cause) for name in names] == [True] * max(1, len(names)), (names, told)
        assert told["findings"][0]["proof"]
        assert told["findings"][0]["steps"]
    eventually(lambda: verdict(stack, *here)[0] == 0, f"it is over: {bad(verdict(stack, *here)[1])}", 90)


@pytest.mark.parametrize("times", [5, pytest.param(50, marks=pytest.mark.nightly)])
def test_nothing_is_found_where_nothing_is_wrong(stack: Stack, times: int) -> None:
    for _ in range(times):
        code, told = verdict(stack, *HERE)
        assert code == 0, bad(told)


@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.nightly)])
def test_no_cause_is_found_where_nothing_is_wrong(stack: Stack, times: int) -> None:
    for _ in range(times):
        assert causes(stack)[0] == []


def test_each_fault_is_of_a_class_and_the_classes_are_counted() -> None:
    counted = Counter(one.how for one in FAULTS)
    told = ", ".join(f"{how} {number}" for how, number in sorted(counted.items()))
    sys.stdout.write(f"\nfaults made in running processes: {len(FAULTS)} ({told})\n")
    assert len({one.name for one in FAULTS}) == len(FAULTS)
    assert len(FAULTS) >= 35
    assert counted["mend"] >= 20
