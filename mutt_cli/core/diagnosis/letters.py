"""Causes in dead letters, ledger, hands of dead workers, and the record of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core import pipeline as way
from mutt_cli.core.delivery import is_message_problem
from mutt_cli.core.diagnosis.cause import Case, Cause, Proof, graded, steps
from mutt_cli.core.switches import PAUSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.diagnosis.cause import Detect
    from mutt_cli.core.diagnosis.evidence import Evidence


def _paused(evidence: Evidence) -> Iterator[Proof]:
    for one in evidence.flow.off if evidence.flow else ():
        if one.what.startswith(PAUSED):
            yield Proof((one.text,), {"about": one.what.removeprefix(PAUSED)})


def _off(evidence: Evidence) -> Iterator[Proof]:
    flow = evidence.flow
    if flow is None or flow.remediates:
        return
    waiting = [queue for queue in flow.queues if queue.name in {way.DLQ_ALERTER, way.DLQ_MOOG} and queue.depth]
    if waiting:
        yield Proof(("REMEDIATION_ENABLED is false", *(f"{one.depth:,} in {one.name}" for one in waiting)))


def _no_drainer(evidence: Evidence) -> Iterator[Proof]:
    for queue in evidence.flow.queues if evidence.flow else ():
        waits = queue.name in {way.DLQ_ALERTER, way.DLQ_MOOG} and queue.depth and not queue.consumers
        if waits and not evidence.instances("remediation"):
            yield Proof((f"{queue.depth:,} in {queue.name}",), {"about": queue.name})


def _bodies(evidence: Evidence) -> Iterator[Proof]:
    refused = {
        reason: count for reason, count in evidence.letters.get(way.DLQ_MOOG, {}).items()
        if reason.startswith("http_") and is_message_problem(reason)
    }  # fmt: skip
    if refused:
        lines = [
            f"{count:,} with {reason}: {evidence.words.get(reason, '')}".rstrip(": ")
            for reason, count in refused.items()
        ]
        yield Proof(tuple(lines))


def _shed(evidence: Evidence) -> Iterator[Proof]:
    count = evidence.letters.get(way.DLQ_ALERTER, {}).get("shed", 0)
    if count and evidence.bad("dlq.alerter.depth") is not None:
        yield Proof((f"{count:,} events were set aside under load",))


def _many(queue: str, check: str) -> Detect:
    """Letters of no reason that has a cause of its own, more than the threshold."""

    def detect(evidence: Evidence) -> Iterator[Proof]:
        found = evidence.bad(check)
        reasons = evidence.letters.get(queue, {})
        own = {"shed", "circuit_open"} | {one for one in reasons if one.startswith("http_") and is_message_problem(one)}
        rest = {one: count for one, count in reasons.items() if one not in own}
        if (
            found is not None
            and found.state in {"warning", "critical"}
            and (rest or not reasons)
            and "paused" not in found.message
        ):
            told = ", ".join(f"{count:,} {reason or 'without a reason'}" for reason, count in rest.items())
            yield Proof((found.message, *((told,) if told else ())), {"about": queue})

    return detect


def _checked(check: str) -> Detect:
    """The check is the cause: nothing else is known of it."""

    def detect(evidence: Evidence) -> Iterator[Proof]:
        found = evidence.bad(check)
        if found is not None and found.state in {"warning", "critical"}:
            yield Proof((found.message,), severity=graded(found))

    return detect


def _extra(evidence: Evidence) -> Iterator[Proof]:
    found = evidence.bad("ledger")
    if found is not None and found.state == "warning":
        yield Proof((found.message,))


def _missing(evidence: Evidence) -> Iterator[Proof]:
    found = evidence.bad("ledger")
    if found is not None and found.state == "critical":
        yield Proof((found.message,))


def _orphans(evidence: Evidence) -> Iterator[Proof]:
    found = evidence.bad("queue.orphans")
    if found is not None and found.state in {"warning", "critical"} and not found.caused_by:
        yield Proof((found.message,))


CASES: Final = (
    Case(
        Cause(
            "dlq-paused",
            "dlq",
            "somebody stopped remediation for {about}",
            "What was set aside there stays.",
            steps("mutt op list --since 24h", "mutt dlq resume {about}"),
            "warning",
            "operations",
            ("dlq.alerter.depth", "dlq.moog.depth"),
            ("letters-pile-up", "events-pile-up"),
        ),
        _paused,
    ),
    Case(
        Cause(
            "remediation-off",
            "dlq",
            "remediation is switched off by its setting",
            "What was set aside stays there.",
            steps("mutt config history remediation_enabled", "mutt config set remediation_enabled=true"),
            "warning",
            "operations",
            ("dlq.alerter.depth", "dlq.moog.depth"),
            ("letters-pile-up", "events-pile-up"),
            "TG:736-770",
        ),
        _off,
    ),
    Case(
        Cause(
            "ledger-missing",
            "dlq",
            "events are unaccounted for",
            "They came in, and are in no queue and at no end.",
            steps("mutt reconcile", "mutt reconcile --repair --dry-run", 'mutt reconcile --accept --reason "..."'),
            "critical",
            "development",
            ("ledger",),
            source="decisions.md D18",
        ),
        _missing,
    ),
    Case(
        Cause(
            "ledger-extra",
            "dlq",
            "messages are there that nobody counted in",
            "They may alert twice.",
            steps("mutt reconcile", "mutt reconcile --repair --dry-run"),
            "warning",
            "development",
            ("ledger",),
        ),
        _extra,
    ),
    Case(
        Cause(
            "bodies-refused",
            "dlq",
            "Moogsoft refuses what some alerts say",
            "Sent again unchanged they are refused again.",
            steps("mutt dlq list dlq-moog --by error", "mutt dlq replay dlq-moog --fix --dry-run"),
            "warning",
            "development",
            ("dlq.moog.depth", "dlq.dead.depth"),
            ("letters-pile-up",),
            "TG:637-650",
        ),
        _bodies,
    ),
    Case(
        Cause(
            "events-shed",
            "dlq",
            "events were set aside because the ingest queue was too long",
            "Remediation returns them when it is short again.",
            steps("mutt queue show ingest", "mutt config get alerter_shed_mode", "mutt forecast ingest"),
            "warning",
            "operations",
            ("dlq.alerter.depth",),
            ("events-pile-up",),
            "TG:412-430",
        ),
        _shed,
    ),
    Case(
        Cause(
            "no-drainer",
            "dlq",
            "nobody brings back what lies in {about}",
            "It stays there.",
            steps("mutt status remediation"),
            "warning",
            "operations",
            ("dlq.*", "svc.remediation"),
            ("letters-pile-up", "events-pile-up"),
            "TG:736-770",
        ),
        _no_drainer,
    ),
    Case(
        Cause(
            "letters-pile-up",
            "dlq",
            "alerts that were not delivered pile up in {about}",
            "Remediation brings them back a batch at a time.",
            steps(
                "mutt dlq list dlq-moog --by reason",
                "mutt moog test",
                "mutt dlq replay dlq-moog --all --canary 1 --dry-run",
            ),
            "warning",
            "operations",
            ("dlq.moog.depth",),
            source="TG:581-660",
        ),
        _many(way.DLQ_MOOG, "dlq.moog.depth"),
    ),
    Case(
        Cause(
            "events-pile-up",
            "dlq",
            "events that were not decided pile up in {about}",
            "Remediation brings them back a batch at a time.",
            steps("mutt dlq list dlq-alerter --by error", "mutt logs alerter --level err --since 15m"),
            "warning",
            "development",
            ("dlq.alerter.depth",),
        ),
        _many(way.DLQ_ALERTER, "dlq.alerter.depth"),
    ),
    Case(
        Cause(
            "poison",
            "dlq",
            "messages that nothing could handle wait for a person",
            "They are tried no more.",
            steps(
                "mutt dlq list dead --by reason",
                "mutt dlq replay dead --fix --dry-run",
                "mutt queue export dead --out dead.jsonl",
            ),
            "warning",
            "development",
            ("dlq.dead.depth",),
            source="TG:789-801",
        ),
        _checked("dlq.dead.depth"),
    ),
    Case(
        Cause(
            "quarantine",
            "dlq",
            "refused items of batches pile up",
            "They were never accepted; their senders were told.",
            steps("mutt dlq list quarantine --by reason", "mutt dlq replay quarantine --fix --dry-run"),
            "warning",
            "development",
            ("dlq.quarantine.depth",),
        ),
        _checked("dlq.quarantine.depth"),
    ),
    Case(
        Cause(
            "orphans",
            "units",
            "messages are in the hands of workers that are gone",
            "They wait until a worker of that kind lives, or until they are given back by hand.",
            steps("mutt queue orphan list", "mutt queue orphan recover"),
            "warning",
            "operations",
            ("queue.orphans",),
            source="SO:1795-1800",
        ),
        _orphans,
    ),
    Case(
        Cause(
            "journal-full",
            "db",
            "the record of events waits for PostgreSQL and is about to be left out",
            "Alerts flow; their history will have gaps.",
            steps("mutt db status", "mutt logs alerter --grep historian --since 15m"),
            "critical",
            "database",
            ("journal",),
            source="decisions.md D14",
        ),
        _checked("journal"),
    ),
)
