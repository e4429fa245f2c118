"""Everything breaks at once for a minute, and every event that was answered 200 arrives, once, but for posts under way.

Two alerters, two forwarders, an ingestor and remediation as real processes, leases of 2 s, a Moogsoft that flaps.
Truth comes from the ids at the sender and at the simulator; what MUTT says of itself (ledger, history) must agree.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests import servers
from tests.faults.harness import SHORT, Accounts, Sender, accounts, all_drained
from tests.faults.storm import Flapping, Plan, Storm
from tests.stack import Stack, eventually, stack_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao

SLOTS = 4
SETTINGS = SHORT | {
    "FORWARDER_CONCURRENCY": str(SLOTS),
    "CIRCUIT_BREAKER_ENABLED": "true",
    "CIRCUIT_BREAKER_THRESHOLD": "15",
    "CIRCUIT_BREAKER_TIMEOUT": "1",
    "REMEDIATION_INTERVAL": "1",
}
MINUTE = Plan(kills=60, parts=8, pauses=8, redis_kills=3, database_restarts=3, seconds=60)
LONG = Plan(kills=200, parts=25, pauses=50, redis_kills=8, database_restarts=8, seconds=240)


@contextmanager
def whole_pipeline(openbao: DevOpenBao) -> Iterator[tuple[Stack, servers.PostgresServer]]:
    """Every daemon of the path, two of those that share work, on servers of their own."""
    with (
        servers.postgres_server() as postgres,
        servers.valkey_server(in_memory=True) as valkey,
        stack_on(valkey, postgres, openbao, SETTINGS) as stack,
    ):
        stack.start("ingestor", "alerter", "forwarder", "remediation")
        stack.second("alerter").start()
        stack.second("forwarder").start()
        yield stack, postgres


def weathered(stack: Stack, postgres: servers.PostgresServer, seed: int, plan: Plan) -> tuple[Accounts, Storm]:
    """Send through the storm, then let the pipeline run empty, and count."""
    sender, storm = Sender(stack), Storm(stack, postgres, seed, SLOTS)
    sender.start()
    with Flapping(stack):
        storm.run(plan)
    sender.stop()
    eventually(lambda: all_drained(stack), f"the pipeline runs empty: {storm.summary()}", 90)
    return accounts(stack, sender), storm


def decisions_stored(stack: Stack) -> Counter[str]:
    """How many decisions the history holds for each event."""
    eventually(lambda: not stack.redis.xlen("mutt:journal"), "the historian has stored everything", 60)
    rows = stack.query("SELECT event_id::text, count(*) FROM event_history WHERE stage = 'alerter' GROUP BY 1")
    return Counter({str(event_id): int(times) for event_id, times in rows})


@pytest.mark.timeout(420)
@pytest.mark.parametrize(
    ("seed", "plan"), [(1, MINUTE), pytest.param(2, LONG, marks=[pytest.mark.nightly, pytest.mark.timeout(1200)])]
)
def test_storm_loses_nothing_strands_nothing_and_repeats_only_posts_under_way(
    openbao: DevOpenBao, seed: int, plan: Plan
) -> None:
    with whole_pipeline(openbao) as (stack, postgres):
        found, storm = weathered(stack, postgres, seed, plan)
        told = f"{storm.summary()}: {found.summary()}"
        print(told)  # noqa: T201 - shown by pytest -s: the figures of a run
        assert found.lost == set(), told
        assert found.everything_held == {}, told
        assert found.duplicates <= storm.posts_at_faults, told
        assert all(victim.kills for victim in storm.victims), told
        assert len(found.accepted) > 10 * plan.seconds, told
        stored = decisions_stored(stack)
        assert {one: stored[one] for one in found.accepted if stored[one] != 1} == {}, told
        ledger = stack.mutt("reconcile", "-o", "json")
        assert ledger.returncode == 0, f"{told}: {ledger.stdout} {ledger.stderr}"
