"""Causes on an event's way: intake, rules, dead letters, ledger, settings, switches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core import pipeline as way
from mutt_cli.core.diagnosis.cause import Case, Cause, Proof, steps
from mutt_cli.core.switches import BREAKER, PAUSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.diagnosis.cause import Detect
    from mutt_cli.core.diagnosis.evidence import Evidence

_LEAST_PER_S: Final = 2.5
"""Refused requests: fewer in the second between two looks are somebody's slip."""
_LATE_S: Final = 10.0
"""Alerts that wait for the delivery limit no longer than that are no news."""
_ALSO: Final = {
    "ingestor": "slo.ingest", "alerter": "queue.ingest.*", "forwarder": "queue.alert.*", "remediation": "dlq.*",
}  # fmt: skip
"""Checks that are bad besides its own where a service is held."""
_UNDO: Final = {"ingestor": "mutt ingest start"}
_RESUME: Final = "mutt maintenance resume"


def _switched_off(evidence: Evidence) -> Iterator[Proof]:
    for one in evidence.flow.off if evidence.flow else ():
        service, _, _ = one.what.partition("/")
        if one.what == BREAKER or one.what.startswith(PAUSED):
            continue
        also = _ALSO.get(service, "")
        values = {"about": one.what, "service": service, "back": _UNDO.get(service, _RESUME), "also": also}
        yield Proof((one.text,), values)


def _tripped(evidence: Evidence) -> Iterator[Proof]:
    for one in evidence.flow.off if evidence.flow else ():
        if one.what == BREAKER:
            yield Proof((one.text,))


def _ingest_cap(evidence: Evidence) -> Iterator[Proof]:
    check = evidence.bad("queue.ingest.depth")
    if check is not None and "of what is accepted" in check.message:
        yield Proof((check.message,))


def _backlog(evidence: Evidence) -> Iterator[Proof]:
    found = [one for name in ("queue.ingest.age", "queue.ingest.depth") if (one := evidence.bad(name))]
    known = [one for one in found if one.state != "unknown"]
    working = [one for one in evidence.instances("alerter") if one.state == "ok"]
    if known and working:
        yield Proof(tuple(f"{one.id}: {one.message}" for one in known))


def _limiter(evidence: Evidence) -> Iterator[Proof]:
    flow = evidence.flow
    if flow is None or flow.limit is None or not flow.limit.full:
        return
    queue = flow.queue(way.ALERT)
    if queue is not None and (queue.age_s or 0.0) >= _LATE_S:
        told = f"{flow.limit.used:,} of {flow.limit.words} used, {queue.depth:,} alerts wait"
        per_minute = round(flow.limit.most * 2 * 60 / flow.limit.window_s)
        yield Proof((told,), {"rate": f"{per_minute}/1m"})


def _refused(reason: str) -> Detect:
    def detect(evidence: Evidence) -> Iterator[Proof]:
        rate = evidence.refusals.get(reason, 0.0)
        if rate >= _LEAST_PER_S:
            yield Proof((f"mutt_ingest_requests_total{{status=fail,reason={reason}}} grows by {rate:.2f}/s",))

    return detect


def _rules_unusable(evidence: Evidence) -> Iterator[Proof]:
    for rule in evidence.rules:
        if rule.problem:
            yield Proof((f"rule {rule.id} {rule.name}: {rule.problem}",), {"about": str(rule.id)})


def _rules_greedy(evidence: Evidence) -> Iterator[Proof]:
    for rule in evidence.rules:
        if rule.greedy:
            yield Proof((f"rule {rule.id} {rule.name} matches the empty text",), {"about": str(rule.id)})


def _rules_stale(evidence: Evidence) -> Iterator[Proof]:
    found = evidence.bad("cache.rules")
    if found is not None and found.state in {"warning", "critical"} and not any(one.problem for one in evidence.rules):
        yield Proof((found.message,))


def _setting_refused(evidence: Evidence) -> Iterator[Proof]:
    for name, value in evidence.refused_settings.items():
        yield Proof((f"what is stored for {name}: {value}",), {"about": name})


def _behind(evidence: Evidence) -> Iterator[Proof]:
    found = evidence.bad("config.sync")
    if found is not None and found.state != "unknown" and not evidence.refused_settings:
        yield Proof((found.message,))


def _restart_pending(evidence: Evidence) -> Iterator[Proof]:
    """Who would be none the better for it is left out: a new value that names nobody is no reason to restart."""
    useless = set(evidence.host.unresolved.values())
    for service, names in evidence.pending_restarts.items():
        told = ", ".join(name for name in names if name not in useless)
        if told:
            values = {"about": service, "restart": evidence.restart_line(service)}
            yield Proof((f"{service} runs with other values of {told} than {evidence.env_file} has",), values)


