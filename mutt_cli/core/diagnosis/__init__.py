"""From evidence to causes: what is wrong, how that is known, what it means, and what mends it. Pure.

A cause is told once, and what follows from it is not told as another. Whatever `mutt health` finds and no cause
explains is told as itself, so that nothing is ever kept quiet because nobody thought of it.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from mutt_cli.core.diagnosis import database, flow, letters, local, moogsoft, network, redis, services, vault
from mutt_cli.core.diagnosis.cause import Cause, Finding, Proof, steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutt_cli.core.diagnosis.cause import Case, Severity
    from mutt_cli.core.diagnosis.evidence import Evidence
    from mutt_cli.core.health.check import HealthCheck

CASES: Final[tuple[Case, ...]] = (
    *redis.CASES, *database.CASES, *vault.CASES, *local.CASES, *network.CASES, *services.CASES, *moogsoft.CASES,
    *flow.CASES, *letters.CASES,
)  # fmt: skip
"""In the order in which they are told: what much else rests on stands first."""
BY_ID: Final = {case.cause.id: case.cause for case in CASES}

_AREA_OF: Final = {
    "redis": "redis", "db": "db", "vault": "vault", "svc": "units", "queue": "ingest", "dlq": "dlq", "breaker": "moog",
    "cache": "config", "config": "config", "clock": "clock", "disk": "disk", "backup": "disk", "journal": "db",
    "ledger": "dlq", "slo": "ingest",
}  # fmt: skip
_SEVERITY: Final[dict[str, Severity]] = {"critical": "critical", "warning": "warning", "unknown": "warning"}


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """What is wrong, the gravest first; what is only a consequence is left out."""
    found = [Finding(case.cause, proof) for case in CASES for proof in case.detect(evidence)]
    causes = [one for one in found if not any(_hides(other, one) for other in found if other is not one)]
    told = [*causes, *(_unexplained(check) for check in _left(found, evidence))]
    return tuple(sorted(told, key=lambda one: one.severity != "critical"))


def only(found: Iterable[Finding], areas: Sequence[str]) -> tuple[Finding, ...]:
    """Those of these areas; of all without any."""
    return tuple(one for one in found if not areas or one.cause.area in areas)


def _hides(one: Finding, other: Finding) -> bool:
    return any(fnmatchcase(other.cause.id, pattern) for pattern in one.hides)


def _left(found: Sequence[Finding], evidence: Evidence) -> list[HealthCheck]:
    """The checks that are bad, causes themselves, and explained by nothing that was found, told or hidden."""
    patterns = [pattern for one in found for pattern in one.explains]
    bad = [one for one in evidence.checks.values() if one.bad and not one.caused_by]
    left = [one for one in bad if not any(fnmatchcase(one.id, pattern) for pattern in patterns)]
    if any(one.cause.area == "vault" for one in found):
        # Without Vault passwords are not known, and so is nothing of those who want one.
        left = [one for one in left if one.state != "unknown"]
    return left


def _unexplained(check: HealthCheck) -> Finding:
    area = _AREA_OF.get(check.id.partition(".")[0], "config")
    cause = Cause(
        check.id, area, check.message, f"The check {check.id} of mutt health is {check.state}.",
        steps(*((check.remedy,) if check.remedy else ())), _SEVERITY[check.state], "operations", (check.id,),
    )  # fmt: skip
    return Finding(cause, Proof((f"{check.id}: {check.message}",)))
