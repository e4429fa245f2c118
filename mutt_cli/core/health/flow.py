"""The checks of what flows: queues, dead letters, the ledger, the journal, the breaker, service levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core import pipeline as way
from mutt_cli.core.health.check import HealthCheck, worse
from mutt_cli.core.health.limits import NEAR_CAP
from mutt_cli.core.health.words import many, span, unknown
from mutt_cli.core.switches import BREAKER, PAUSED

if TYPE_CHECKING:
    from mutt_cli.core.health.check import Definition, State
    from mutt_cli.core.health.limits import Limits
    from mutt_cli.core.snapshot import Pipeline, QueueState, Snapshot

_QUEUES: Final = {
    "dlq.alerter.depth": way.DLQ_ALERTER, "dlq.moog.depth": way.DLQ_MOOG, "dlq.dead.depth": way.DEAD,
    "dlq.quarantine.depth": way.QUARANTINE, "queue.ingest.depth": way.INGEST, "queue.alert.depth": way.ALERT,
    "queue.ingest.age": way.INGEST, "queue.alert.age": way.ALERT,
}  # fmt: skip


def depth(snapshot: Snapshot, definition: Definition, limits: Limits) -> HealthCheck:
    """How many messages wait; of the ingest queue also how near that is to its cap, where senders are refused."""
    queue = _queue(snapshot, definition)
    if isinstance(queue, HealthCheck):
        return queue
    state, told = definition.judged(queue.depth), f"{queue.depth:,} waiting"
    cap = limits.ingest_cap if queue.name == way.INGEST else None
    if cap:
        share = queue.depth / cap
        near: State = "critical" if share > NEAR_CAP[1] else "warning" if share > NEAR_CAP[0] else "ok"
        if near != "ok":
            state, told = (
                worse(state, near),
                f"{queue.depth:,} waiting, {share:.0%} of what is accepted",
            )
    if queue.held_by and state != "ok":
        told += f", held by {queue.held_by}"
    return HealthCheck(definition, state, told, queue.depth, _see(queue) if state != "ok" else "", maximum=cap)


def age(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """How long the message that leaves next has waited since it was accepted."""
    queue = _queue(snapshot, definition)
    if isinstance(queue, HealthCheck):
        return queue
    if queue.age_s is None:
        told = "empty" if not queue.depth else "the oldest does not say when it came"
        return HealthCheck(definition, "ok", told, None if queue.depth else 0)
    state = definition.judged(queue.age_s)
    told = f"oldest {span(queue.age_s)}" + (f", held by {queue.held_by}" if queue.held_by and state != "ok" else "")
    return HealthCheck(definition, state, told, queue.age_s, _see(queue) if state != "ok" else "")


def dead_letters(snapshot: Snapshot, definition: Definition, limits: Limits) -> HealthCheck:
    """How much is set aside, and whether somebody brings it back."""
    queue = _queue(snapshot, definition)
    if isinstance(queue, HealthCheck):
        return queue
    state, told = definition.judged(queue.depth), f"{queue.depth:,} set aside"
    remedy = f"mutt dlq list {queue.name} --by reason"
    pipeline = snapshot.pipeline.value
    if queue.depth and way.OPERATOR in queue.drained_by:
        told = f"{queue.depth:,} {queue.meaning} need a person"
    elif queue.depth and pipeline is not None and not pipeline.remediates:
        state, remedy = worse(state, "warning"), "mutt config set remediation_enabled=true"
        told += ": remediation is switched off by its setting"
    elif queue.depth and not queue.consumers:
        state, remedy = worse(state, "warning"), "mutt doctor"
        told += ", and no remediation is at work to bring it back"
    elif pipeline is not None and (text := _paused(pipeline, queue.name)):
        state, told, remedy = worse(state, "warning"), f"{told}: {text}", f"mutt dlq resume {queue.name}"
    if queue.name == way.QUARANTINE and queue.depth >= NEAR_CAP[0] * limits.quarantine_cap:
        state = worse(state, "warning")
        told += f"; beyond {limits.quarantine_cap:,} the oldest are lost"
    return HealthCheck(definition, state, told, queue.depth, remedy if state != "ok" else "")


def orphans(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """What dead workers held. While a worker of that kind lives it gives them back within a lease, which is no news."""
    pipeline = snapshot.pipeline.value
    if pipeline is None:
        return unknown(definition, snapshot.pipeline)
    found = pipeline.orphans
    if not found.messages:
        return HealthCheck(definition, "ok", "none", 0)
    if found.watched:
        return HealthCheck(definition, "ok", f"{found.messages:,}, which go back within a lease", found.messages)
    told = f"{many(found.messages, 'message')} of workers that are gone, and nobody to give them back"
    state, cause = definition.judged(found.messages), f"svc.{found.service}"
    return HealthCheck(definition, state, told, found.messages, "mutt queue orphan recover", cause)


def ledger(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """Whether everything that came in is somewhere. What hands pushed and nobody counted in yet does not unbalance."""
    account, pipeline = snapshot.account.value, snapshot.pipeline.value
    if account is None:
        balance = pipeline.balance if pipeline is not None else None
        if balance is not None and balance.balanced:
            return HealthCheck(definition, "ok", "balanced", 0)
        return unknown(definition, snapshot.account)
    if account.remainder == 0:
        return HealthCheck(definition, "ok", "balanced", 0)
    if account.remainder < 0:
        told = f"{many(-account.remainder, 'message')} more than were counted in"
        return HealthCheck(definition, "warning", told, account.remainder, "mutt reconcile")
    state = definition.judged(account.remainder)
    named = f": {', '.join(account.missing[:3])}" if account.missing else ""
    verb = "event is" if account.remainder == 1 else "events are"
    told = f"{account.remainder:,} {verb} unaccounted for{named}"
    return HealthCheck(definition, state, told, account.remainder, "mutt reconcile")


def journal(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """How much of the history waits for PostgreSQL; at the cap history is left out, later alerters stop (D14)."""
    pipeline = snapshot.pipeline.value
    if pipeline is None:
        return unknown(definition, snapshot.pipeline)
    state_of = pipeline.journal
    share = 100 * state_of.size_bytes / max(1, state_of.cap_bytes)
    state = definition.judged(share)
    told = f"{state_of.size_bytes >> 20:,} MiB in {state_of.entries:,} entries, {share:.0f} % of the cap"
    if share >= 100:
        state, told = "critical", f"{told}: history is left out, or alerters stop (JOURNAL_FULL_ACTION)"
    return HealthCheck(definition, state, told, share, "" if state == "ok" else "mutt db status")


def breaker(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """How long Moogsoft has got no alerts; half open counts as open."""
    pipeline = snapshot.pipeline.value
    if pipeline is None:
        return unknown(definition, snapshot.pipeline)
    found = pipeline.breaker
    if found.state == "CLOSED":
        return HealthCheck(definition, "ok", f"closed, {many(found.failures, 'failure')}", 0)
    state = worse("warning", definition.judged(found.open_s))
    word = {"OPEN": "open", "HALF_OPEN": "half open"}.get(found.state, found.state)
    trip = next((one.text for one in pipeline.off if one.what == BREAKER), "")
    why = trip or (f"last: {found.last_error}" if found.last_error else f"{many(found.failures, 'failure')}")
    told = f"{word} {span(found.open_s)}, Moogsoft gets no alerts: {why}"
    return HealthCheck(definition, state, told, found.open_s, "mutt breaker reset" if trip else "mutt breaker show")


def drill(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """How long ago a canary came through the whole pipeline; skipped where nobody schedules drills."""
    pipeline = snapshot.pipeline.value
    if pipeline is None:
        return unknown(definition, snapshot.pipeline)
    found = pipeline.drill
    if not found.interval_s:
        return HealthCheck(definition, "skipped", "no drill is scheduled: DRILL_INTERVAL is 0")
    if not found.at_ms:
        return HealthCheck(definition, "unknown", "no drill has run yet: is its timer on?", remedy="mutt drill")
    failed = "" if found.result == "ok" else f"; the last one: {found.result} at the {found.stage or 'ingestor'}"
    if not found.ok_at_ms:
        return HealthCheck(definition, "critical", f"none has come through yet{failed}", remedy="mutt drill")
    age_s = max(0.0, (pipeline.at_ms - found.ok_at_ms) / 1000)
    state = definition.judged(age_s)
    told = f"the last one came through {span(age_s)} ago{failed}"
    return HealthCheck(definition, state, told, age_s, "" if state == "ok" else "mutt drill")


def burn(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """How fast the error budget is used up, as Prometheus has counted."""
    part = snapshot.burn
    if part is None:
        return HealthCheck(definition, "skipped", "PROMETHEUS_URL is not set; mutt slo show judges by the ledger")
    if part.value is None:
        return unknown(definition, part)
    rate = next((one.rate for one in part.value if definition.id == f"slo.{one.objective}"), None)
    if rate is None:
        return HealthCheck(definition, "ok", "nothing happened in the last hour", 0)
    state = definition.judged(rate)
    return HealthCheck(
        definition, state, f"{rate:.2f} times the budget", rate, "" if state == "ok" else "mutt slo show"
    )


def _queue(snapshot: Snapshot, definition: Definition) -> QueueState | HealthCheck:
    pipeline = snapshot.pipeline.value
    queue = pipeline.queue(_QUEUES[definition.id]) if pipeline is not None else None
    return queue or unknown(definition, snapshot.pipeline)


def _paused(pipeline: Pipeline, name: str) -> str:
    return next((one.text for one in pipeline.off if one.what == f"{PAUSED}{name}"), "")


def _see(queue: QueueState) -> str:
    return "mutt ratelimit show" if queue.held_by else f"mutt queue show {queue.name}"