CASES: Final = (
    Case(
        Cause(
            "switched-off",
            "config",
            "a person switched something off: {about}",
            "It waits until it is switched on again, or its time is over.",
            steps("{back}", "mutt op list --since 24h"),
            "warning",
            "operations",
            ("svc.{service}", "{also}"),
            ("{service}-ill",),
            "SO:1290-1345",
        ),
        _switched_off,
    ),
    Case(
        Cause(
            "breaker-tripped",
            "moog",
            "somebody opened the circuit breaker by hand",
            "Moogsoft gets no alerts; they wait, or are set aside and come back.",
            steps("mutt op list --since 24h", "mutt breaker reset"),
            "warning",
            "operations",
            ("breaker.moog", "queue.alert.*", "dlq.moog.depth", "slo.forward"),
            ("breaker-open",),
        ),
        _tripped,
    ),
    Case(
        Cause(
            "ingest-full",
            "ingest",
            "the ingest queue is nearly full",
            "At its cap senders get 503 and repeat; what is queued is safe.",
            steps(
                "mutt forecast ingest",
                "mutt status alerter",
                "mutt config set max_ingest_queue_size 2000000 --for 2h",
                "mutt queue move ingest --to dlq-old-events -n 10000",
            ),
            "critical",
            "operations",
            ("queue.ingest.*", "slo.ingest"),
            ("ingest-backlog",),
            "TG:188-217, SO:1786-1830",
        ),
        _ingest_cap,
    ),
    Case(
        Cause(
            "ingest-backlog",
            "ingest",
            "events come faster than the alerters decide them",
            "Alerts are late; none is lost.",
            steps(
                "mutt forecast ingest",
                "mutt status alerter",
                "mutt metric show mutt_alerter_events_processed_total",
                "run more workers: daemon alerter --workers 2",
            ),
            "warning",
            "operations",
            ("queue.ingest.*",),
            source="TG:347-360, 435-475",
        ),
        _backlog,
    ),
    Case(
        Cause(
            "senders-key",
            "ingest",
            "senders are refused: they bring no key, or a wrong one",
            "Their events are not accepted (401).",
            steps(
                "mutt logs ingestor --since 15m --level warning",
                "mutt vault status",
                "mutt vault rotate plan INGEST_API_KEY",
            ),
            "warning",
            "security",
            source="TG:234-289",
        ),
        _refused("auth"),
    ),
    Case(
        Cause(
            "senders-rate",
            "ingest",
            "senders are refused: more requests come than INGEST_MAX_RATE allows",
            "They get 503 and repeat.",
            steps("mutt ratelimit show", "mutt ratelimit set ingest 2000/1s --for 1h"),
            "warning",
            "operations",
            source="TG:207-217",
        ),
        _refused("rate_limit"),
    ),
    Case(
        Cause(
            "senders-json",
            "ingest",
            "senders are refused: what they send is no JSON, or not valid",
            "Those events are not accepted (400).",
            steps("mutt logs ingestor --since 15m --level warning", "mutt dlq list quarantine"),
            "warning",
            "development",
        ),
        _refused("json"),
    ),
    Case(
        Cause(
            "rule-unusable",
            "config",
            "rule {about} cannot be used",
            "Events that it should match make no alert by it.",
            steps("mutt rule show {about}", "mutt rule disable {about}", "mutt rule edit {about}"),
            "warning",
            "development",
            ("cache.rules",),
            source="TG:474-500",
        ),
        _rules_unusable,
    ),
    Case(
        Cause(
            "rule-greedy",
            "config",
            "rule {about} matches every event",
            "Everything becomes an alert, nothing is unhandled, and rules of lower priority never win.",
            steps("mutt rule show {about}", "mutt rule disable {about}", "mutt rule edit {about}"),
            "warning",
            "development",
            source="TG:560-577",
        ),
        _rules_greedy,
    ),
    Case(
        Cause(
            "rules-stale",
            "config",
            "alerters decide with other rules than the database has",
            "A change of rules is not in effect yet.",
            steps("mutt cache show", safe=("mutt cache reload",)),
            "warning",
            "operations",
            ("cache.rules",),
            source="SO:905-915",
        ),
        _rules_stale,
    ),
    Case(
        Cause(
            "setting-refused",
            "config",
            "what is stored for {about} cannot be used",
            "Every daemon goes on with its former value.",
            steps("mutt config show {about}", "mutt config unset {about}", "mutt config history {about}"),
            "warning",
            "operations",
            ("config.sync",),
        ),
        _setting_refused,
    ),
    Case(
        Cause(
            "settings-behind",
            "config",
            "published settings are not in effect everywhere",
            "Those daemons work with the former values.",
            steps("mutt config list", safe=("mutt config publish",)),
            "warning",
            "operations",
            ("config.sync",),
        ),
        _behind,
    ),
    Case(
        Cause(
            "restart-pending",
            "config",
            "{about} was not restarted since its settings changed",
            "It works with the former values.",
            steps("mutt config diff", "{restart}"),
            "warning",
            "operations",
        ),
        _restart_pending,
    ),
    Case(
        Cause(
            "limiter-full",
            "moog",
            "alerts wait for the delivery limit",
            "They are late; none is lost.",
            steps("mutt ratelimit show", "mutt ratelimit set moog {rate} --for 1h"),
            "warning",
            "operations",
            ("queue.alert.*",),
            source="TG:652-666",
        ),
        _limiter,
    ),
)
