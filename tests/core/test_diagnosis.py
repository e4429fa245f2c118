"""From evidence to causes: each cause is found by its own evidence, and what follows from it is not told as another."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.core.checks import Check
from mutt_cli.core.delivery_limit import Limit
from mutt_cli.core.diagnosis import BY_ID, diagnose, only
from mutt_cli.core.diagnosis.cause import filled
from mutt_cli.core.diagnosis.evidence import (
    Certificate,
    Evidence,
    Host,
    LogFile,
    Moogsoft,
    Place,
    Port,
    RuleFact,
    ShutPort,
    Unit,
)
from mutt_cli.core.hold import Hold
from mutt_cli.core.snapshot import (
    SERVICES,
    Account,
    BreakerState,
    Disk,
    HostState,
    Instance,
    JournalState,
    Orphans,
    Part,
    RuleCache,
    Trouble,
    VaultServer,
)
from mutt_cli.core.switches import Off
from tests.core.health.snapshots import (
    AWAY,
    DATABASE,
    MEMORY,
    REDIS,
    REFUSED,
    TODAY,
    WELL,
    checks,
    flowing,
    queue,
    queued,
    running,
)

if TYPE_CHECKING:
    from mutt_cli.core.diagnosis.cause import Cause
    from mutt_cli.core.snapshot import Snapshot

WORKS = Moogsoft("http://moog:80", healthy=True, seconds=0.1)
HOLD = Hold(actor="mk@bastion", reason="INC-1182")
P102 = Part[Any](trouble=Trouble("MUTT-P102", "PostgreSQL refused the login", (), "refused"))
FULL = Part[Any](trouble=Trouble("MUTT-P103", "PostgreSQL has no free connection", ("mutt db connections",)))


def evidence(snapshot: Snapshot = WELL, **parts: Any) -> Evidence:
    return Evidence(snapshot, checks(snapshot), **{"moogsoft": WORKS, **parts})


def found(one: Evidence) -> list[str]:
    return [finding.id for finding in diagnose(one)]


def redis(**changes: Any) -> Snapshot:
    memory = {name: value for name, value in changes.items() if hasattr(MEMORY, name)}
    server = {name: value for name, value in changes.items() if name not in memory}
    return replace(WELL, redis=Part(replace(REDIS, memory=replace(MEMORY, **memory), **server)))


def database(**changes: Any) -> Snapshot:
    return replace(WELL, database=Part(replace(DATABASE, **changes)))


def vault(**changes: Any) -> Snapshot:
    return replace(WELL, vault=Part(VaultServer(**{"sealed": False, "ttl_s": 1e6, **changes})))


def process(service: str, state: str, detail: str) -> Snapshot:
    return running(Instance(service, "x", state, "h", detail, 4711))


def opened(**probe: Any) -> Evidence:
    snapshot = flowing(breaker=BreakerState("OPEN", 5, 1, 252.0, last_error="HTTP 503"))
    return evidence(snapshot, moogsoft=replace(WORKS, **probe))


def on_host(**facts: Any) -> Evidence:
    return evidence(host=Host(**facts))


LOST: dict[str, Any] = {"redis": AWAY, "pipeline": AWAY, "account": AWAY}
EXAMPLES: dict[str, Evidence] = {
    "redis-away": evidence(replace(WELL, **LOST)),
    "redis-login": evidence(replace(WELL, redis=REFUSED, pipeline=REFUSED, account=REFUSED)),
    "redis-replica": evidence(redis(role="slave")),
    "redis-cluster": evidence(redis(cluster=True)),
    "redis-evicts": evidence(redis(policy="allkeys-lru")),
    "redis-forgets": evidence(redis(append_only=False)),
    "redis-disk": evidence(redis(append_ok=False)),
    "redis-full": evidence(redis(used=95 << 20)),
    "redis-slow": evidence(redis(round_trip_s=0.2)),
    "db-away": evidence(replace(WELL, database=AWAY)),
    "db-login": evidence(replace(WELL, database=P102)),
    "db-connections": evidence(replace(WELL, database=FULL)),
    "db-read-only": evidence(database(read_only=True)),
    "db-schema": evidence(database(pending=("0007 add_x",), days=())),
    "partition-missing": evidence(database(days=(TODAY,))),
    "index-missing": evidence(indexes={"idx_event_history_host": "missing"}),
    "db-judged:dead_rows": evidence(stores=(Check("dead_rows", "warn", 5, "count", tries=("VACUUM;",)),)),
    "vault-away": evidence(replace(WELL, vault=AWAY)),
    "vault-sealed": evidence(vault(sealed=True)),
    "vault-refuses": evidence(vault(refused="permission denied")),
    "vault-policy": evidence(vault(reads=False)),
    "vault-key-missing:MOOG_API_KEY": evidence(vault(missing=("MOOG_API_KEY",))),
    "vault-token-ends": evidence(vault(ttl_s=3600.0)),
    "disk-full:state": evidence(replace(WELL, host=Part(HostState("h", (Disk("state", "/s", 0.99, 1),))))),
    "inodes-used:/s": on_host(inodes_used={"/s": 0.99}),
    "port-taken:webui": evidence(
        process("webui", "down", "Connection refused"), host=Host(stolen_ports=(Port("webui", "WEBUI_PORT", 8090),))
    ),
    "place-unusable:/s": on_host(places=(Place("/s", "cannot be written to", "LOG_DIR"),)),
    "name-unresolved:db1": on_host(unresolved={"db1": "POSTGRES_HOST"}),
    "memory-low": on_host(memory_available=0.05),
    "load-high": evidence(redis(round_trip_s=0.2), host=Host(load_per_core=9.0)),
    "clock-skew": evidence(redis(skew_s=40.0)),
    "other-mutt": on_host(other_mutt="/usr/bin/mutt"),
    "selinux-denies": on_host(selinux_denials=3),
    "firewall-closed:ingestor": on_host(shut_ports=(ShutPort("ingestor", "INGESTOR_PORT", 8080, ("public",)),)),
    "certificate-ends:VAULT_ADDR": on_host(certificates=(Certificate("VAULT_ADDR", "https://v:8200", 3 * 86_400.0),)),
    "logs-grow": on_host(logs=(LogFile("/var/log/mutt/alerter.log", 2 << 30),)),
    "backup-old": evidence(replace(WELL, host=Part(HostState("h", backup_age_s=1e6)))),
    "killed-for-memory:alerter": evidence(
        process("alerter", "down", "no heartbeat"),
        host=Host(units={"alerter": Unit("mutt-alerter", "failed", "oom-kill")}),
    ),
    "platform-stopped": evidence(replace(WELL, **LOST), host=Host(stopped_platform="/s")),
    "restart-loop:webui": on_host(units={"webui": Unit("mutt-webui", "activating", restarts=9)}),
    "unit-changed:webui": on_host(units={"webui": Unit("mutt-webui", "active", reload_needed=True)}),
    **{f"{name}-gone": evidence(process(name, "down", "its process is gone")) for name in SERVICES},
    **{f"{name}-stopped": evidence(process(name, "unhealthy", "its process is stopped")) for name in SERVICES},
    **{f"{name}-ill": evidence(process(name, "unhealthy", "redis error")) for name in SERVICES},
    **{
        f"{name}-absent": evidence(
            replace(WELL, services=Part(tuple(one for one in WELL.services.value or () if one.service != name)))
        )
        for name in SERVICES
    },
    "version-skew": evidence(
        running(Instance("webui", "x", "ok", "h", "", 1, "2026-03-08T00:00:00Z", "2.4.0")),
    ),
    "moogsoft-name": opened(healthy=False, failed="dns"),
    "moogsoft-unreachable": opened(healthy=False, failed="connect"),
    "moogsoft-certificate": opened(healthy=False, failed="tls"),
    "moogsoft-key": opened(healthy=False, status=401, key_refused=True),
    "moogsoft-ill": opened(healthy=False, status=503),
    "moogsoft-limits": evidence(moogsoft=replace(WORKS, status=429, text="HTTP 429 Too Many Requests")),
    "breaker-open": evidence(flowing(breaker=BreakerState("OPEN", 5, 1, 252.0))),
    "moogsoft-slow": evidence(moogsoft=replace(WORKS, seconds=9.0)),
    "switched-off:ingestor": evidence(
        replace(process("ingestor", "unhealthy", "stopped"), pipeline=flowing(off=(Off("ingestor", HOLD),)).pipeline)
    ),
    "breaker-tripped": evidence(
        flowing(breaker=BreakerState("OPEN", 0, 1, 9.0, tripped=True), off=(Off("breaker", HOLD),))
    ),
    "dlq-paused:dlq-moog": evidence(queued(queue("dlq-moog", 500), off=(Off("dlq/dlq-moog", HOLD),))),
    "remediation-off": evidence(queued(queue("dlq-moog", 2), remediates=False)),
    "ledger-missing": evidence(replace(WELL, account=Part(Account(1, ("0195-a",))))),
    "ledger-extra": evidence(replace(WELL, account=Part(Account(-1)))),
    "ingest-full": evidence(queued(queue("ingest", 950_000, 400.0))),
    "ingest-backlog": evidence(queued(queue("ingest", 20_000, 400.0))),
    "senders-key": evidence(refusals={"auth": 3.0}),
    "senders-rate": evidence(refusals={"rate_limit": 3.0}),
    "senders-json": evidence(refusals={"json": 3.0}),
    "rule-unusable:7": evidence(rules=(RuleFact(7, "lab", problem="missing )"),)),
    "rule-greedy:7": evidence(rules=(RuleFact(7, "lab", greedy=True),)),
    "rules-stale": evidence(flowing(caches=(RuleCache("a", 77, 9e3),))),
    "setting-refused:moog_timeout": evidence(flowing(behind=("alerter a",)), refused_settings={"moog_timeout": "soon"}),
    "settings-behind": evidence(flowing(behind=("alerter a",))),
    "restart-pending:webui": evidence(pending_restarts={"webui": ("WEBUI_PORT",)}),
    "limiter-full": evidence(queued(queue("alert", 30, 90.0, held_by="RATE"), limit=Limit(100, 100, 60))),
    "bodies-refused": evidence(queued(queue("dlq-moog", 200)), letters={"dlq-moog": {"http_400": 200}}),
    "events-shed": evidence(queued(queue("dlq-alerter", 200)), letters={"dlq-alerter": {"shed": 200}}),
    "no-drainer:dlq-moog": evidence(
        replace(
            queued(queue("dlq-moog", 2, consumers=0)),
            services=Part(tuple(one for one in WELL.services.value or () if one.service != "remediation")),
        )
    ),
    "letters-pile-up:dlq-moog": evidence(queued(queue("dlq-moog", 200)), letters={"dlq-moog": {"timeout": 200}}),
    "events-pile-up:dlq-alerter": evidence(queued(queue("dlq-alerter", 200)), letters={"dlq-alerter": {"error": 200}}),
    "poison": evidence(queued(queue("dead", 1, consumers=0))),
    "quarantine": evidence(queued(queue("quarantine", 101))),
    "orphans": evidence(flowing(orphans=Orphans(3, watched=False))),
    "journal-full": evidence(flowing(journal=JournalState(9, 400 << 20, 256 << 20))),
}
"""One piece of evidence for each cause."""
WITH_OTHERS = {"load-high": {"redis-slow"}, "no-drainer:dlq-moog": {"remediation-absent"}}


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert diagnose(evidence()) == ()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_cause_is_found_by_its_evidence_and_alone(name: str) -> None:
    assert {*found(EXAMPLES[name])} == {name, *WITH_OTHERS.get(name, set())}


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_was_found_is_told_whole(name: str) -> None:
    finding = next(one for one in diagnose(EXAMPLES[name]) if one.id == name)
    assert finding.proof.lines
    texts = (finding.title, finding.means, *(step.line for step in finding.steps), *finding.explains, *finding.hides)
    unsaid = ["{", *(filled(f"{{{name}}}", {}) for name in _blanks(finding.cause))]
    assert not [text for text in texts for mark in unsaid if mark in text]


def _blanks(cause: Cause) -> set[str]:
    lines = (step.line for step in cause.steps)
    return {
        name
        for text in (cause.title, cause.means, *lines, *cause.explains, *cause.hides)
        for name in re.findall(r"\{(\w+)\}", text)
    }


@pytest.mark.parametrize("cause", BY_ID.values(), ids=lambda one: one.id)
def test_the_book_reads_well_where_nothing_was_found(cause: Cause) -> None:
    for text in (cause.title, cause.means, *(step.line for step in cause.steps)):
        assert not re.search(r"[{}]|<(about|start|restart|wake|more|back|also)>", filled(text, {})), text


def test_what_stands_in_a_blank_is_no_blank_itself() -> None:
    assert filled("{about} and {where}", {"about": "{where}", "where": "here"}) == "{where} and here"


def test_every_cause_has_an_example() -> None:
    assert {name.partition(":")[0] for name in EXAMPLES} == set(BY_ID)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("redis-full", "poison"), ("vault-sealed", "breaker-tripped"), ("db-away", "webui-gone"),
        ("ledger-missing", "rule-greedy:7"),
    ],
)  # fmt: skip
def test_two_causes_at_once_are_both_named(one: str, other: str) -> None:
    first, second = EXAMPLES[one], EXAMPLES[other]
    mixed = {
        name: getattr(first.snapshot, name) if getattr(first.snapshot, name) != getattr(WELL, name)
        else getattr(second.snapshot, name)
        for name in ("redis", "database", "pipeline", "services", "account", "host", "vault")
    }  # fmt: skip
    snapshot = replace(WELL, **mixed)
    both = evidence(snapshot, rules=(*first.rules, *second.rules))
    assert {*found(both)} == {one, other}


def test_without_vault_nothing_is_said_of_those_whose_passwords_it_holds() -> None:
    """A Redis that wants a password may be well: that we do not have it is Vault's trouble."""
    sealed = Part[Any](trouble=Trouble("MUTT-V101", "Vault does not answer", ()))
    asked = Part[Any](trouble=Trouble("MUTT-V101", "Vault does not answer", (), "refused"))
    assert found(evidence(replace(WELL, vault=sealed, redis=asked, pipeline=asked, account=asked))) == ["vault-away"]


