"""What an operator should look at first."""

from __future__ import annotations

from mutt_cli.core.health.catalogue import BY_ID
from mutt_cli.core.health.check import HealthCheck, State
from mutt_cli.core.status import findings, verdict


def check(name: str, state: State, caused_by: str = "") -> HealthCheck:
    return HealthCheck(BY_ID[name], state, f"{name} is {state}", caused_by=caused_by, remedy=f"mutt explain {name}")


def test_nothing_is_found_where_every_check_is_well() -> None:
    checks = [check("redis.ping", "ok"), check("slo.ingest", "skipped")]
    assert (findings(checks), verdict(checks)) == ((), "ok")


def test_the_worst_stands_first_and_a_cause_before_what_follows_from_it() -> None:
    checks = [
        check("queue.alert.age", "critical", "breaker.moog"), check("dlq.dead.depth", "warning"),
        check("breaker.moog", "critical"), check("vault.token", "unknown"),
    ]  # fmt: skip
    found = findings(checks)
    assert [(one.state, one.check) for one in found] == [
        ("crit", "breaker.moog"), ("crit", "queue.alert.age"), ("warn", "dlq.dead.depth"), ("unkn", "vault.token"),
    ]  # fmt: skip
    assert found[1].caused_by == "breaker.moog"
    assert verdict(checks) == "crit"


def test_what_could_not_be_found_out_is_neither_well_nor_bad() -> None:
    assert verdict([check("redis.ping", "ok"), check("vault.token", "unknown")]) == "unkn"
