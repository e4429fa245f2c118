"""Why Moogsoft gets no alerts: its name, the way, its certificate, our key, or itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.diagnosis.cause import Case, Cause, Proof, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.diagnosis.cause import Detect
    from mutt_cli.core.diagnosis.evidence import Evidence, Moogsoft

_EXPLAINS: Final = ("breaker.moog", "queue.alert.*", "dlq.moog.depth", "slo.forward")
_HIDES: Final = ("breaker-open", "letters-pile-up")
_SLOW_S: Final = 5.0
_TOO_MANY: Final = 429


def _said(evidence: Evidence, probe: Moogsoft) -> Proof:
    lines = [f"asked from here: {probe.text}" if probe.text else "asked from here: no answer"]
    flow = evidence.flow
    if flow is not None and flow.breaker.last_error:
        lines.append(f"the forwarders' last failure: {flow.breaker.last_error}")
    return Proof(tuple(lines), {"where": probe.address})


def _failed(step: str) -> Detect:
    def detect(evidence: Evidence) -> Iterator[Proof]:
        probe = evidence.moogsoft
        if probe is not None and probe.failed == step:
            yield _said(evidence, probe)

    return detect


def _last_error(evidence: Evidence) -> str:
    """What made the breaker open; empty where a person has opened it, or nobody."""
    flow = evidence.flow
    opened = flow is not None and flow.breaker.state != "CLOSED" and not flow.breaker.tripped
    return flow.breaker.last_error if flow is not None and opened else ""


def _key(evidence: Evidence) -> Iterator[Proof]:
    probe = evidence.moogsoft
    letters = evidence.letters.get("dlq-moog", {})
    refused = sum(count for reason, count in letters.items() if reason in {"http_401", "http_403"})
    last = _last_error(evidence)
    if probe is not None and (probe.key_refused or refused or "401" in last or "403" in last):
        told = _said(evidence, probe).lines
        yield Proof(
            (*told, *((f"{refused:,} alerts were refused for their key",) if refused else ())), {"where": probe.address}
        )


def _ill(evidence: Evidence) -> Iterator[Proof]:
    """It is reached and fails. That it wants a key is no failure: ours was refused, or Vault has not given us one."""
    probe = evidence.moogsoft
    if probe is None or probe.failed in {"dns", "connect", "tls"} or probe.status in {401, 403}:
        return
    last = _last_error(evidence)
    if not probe.healthy or (last and "401" not in last and "403" not in last):
        yield _said(evidence, probe)


def _limits(evidence: Evidence) -> Iterator[Proof]:
    """It says 429, to our question or to alerts until their tries were used up."""
    probe = evidence.moogsoft
    given_up = evidence.letters.get("dlq-moog", {}).get("http_429", 0)
    if probe is None or probe.failed or not (probe.status == _TOO_MANY or given_up):
        return
    told = (f"{given_up:,} alerts were refused with it until their tries were used up",) if given_up else ()
    yield Proof((*_said(evidence, probe).lines, *told), {"where": probe.address})


def _slow(evidence: Evidence) -> Iterator[Proof]:
    probe = evidence.moogsoft
    if probe is not None and probe.healthy and probe.seconds > _SLOW_S:
        yield Proof((f"it answered after {probe.seconds:.1f} s",), {"where": probe.address})


def _open(evidence: Evidence) -> Iterator[Proof]:
    """The breaker is open, and why is not known."""
    check = evidence.bad("breaker.moog")
    if check is not None and check.state in {"warning", "critical"}:
        yield Proof((check.message,))


def _case(name: str, title: str, detect: Detect, owner: str, *lines: str, source: str, area: str = "moog") -> Case:
    means = "Alerts wait or are set aside; they come back by themselves once it takes them. None is lost."
    cause = Cause(f"moogsoft-{name}", area, title, means, steps(*lines), "critical", owner, _EXPLAINS, _HIDES, source)  # type: ignore[arg-type]
    return Case(cause, detect)


CASES: Final = (
    _case(
        "name",
        "the name in {where} does not resolve",
        _failed("dns"),
        "infrastructure",
        "mutt moog test",
        "getent ahosts HOST   # its host",
        "mutt config get MOOG_WEBHOOK_URL",
        source="TG:1361-1388",
        area="dns",
    ),
    _case(
        "unreachable",
        "Moogsoft at {where} cannot be connected to",
        _failed("connect"),
        "infrastructure",
        "mutt moog test",
        "mutt config get MOOG_WEBHOOK_URL",
        "tracepath HOST   # its host: for the network team",
        source="TG:608-620",
    ),
    _case(
        "certificate",
        "the certificate of Moogsoft at {where} is not accepted",
        _failed("tls"),
        "security",
        "mutt moog test",
        "mutt config get MOOG_TLS_CA_CERT",
        source="TG:1273-1280",
        area="tls",
    ),
    _case(
        "key",
        "Moogsoft at {where} refuses our key",
        _key,
        "security",
        "mutt moog test",
        "mutt vault rotate plan MOOG_API_KEY",
        "mutt vault set MOOG_API_KEY",
        "mutt dlq replay dlq-moog --all --canary 1",
        source="TG:637-647",
    ),
    _case(
        "ill",
        "Moogsoft at {where} is reached and does not take alerts",
        _ill,
        "infrastructure",
        "mutt moog test",
        "mutt breaker show",
        "mutt breaker reset",
        source="TG:608-634",
    ),
    Case(
        Cause(
            "moogsoft-limits",
            "moog",
            "Moogsoft at {where} wants fewer alerts: it answers 429",
            "Alerts wait for their next try, and are set aside when their tries are used up. None is lost.",
            steps("mutt ratelimit show", "mutt ratelimit set moog 50/1m --for 1h", "mutt moog test"),
            "warning",
            "infrastructure",
            ("queue.alert.*", "dlq.moog.depth", "slo.forward"),
            ("letters-pile-up",),
            "TG:652-666",
        ),
        _limits,
    ),
    Case(
        Cause(
            "breaker-open",
            "moog",
            "the circuit breaker is open",
            "Moogsoft gets no alerts until it closes by itself, after a probe that works.",
            steps("mutt breaker show", "mutt moog test", "mutt breaker reset"),
            "critical",
            "operations",
            _EXPLAINS,
            ("letters-pile-up",),
            "TG:624-634",
        ),
        _open,
    ),
    Case(
        Cause(
            "moogsoft-slow",
            "moog",
            "Moogsoft at {where} answers slowly",
            "Alerts are late.",
            steps("mutt moog test", "mutt config set moog_timeout 30 --for 2h"),
            "warning",
            "infrastructure",
            ("queue.alert.*",),
            source="TG:669-715",
        ),
        _slow,
    ),
)