def test_without_vault_a_moogsoft_that_wants_a_key_is_not_ill() -> None:
    """We have none to send: that it refuses to talk without one says that it is there."""
    wants = replace(WORKS, healthy=False, status=401, text="HTTP 401 Unauthorized")
    assert found(evidence(replace(WELL, vault=AWAY), moogsoft=wants)) == ["vault-away"]


def test_a_hold_excuses_who_obeys_and_nobody_else() -> None:
    other = Instance("ingestor", "b", "down", "h", "its process is gone", 1)
    one = Instance("ingestor", "a", "unhealthy", "h", "stopped", 1)
    held = flowing(off=(Off("ingestor/a", HOLD),)).pipeline
    assert {*found(evidence(replace(running(one, other), pipeline=held)))} == {
        "switched-off:ingestor/a",
        "ingestor-gone",
    }


def test_a_cause_hides_nothing_of_another_kind() -> None:
    away = replace(WELL, database=AWAY)
    assert {*found(evidence(away, moogsoft=replace(WORKS, healthy=False, status=503)))} == {"db-away", "moogsoft-ill"}


def test_a_process_of_another_host_is_not_woken_up_here() -> None:
    there = Instance("alerter", "x", "unhealthy", "other-host", "it was last heard of 20 s ago", 4242)
    (finding,) = diagnose(evidence(running(there)))
    assert "other-host" in finding.proof.lines[0]
    assert not any("kill" in step.line for step in finding.steps)
    assert any(step.line.startswith("on other-host: ") for step in finding.steps)


