"""What `mutt health` and `mutt doctor` have to say while faults are there, and when they are over."""

from __future__ import annotations

import json
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tests.faults.lab import database, flow, host, moogsoft, processes, redis, vault
from tests.faults.lab.fault import FAULTS, WELL
from tests.stack import eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.faults.lab.fault import Fault
    from tests.servers import PostgresServer
    from tests.stack import Stack

AREAS = (database, flow, host, moogsoft, processes, redis, vault)
"""The modules of faults; to import them is to enter them."""
BY_NAME = {one.name: one for one in FAULTS}
OF_THIS_MACHINE = ("disk.spool", "backup.age", "svc.version", "clock.skew", "redis.ping", "db.ping")
"""Checks that depend on the machine that runs the tests; latency is judged by the machine's load."""
ITS_CAUSES = ("db-judged", "memory-low", "load-high", "disk-full", "inodes-used", "backup-old", "redis-slow")
"""Causes that depend on it, and on servers made for tests: their PostgreSQL does not wait for disks."""
CODES = {"warning": 1, "critical": 2}


@contextmanager
def laboratory(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """All five daemons, with a short lease so that what is over is over soon."""
    with running_stack(postgres, openbao, REMEDIATION_INTERVAL="3600", HEARTBEAT_EXPIRY="15") as made:
        made.cold = True  # the doctor knows by its command line who holds a port
        made.simulator.behave(WELL)
        made.start("ingestor", "alerter", "forwarder", "remediation", "webui")
        yield made


def verdict(stack: Stack, *faults: Fault) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of `mutt health`, but for what the machine is judged by and none of these faults is about."""
    skipped = [name for name in OF_THIS_MACHINE if not any(name in one.checks for one in faults)]
    done = stack.mutt("health", "-o", "json", "--timeout", "20s", "--skip", ",".join(skipped))
    return done.returncode, json.loads(done.stdout)


def causes(stack: Stack, *faults: Fault) -> tuple[list[str], dict[str, Any]]:
    """The causes that `mutt doctor` found, in their order, and its JSON; its exit code says whether there are any."""
    done = stack.mutt("doctor", "-o", "json", "--timeout", "30s")
    told = json.loads(done.stdout)
    named = [one["id"] for one in told["findings"]]
    assert done.returncode == (1 if named else 0), done.stderr
    return [name for name in named if not name.startswith(ITS_CAUSES) or _is_one_of(name, faults)], told


def bad(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The checks that somebody should look at."""
    return {one["id"]: one for one in told["checks"] if one["status"] not in {"ok", "skipped"}}


def await_well(stack: Stack, when: str, *faults: Fault) -> None:
    """`mutt health` finds nothing wrong any more."""
    eventually(lambda: verdict(stack, *faults)[0] == 0, f"all is well {when}: {bad(verdict(stack, *faults)[1])}", 90)


def health_shows(stack: Stack, *faults: Fault) -> None:
    """Each fault's check is in its state and follows from none; whatever else is bad follows from one of them."""
    roots = {name: one for one in faults for name in one.checks}

    def shown() -> dict[str, dict[str, Any]] | None:
        code, told = verdict(stack, *faults)
        found = bad(told)
        states = {name: found[name]["status"] for name in roots if name in found}
        as_wanted = states == {name: one.state for name, one in roots.items()}
        return found if as_wanted and code == max((CODES[one] for one in states.values()), default=code) else None

    if not roots:
        return
    found = eventually(shown, f"{[*roots]} are shown: {bad(verdict(stack, *faults)[1])}", 60)
    for name in roots:
        assert found[name]["caused_by"] is None, found[name]
        assert found[name]["remedy"].startswith("mutt "), found[name]
    for name, each in found.items():
        if name not in roots:
            assert each["caused_by"] in _may_cause(name, faults), each


def _may_cause(check: str, faults: Sequence[Fault]) -> set[str | None]:
    """The faults' checks that this one may follow from; None stands for a fault that no check shows."""
    causing = [one for one in faults if any(fnmatchcase(check, pattern) for pattern in one.follows)]
    return {name for one in causing for name in one.checks or (None,)}


def doctor_names(stack: Stack, *faults: Fault) -> None:
    """`mutt doctor` names the cause of each fault with its proof and its steps, and nothing else."""

    def all_named() -> bool:
        names = causes(stack, *faults)[0]
        return all(any(fnmatchcase(name, one.cause) for name in names) for one in faults)

    wanted = [one.cause for one in faults]
    eventually(all_named, f"{wanted} are found: {causes(stack, *faults)[0]}", 60)
    names, told = causes(stack, *faults)
    assert [name for name in names if not _is_one_of(name, faults)] == [], told
    assert all(any(fnmatchcase(name, cause) for name in names) for cause in wanted), names
    for one in told["findings"]:
        assert one["proof"], one
        assert one["steps"], one


def _is_one_of(name: str, faults: Sequence[Fault]) -> bool:
    return any(fnmatchcase(name, one.cause) for one in faults)
