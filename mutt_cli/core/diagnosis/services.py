"""Causes in the five services: processes that are gone, stand still, are ill, or were never started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.diagnosis.cause import Case, Cause, Proof, Severity, steps
from mutt_cli.core.health.services import held_instances
from mutt_cli.core.snapshot import CRITICAL, SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.diagnosis.evidence import Evidence
    from mutt_cli.core.snapshot import Instance

_LEASED: Final = frozenset({"alerter", "forwarder"})
"""Services whose instances say their host."""
GONE, STOPPED, ILL, ABSENT = "gone", "stopped", "ill", "absent"
_SILENT: Final = "does not answer"
_HOW: Final = {"its process is gone": GONE, "its process is stopped": STOPPED, _SILENT: STOPPED}


def _kind(one: Instance, evidence: Evidence) -> str:
    """How an instance is not at work: by what is known of its process.

    A page that does not answer tells of a process that stands still, unless it waits for a Redis that is away.
    """
    for words, kind in _HOW.items():
        if words in one.detail:
            return ILL if kind == STOPPED and words == _SILENT and evidence.snapshot.redis.value is None else kind
    server = evidence.snapshot.redis.value
    if server is not None and not server.takes_writes:
        return ILL  # its lease ends there, whatever it does
    if one.state == "down":
        return GONE
    return STOPPED if "last heard of" in one.detail else ILL


def _of_kind(evidence: Evidence, kind: str, service: str) -> Iterator[Proof]:
    held = held_instances(service, evidence.flow.off if evidence.flow else ())
    found = [
        one for one in evidence.instances(service)
        if one.state != "ok" and not held(one) and _kind(one, evidence) == kind
    ]  # fmt: skip
    if not found:
        return
    lines = tuple(
        f"{service} {one.name} is {one.state}{f': {one.detail}' if one.detail else ''}{_at(one)}" for one in found
    )
    unit = evidence.host.units.get(service)
    if unit is not None:
        lines += (f"{unit.name}: {unit.active}, last result {unit.result} {unit.status}".rstrip(),)
    first = found[0]
    by_page = ":" in first.name  # which is asked on this host alone
    here = not _LEASED & {service} or by_page or first.address in {"", _here(evidence)}
    where = "" if here else f"on {first.address}: "
    asleep = " ".join(str(one.pid) for one in found if one.pid and one.address == first.address)
    wake = f"kill -CONT {asleep}   # if somebody stopped it: a debugger, SIGSTOP, a frozen cgroup"
    values = {
        "service": service, "start": where + evidence.start_line(service),
        "restart": where + evidence.restart_line(service), "wake": wake if here and asleep else "",
    }  # fmt: skip
    yield Proof(lines, values)


def _platform(evidence: Evidence) -> Iterator[Proof]:
    folder = evidence.host.stopped_platform
    if folder and evidence.snapshot.redis.value is None:
        yield Proof((f"{folder} holds a platform of mutt up that does not run, and this host has no other",))


def _at(one: Instance) -> str:
    return f", on {one.address}" if one.address and one.address not in one.name else ""


def _here(evidence: Evidence) -> str:
    host = evidence.snapshot.host.value
    return host.name if host is not None else ""


_EXPLAINS: Final = {
    "ingestor": ("svc.ingestor", "slo.ingest"),
    "alerter": ("svc.alerter", "queue.ingest.*", "queue.orphans", "cache.rules", "config.sync"),
    "forwarder": ("svc.forwarder", "queue.alert.*", "queue.orphans", "slo.forward", "config.sync"),
    "remediation": ("svc.remediation", "dlq.*"),
    "webui": ("svc.webui", "config.sync"),
}
_MEANS: Final = {
    "ingestor": "Nothing is accepted here; senders repeat or, behind HAProxy, go to another one.",
    "alerter": "Events wait in the ingest queue; none is lost.",
    "forwarder": "Alerts wait in the alert queue; none is lost.",
    "remediation": "What was set aside stays there until one runs again.",
    "webui": "The pages do not answer; alerts flow.",
}


def _cases(service: str) -> tuple[Case, ...]:
    logs, look = f"mutt logs {service} --since 15m", f"mutt status {service}"

    def case(kind: str, title: str, *lines: str, source: str = "") -> Case:
        severity: Severity = "critical" if service in CRITICAL else "warning"
        cause = Cause(
            f"{service}-{kind}", "units", title, _MEANS[service], steps(*lines), severity, "operations",
            _EXPLAINS[service], source=source,
        )  # fmt: skip
        if kind == ABSENT:
            return Case(cause, lambda evidence: _absent(evidence, service))
        return Case(cause, lambda evidence: _of_kind(evidence, kind, service))

    return (
        case(GONE, f"the {service} does not run", "{start}", logs, look, source="SO:1748-1807, TG:379-390"),
        case(
            STOPPED, f"the {service} stands still: it is there and does nothing", "{wake}", "{restart}", logs,
            source="SO:1786-1807",
        ),
        case(ILL, f"the {service} runs and does not work", logs, look, "{restart}"),
        case(ABSENT, f"no {service} was ever started", "{start}", look),
    )  # fmt: skip


def _absent(evidence: Evidence, service: str) -> Iterator[Proof]:
    off = evidence.flow.off if evidence.flow else ()
    known = evidence.snapshot.services.value is not None and evidence.flow is not None
    if known and not evidence.instances(service) and not any(one.what == service for one in off):
        yield Proof((f"no {service} is known of",), {"start": evidence.start_line(service)})


def _version(evidence: Evidence) -> Iterator[Proof]:
    check = evidence.bad("svc.version")
    if check is not None and check.state != "unknown":
        yield Proof((check.message,))


def _restarts(evidence: Evidence) -> Iterator[Proof]:
    for service, unit in evidence.host.units.items():
        if unit.reload_needed:
            yield Proof((f"{unit.name} runs from an older unit file",), {"about": service, "unit": unit.name})


def _loop(evidence: Evidence) -> Iterator[Proof]:
    for service, unit in evidence.host.units.items():
        if unit.restarts >= _LOOP:
            yield Proof((f"{unit.name}: {unit.restarts} restarts by systemd",), {"about": service})


def _oom(evidence: Evidence) -> Iterator[Proof]:
    for service, unit in evidence.host.units.items():
        if unit.result == "oom-kill":
            yield Proof((f"{unit.name}: result oom-kill",), {"about": service, "start": evidence.start_line(service)})


_LOOP: Final = 5
"""Restarts by systemd that are no accident any more."""

CASES: Final = (
    Case(
        Cause(
            "killed-for-memory",
            "units",
            "the kernel killed the {about}: this host has no memory left",
            "What it held goes to its peers; none is lost.",
            steps("mutt doctor --only host", "mutt logs {about} --since 1h", "{start}"),
            "critical",
            "infrastructure",
            ("svc.{about}",),
            ("{about}-gone",),
            "TG:384-385",
        ),
        _oom,
    ),
    Case(
        Cause(
            "restart-loop",
            "units",
            "systemd restarts the {about} again and again",
            "It never works for long.",
            steps("mutt logs {about} --since 15m", "mutt config validate"),
            "critical",
            "operations",
            ("svc.{about}",),
        ),
        _loop,
    ),
    Case(
        Cause(
            "platform-stopped",
            "units",
            "the platform of mutt up is stopped",
            "Nothing is accepted and nothing moves; what is queued is kept on its disk.",
            steps("mutt up"),
            "critical",
            "operations",
            ("*.ping", "vault.token", "svc.*"),
            ("redis-*", "db-*", "vault-*", "name-unresolved", "port-taken"),
        ),
        _platform,
    ),
    *(case for service in SERVICES for case in _cases(service)),
    Case(
        Cause(
            "version-skew",
            "versions",
            "several versions of MUTT run beside each other",
            "A roll-out that was not finished; each version decides as it knows.",
            steps("mutt status --services", "systemctl restart of those that are older"),
            "warning",
            "operations",
            ("svc.version",),
        ),
        _version,
    ),
    Case(
        Cause(
            "unit-changed",
            "units",
            "the unit of the {about} was changed and not read again",
            "It runs as the former file says.",
            steps("systemctl daemon-reload", "systemctl restart {unit}"),
            "warning",
            "operations",
            source="SO:253-256",
        ),
        _restarts,
    ),
)