def test_who_is_known_by_its_page_is_here() -> None:
    page = Instance("alerter", "127.0.0.1:8081", "unhealthy", "127.0.0.1:8081", "its page does not answer within 2 s")
    (finding,) = diagnose(evidence(running(page)))
    assert finding.id == "alerter-stopped"
    assert not any(step.line.startswith("on ") for step in finding.steps)


def test_all_that_stand_still_are_woken_up() -> None:
    asleep = [Instance("ingestor", f"i{pid}", "unhealthy", "", "its process is stopped", pid) for pid in (41, 42)]
    (finding,) = diagnose(evidence(running(*asleep)))
    assert finding.steps[0].line.startswith("kill -CONT 41 42 ")


def test_a_stopped_platform_is_no_trouble_of_a_deployment_that_works() -> None:
    assert found(on_host(stopped_platform="/s")) == []


def test_a_name_that_does_not_resolve_is_the_cause_of_who_is_away_and_of_all_that_follows() -> None:
    nameless = Host(unresolved={"cache.invalid": "REDIS_HOST"})
    assert found(evidence(replace(WELL, **LOST), host=nameless)) == ["name-unresolved:cache.invalid"]


def test_nobody_is_told_to_restart_for_a_value_that_names_nobody() -> None:
    nameless = Host(unresolved={"db.invalid": "POSTGRES_HOST"})
    one = evidence(
        replace(WELL, database=AWAY), host=nameless,
        pending_restarts={"webui": ("POSTGRES_HOST",), "alerter": ("POSTGRES_HOST", "POSTGRES_DB")},
    )  # fmt: skip
    told = {finding.id: finding for finding in diagnose(one)}
    assert set(told) == {"name-unresolved:db.invalid", "restart-pending:alerter"}
    assert "POSTGRES_HOST" not in told["restart-pending:alerter"].proof.lines[0]


