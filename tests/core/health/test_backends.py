"""Redis, PostgreSQL and Vault: unreachable is critical, refused is unknown, and what is bad names its cure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mutt_cli.core.database_judgement import Slots
from mutt_cli.core.snapshot import Account, Instance, Part, Snapshot, Trouble, VaultServer
from tests.core.health.snapshots import AWAY, DATABASE, MEMORY, REDIS, REFUSED, TODAY, WELL, bad, check, checks, running


def redis(**memory: Any) -> Snapshot:
    return replace(WELL, redis=Part(replace(REDIS, memory=replace(MEMORY, **memory))))


def database(**changes: Any) -> Snapshot:
    return replace(WELL, database=Part(replace(DATABASE, **changes)))


def vault(**changes: Any) -> Snapshot:
    return replace(WELL, vault=Part(VaultServer(**{"sealed": False, "ttl_s": 1e6, **changes})))


def test_nothing_is_bad_where_all_is_well() -> None:
    assert bad(WELL) == {}
    assert {one.state for one in checks(WELL).values()} == {"ok", "skipped"}
    assert [name for name, one in checks(WELL).items() if one.state == "skipped"] == [
        "drill", "slo.ingest", "slo.forward", "backup.age",
    ]  # fmt: skip


def test_redis_that_is_away_is_critical_and_all_that_it_knows_follows_from_it() -> None:
    found = checks(replace(WELL, redis=AWAY, pipeline=AWAY, account=AWAY))
    assert (found["redis.ping"].state, found["redis.ping"].remedy) == ("critical", "mutt doctor")
    assert "nothing is accepted" in found["redis.ping"].message
    others = {name: one for name, one in found.items() if one.bad and name != "redis.ping"}
    assert {one.state for one in others.values()} == {"unknown"}
    assert {one.caused_by for one in others.values()} == {"redis.ping"}
    assert {"queue.ingest.age", "ledger", "breaker.moog", "redis.memory"} <= set(others)


def test_where_both_back_ends_are_away_all_that_is_unknown_has_its_cause() -> None:
    away = replace(WELL, redis=AWAY, pipeline=AWAY, account=AWAY, database=AWAY)
    assert [one.id for one in checks(away).values() if one.bad and not one.caused_by] == ["redis.ping", "db.ping"]


def test_a_refused_login_is_unknown_for_the_server_may_be_well() -> None:
    assert check(replace(WELL, redis=REFUSED), "redis.ping").state == "unknown"
    assert check(replace(WELL, database=REFUSED), "db.ping").state == "unknown"
    assert check(replace(WELL, vault=REFUSED), "vault.token").state == "unknown"


def test_redis_that_is_a_replica_is_critical_and_services_that_do_not_work_follow_from_it() -> None:
    ill = Instance("alerter", "a", "down", "h", "no heartbeat", 7)
    found = checks(replace(running(ill), redis=Part(replace(REDIS, role="slave"))))
    assert (found["redis.ping"].state, found["redis.ping"].remedy) == ("critical", "mutt redis info")
    assert found["svc.alerter"].caused_by == "redis.ping"


@pytest.mark.parametrize(("seconds", "state"), [(0.01, "ok"), (0.011, "warning"), (0.1, "warning"), (0.11, "critical")])
def test_a_slow_round_trip_to_redis_is_judged_by_the_guides_limit(seconds: float, state: str) -> None:
    assert check(replace(WELL, redis=Part(replace(REDIS, round_trip_s=seconds))), "redis.ping").state == state


@pytest.mark.parametrize(("mib", "state"), [(80, "ok"), (81, "warning"), (91, "critical")])
def test_redis_memory_is_a_share_of_maxmemory(mib: int, state: str) -> None:
    assert check(redis(used=mib << 20), "redis.memory").state == state


def test_redis_without_maxmemory_is_well_with_a_note() -> None:
    found = check(redis(maxmemory=0, used=90 << 20), "redis.memory")
    assert (found.state, found.value) == ("ok", None)
    assert "no maxmemory" in found.message


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"policy": "allkeys-lru"}, "policy allkeys-lru"),
        ({"append_only": False}, "append_only"),
        ({"append_ok": False}, "append"),
    ],
)
def test_redis_that_evicts_or_forgets_is_critical(change: dict[str, Any], told: str) -> None:
    found = check(redis(**change), "redis.safety")
    assert (found.state, found.remedy) == ("critical", "mutt redis memory")
    assert told in found.message


def test_a_database_that_takes_no_writes_is_critical() -> None:
    found = check(database(read_only=True), "db.ping")
    assert found.state == "critical"
    assert "takes no writes" in found.message


def test_a_database_without_a_free_connection_is_told_as_that_and_not_as_away() -> None:
    full = Part[Any](trouble=Trouble("MUTT-P103", "PostgreSQL has no free connection", ("mutt db connections",)))
    found = checks(replace(WELL, database=full))
    assert (found["db.connections"].state, found["db.connections"].remedy) == ("critical", "mutt db connections")
    assert found["db.ping"].caused_by == "db.connections"
    assert found["db.schema"].caused_by == "db.connections"


@pytest.mark.parametrize(("used", "state"), [(80, "ok"), (81, "warning"), (96, "critical")])
def test_connections_are_a_share_of_those_that_mutt_can_get(used: int, state: str) -> None:
    found = check(database(slots=Slots(used, 103, 3)), "db.connections")
    assert (found.state, bool(found.remedy)) == (state, state != "ok")


@pytest.mark.parametrize(
    ("days", "state", "ahead"),
    [
        ((0, 1, 2, 3), "ok", 3),
        ((0, 1), "warning", 1),
        ((0,), "critical", 0),
        ((1, 2, 3), "critical", 3),
        ((0, 2, 3), "critical", 0),
    ],
)
def test_the_history_needs_partitions_for_today_and_the_days_after_it(
    days: tuple[int, ...], state: str, ahead: int
) -> None:
    found = check(database(days=tuple(TODAY + timedelta(days=one) for one in days)), "db.partition")
    assert (found.state, found.value) == (state, ahead)
    assert bool(found.remedy) == (state != "ok")


def test_a_migration_that_is_missing_is_critical_and_partitions_follow_from_it() -> None:
    found = checks(database(pending=("0007 add_x",), days=()))
    assert (found["db.schema"].state, found["db.schema"].remedy) == ("critical", "mutt db migrate --dry-run")
    assert found["db.partition"].caused_by == "db.schema"


@pytest.mark.parametrize(
    ("change", "state", "remedy"),
    [
        ({"ttl_s": 300_000.0}, "ok", ""),
        ({"ttl_s": 259_199.0}, "warning", "mutt vault renew"),
        ({"ttl_s": 86_399.0}, "critical", "mutt vault renew"),
        ({"ttl_s": 86_399.0, "renewable": False}, "critical", "mutt vault rotate plan VAULT_TOKEN"),
        ({"ttl_s": 10.0, "kind": "secret id"}, "ok", ""),
        ({"ttl_s": None}, "ok", ""),
        ({"sealed": True}, "critical", "mutt vault status"),
        ({"initialised": False}, "critical", "mutt vault status"),
        ({"reads": False}, "critical", "mutt vault token"),
        ({"missing": ("MOOG_API_KEY",)}, "critical", "mutt vault set MOOG_API_KEY"),
        ({"unknown": "no credential"}, "unknown", "mutt vault token"),
    ],
)
def test_vault_is_judged_by_whether_services_could_start(change: dict[str, Any], state: str, remedy: str) -> None:
    found = check(vault(**change), "vault.token")
    assert (found.state, found.remedy) == (state, remedy)


def test_without_a_vault_its_check_is_skipped() -> None:
    assert check(replace(WELL, vault=None), "vault.token").state == "skipped"


def test_a_slow_back_end_is_the_cause_of_nothing_that_was_measured() -> None:
    slow = replace(WELL, redis=Part(replace(REDIS, round_trip_s=0.2)), account=Part(Account(5, ("a",))))
    found = checks(slow)
    assert found["redis.ping"].state == "critical"
    assert (found["ledger"].state, found["ledger"].caused_by, found["ledger"].remedy) == (
        "critical",
        "",
        "mutt reconcile",
    )


def test_what_was_not_found_out_in_time_is_unknown() -> None:
    late = Part[Any](trouble=Trouble("MUTT-U010", "db did not finish within 3 s", (), "late"))
    assert check(replace(WELL, database=late), "db.ping").state == "unknown"


def test_a_credential_that_vault_refuses_is_critical_and_one_that_is_not_here_is_unknown() -> None:
    assert check(vault(refused="permission denied"), "vault.token").state == "critical"
    assert check(vault(unknown="no credential"), "vault.token").state == "unknown"
