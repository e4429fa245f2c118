"""Runbooks: a symptom, where to look, and the causes that it can have, in the words of the catalogue of causes.

What a runbook says of a cause is what `mutt doctor` says of it, so book and checks cannot differ. Procedures have no
causes: they are lines in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from mutt_cli.core.diagnosis import CASES
from mutt_cli.core.snapshot import SERVICES

if TYPE_CHECKING:
    from mutt_cli.core.diagnosis.cause import Cause

UNITS: Final = "mutt-ingestor mutt-alerter mutt-moog-forwarder mutt-remediation mutt-webui"


@dataclass(frozen=True)
class Runbook:
    """`looks` are commands that change nothing; `causes` are ids, `*` for any text; `steps` a procedure, in order."""

    name: str
    symptom: str
    looks: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    source: str = ""

    def known(self) -> tuple[Cause, ...]:
        """The causes, in the order in which they are told."""
        return tuple(
            case.cause for case in CASES if any(fnmatchcase(case.cause.id, pattern) for pattern in self.causes)
        )


_STORES: Final = ("redis-*", "db-*", "vault-*")
RUNBOOKS: Final = (
    Runbook(
        "first-look",
        "Something is wrong and nobody knows what.",
        ("mutt status", "mutt health -v", "mutt doctor", "mutt op list --since 24h", "mutt reconcile"),
        ("*",),
        source="TG:26-160, 1940-1975",
    ),
    Runbook(
        "no-alerts",
        "Moogsoft gets no alerts.",
        ("mutt status", "mutt drill", "mutt breaker show", "mutt dlq list --by reason"),
        (
            "redis-*",
            "ingestor-*",
            "alerter-*",
            "forwarder-*",
            "moogsoft-*",
            "breaker-*",
            "switched-off",
            "senders-*",
            "rule-*",
            "limiter-full",
            "port-taken",
            "vault-*",
        ),
        source="TG:114-160",
    ),
    Runbook(
        "ingest-503",
        "Senders get 503.",
        ("mutt status ingestor", "mutt queue show ingest", "mutt ratelimit show"),
        ("redis-*", "ingest-full", "ingest-backlog", "senders-rate", "switched-off", "ingestor-*"),
        source="TG:167-230",
    ),
    Runbook(
        "ingest-401",
        "Senders get 401.",
        ("mutt vault status", "mutt logs ingestor --since 15m --level warning"),
        ("senders-key", "vault-*"),
        source="TG:234-289",
    ),
    Runbook(
        "ingest-slow",
        "The ingestor answers slowly.",
        ("mutt redis latency", "mutt metric show mutt_ingest_latency_seconds", "mutt redis slowlog"),
        ("redis-slow", "redis-full", "load-high", "memory-low", "vault-away"),
        source="TG:291-343",
    ),
    Runbook(
        "ingest-stuck",
        "Events stay in the ingest queue.",
        ("mutt status alerter", "mutt queue show ingest", "mutt forecast ingest"),
        ("alerter-*", "killed-for-memory", "redis-*", "db-away", "ingest-*", "switched-off", "rules-stale", "orphans"),
        source="SO:1780-1830, TG:349-430",
    ),
    Runbook(
        "alerter-slow",
        "Events are decided slowly.",
        ("mutt forecast ingest", "mutt cache show", "mutt redis latency"),
        ("ingest-backlog", "redis-slow", "rule-greedy", "load-high", "memory-low"),
        source="SO:584",
    ),
    Runbook(
        "alerter-cpu",
        "The alerter uses a whole core.",
        ("mutt rule list", "mutt cache show", "mutt metric show mutt_alerter_events_processed_total"),
        ("ingest-backlog", "rule-greedy", "rule-unusable", "load-high"),
        source="TG:435-510",
    ),
    Runbook(
        "alerter-memory",
        "The alerter's memory grows.",
        ("mutt status alerter", "mutt cache show", "mutt metric show process_resident_memory_bytes"),
        ("killed-for-memory", "memory-low", "db-away", "journal-full"),
        source="SO:585, TG:1821-1836",
    ),
    Runbook(
        "unhandled-silent",
        "Unhandled events raise no meta-alert.",
        ("mutt event unhandled", "mutt config get UNHANDLED_THRESHOLD", "mutt status alerter"),
        ("rule-greedy", "alerter-*", "setting-refused"),
        source="TG:514-577",
    ),
    Runbook(
        "moog-dlq-growing",
        "Alerts pile up in the dead-letter queue.",
        ("mutt dlq list dlq-moog --by reason", "mutt breaker show", "mutt moog test"),
        ("moogsoft-*", "breaker-*", "bodies-refused", "limiter-full", "letters-pile-up", "no-drainer", "dlq-paused"),
        source="TG:581-667",
    ),
    Runbook(
        "moog-down",
        "The breaker is open.",
        ("mutt breaker show", "mutt moog test", "mutt dlq list dlq-moog --by reason"),
        ("moogsoft-*", "breaker-*"),
        source="SO:1840-1895",
    ),
    Runbook(
        "moog-slow",
        "Alerts reach Moogsoft late.",
        ("mutt queue show alert", "mutt ratelimit show", "mutt moog test"),
        ("moogsoft-slow", "limiter-full", "forwarder-*", "breaker-*", "switched-off"),
        source="TG:669-730",
    ),
    Runbook(
        "dlq-not-draining",
        "Dead letters stay where they are.",
        ("mutt remediation show", "mutt dlq list --by reason", "mutt moog status"),
        ("no-drainer", "remediation-*", "dlq-paused", "moogsoft-*", "breaker-*", "bodies-refused", "poison"),
        source="TG:736-815",
    ),
    Runbook(
        "web-500",
        "The web UI answers 500 or 503.",
        ("mutt status webui", "mutt logs webui --level err --since 15m"),
        ("webui-*", *_STORES),
        source="TG:819-890",
    ),
    Runbook(
        "web-slow",
        "The web UI is slow.",
        ("mutt db status", "mutt db index list", "mutt redis latency"),
        ("db-judged", "db-connections", "redis-slow", "load-high"),
        source="TG:892-990",
    ),
    Runbook(
        "web-401",
        "The web UI refuses keys.",
        ("mutt vault status", "mutt logs webui --since 15m"),
        ("vault-*", "webui-*"),
        source="SO:843",
    ),
    Runbook(
        "bottleneck",
        "The way from sender to Moogsoft is slow, and nobody knows where.",
        ("mutt drill", "mutt forecast", "mutt queue list", "mutt redis latency", "mutt moog test"),
        ("ingest-*", "limiter-full", "moogsoft-slow", "redis-slow", "db-judged", "load-high", "memory-low"),
        source="SO:849-950, TG:1394-1440",
    ),
    Runbook(
        "redis-down",
        "Redis is away.",
        ("mutt status", "mutt doctor --only redis"),
        ("redis-*",),
        source="SO:1752-1777",
    ),
    Runbook(
        "redis-memory",
        "Redis runs out of memory.",
        ("mutt redis memory", "mutt redis bigkeys", "mutt queue list"),
        ("redis-full", "redis-evicts", "redis-forgets", "redis-disk"),
        source="SO:1899-1945, TG:1000-1016",
    ),
    Runbook("db-down", "PostgreSQL is away.", ("mutt db status",), ("db-*", "journal-full"), source="SO:1810-1825"),
    Runbook(
        "db-connections",
        "PostgreSQL has no free connection.",
        ("mutt db connections", "mutt db status"),
        ("db-connections", "db-judged"),
        source="SO:1949-1995, TG:1076-1110",
    ),
    Runbook(
        "vault-down",
        "Vault is away, sealed, or refuses.",
        ("mutt vault status", "mutt vault token"),
        ("vault-*",),
        source="TG:1230-1285",
    ),
    Runbook(
        "emergency-stop",
        "Everything has to stop now, without losing anything.",
        steps=(
            'mutt ingest stop --reason "..."   # senders get 503 and repeat',
            f"systemctl stop --no-block {UNITS}",
            "mutt status --services   # what still runs ends by itself within TimeoutStopSec of its unit",
            f"systemctl kill -s SIGKILL {UNITS}   # only for what is left after that",
            "mutt queue orphan list   # what was in hand comes back when a worker starts",
            f"systemctl start {UNITS}   # then: mutt ingest start, mutt reconcile",
        ),
        source="SO:1348-1394",
    ),
    Runbook(
        "rolling-update",
        "A new release, one host after the other.",
        steps=(
            "mutt backup create",
            "mutt db migrate --dry-run   # with the new release; its schema also fits the former one",
            "mutt db migrate",
            "mutt ingest stop INSTANCE --for 30m   # on the host that is next",
            "install the new package on that host",
            *(f"systemctl restart mutt-{'moog-forwarder' if one == 'forwarder' else one}" for one in SERVICES),
            "mutt ingest start INSTANCE",
            "mutt health -v; mutt drill   # then the next host",
            "mutt version",
        ),
        source="SO:1396-1422",
    ),
    Runbook(
        "rollback",
        "Back to the former release.",
        steps=(
            "install the former package (the schema only ever grows: it stays)",
            f"systemctl restart {UNITS}",
            "mutt version",
            "mutt health -v",
            "mutt reconcile",
        ),
        source="SO:1423-1436",
    ),
    Runbook(
        "known-issues",
        "What the guides know of, and how it is here.",
        steps=(
            "the alerter's memory grows over a day: not here (bench.soak); if it does: mutt runbook run alerter-memory",
            "the breaker opens after brief hiccups: mutt config set circuit_breaker_threshold 20 --for 24h",
            "PostgreSQL runs out of connections at peaks: mutt generate pgbouncer, or mutt runbook run db-connections",
        ),
        source="TG:1819-1867",
    ),
    Runbook(
        "escalation",
        "Whom to call, and what to bring.",
        steps=(
            "mutt doctor   # each cause names its owner: operations, development, infrastructure, database, security",
            "development: crashes, wrong decisions, unaccounted events; infrastructure: hosts, disks, network, names",
            "database: PostgreSQL; security: keys, certificates, Vault, access",
            "mutt bundle --since 1h   # what each of them will ask for, without secrets or payloads",
            "mutt handoff   # for whoever takes over",
        ),
        source="TG:1871-1934",
    ),
)
BY_NAME: Final = {one.name: one for one in RUNBOOKS}