def test_on_a_replica_leases_end_whoever_lives() -> None:
    lapsed = process("alerter", "down", "no heartbeat")
    assert found(evidence(replace(lapsed, redis=Part(replace(REDIS, role="slave"))))) == ["redis-replica"]
    killed = process("alerter", "down", "its process is gone")
    both = found(evidence(replace(killed, redis=Part(replace(REDIS, role="slave")))))
    assert set(both) == {"redis-replica", "alerter-gone"}


def test_what_no_cause_explains_is_told_as_its_check() -> None:
    burning = replace(WELL, burn=Part(trouble=Trouble("MUTT-U010", "Prometheus does not answer")))
    assert found(evidence(burning)) == ["slo.ingest", "slo.forward"]


def test_the_gravest_stand_first() -> None:
    both = evidence(redis(policy="allkeys-lru"), rules=(RuleFact(7, "lab", greedy=True),), refusals={"auth": 3.0})
    assert [one.cause.severity for one in diagnose(both)] == ["critical", "warning", "warning"]


def test_a_shut_port_is_no_trouble_while_events_come_in_all_the_same() -> None:
    shut = Host(shut_ports=(ShutPort("ingestor", "INGESTOR_PORT", 8080, ("public",)),))
    assert found(evidence(flowing(per_minute={"accepted": 3}), host=shut)) == []


def test_a_certificate_that_has_ended_is_critical_and_one_with_time_left_is_no_trouble() -> None:
    def told(days: float) -> list[str]:
        certificate = Certificate("VAULT_ADDR", "https://v:8200", days * 86_400)
        return [one.severity for one in diagnose(on_host(certificates=(certificate,)))]

    assert (told(-1), told(3), told(30)) == (["critical"], ["warning"], [])


def test_areas_choose() -> None:
    both = diagnose(evidence(redis(policy="allkeys-lru"), rules=(RuleFact(7, "lab", greedy=True),)))
    assert [one.id for one in only(both, ("config",))] == ["rule-greedy:7"]
    assert only(both, ()) == both
