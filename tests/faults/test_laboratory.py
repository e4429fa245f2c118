"""The fault laboratory: each fault is made in a live deployment; `mutt health` says what it is, and when it is over.

A fault is named by its own check, in its own state; whatever else is bad is one of its consequences and says so.
"""

from __future__ import annotations

import json
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


def bad(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The checks that somebody should look at."""
    return {one["id"]: one for one in told["checks"] if one["status"] not in {"ok", "skipped"}}


@pytest.mark.parametrize("one", FAULTS, ids=lambda one: one.name.replace(" ", "-"))
def test_a_fault_is_named_and_so_is_its_end(stack: Stack, one: Fault) -> None:
    skipped = [name for name in HERE[1].split(",") if name != one.check]
    here = ("--skip", ",".join(skipped))
    eventually(lambda: verdict(stack, *here)[0] == 0, f"all is well before: {bad(verdict(stack, *here)[1])}", 60)

    def named() -> bool:
        code, told = verdict(stack, *here)
        found = bad(told).get(one.check)
        return found is not None and (found["status"], code) == (one.state, max(CODES[one.state], code))

    with one.make(stack):
        eventually(named, f"{one.check} is {one.state}: {bad(verdict(stack, *here)[1])}", 60)
        found = bad(verdict(stack, *here)[1])
        assert found[one.check]["caused_by"] is None
        assert found[one.check]["remedy"].startswith("mutt ")
        others = {name: each for name, each in found.items() if name != one.check}
        assert all(any(fnmatchcase(name, pattern) for pattern in one.follows) for name in others), others
        assert {each["caused_by"] for each in others.values()} <= {one.check}, others
    eventually(lambda: verdict(stack, *here)[0] == 0, f"it is over: {bad(verdict(stack, *here)[1])}", 90)


def test_nothing_is_found_where_nothing_is_wrong(stack: Stack) -> None:
    for _ in range(50):
        code, told = verdict(stack, *HERE)
        assert code == 0, bad(told)
