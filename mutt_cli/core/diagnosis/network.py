"""Causes between hosts: a firewall that keeps senders out, and certificates that end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.diagnosis.cause import Case, Cause, Proof, steps
from mutt_cli.core.ledger import IN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.diagnosis.evidence import Evidence

_DAY_S: Final = 86_400.0
_SOON_S: Final = 14 * _DAY_S
"""A certificate is renewed through other people: two weeks are what they need."""


def _firewall(evidence: Evidence) -> Iterator[Proof]:
    """Where events come in all the same, something on this host hands them on, and nothing is wrong."""
    flow = evidence.flow
    if flow is None or any(flow.per_minute.get(name) for name in IN):
        return
    for one in evidence.host.shut_ports:
        values = {"about": one.service, "number": str(one.number), "setting": one.setting}
        told = f"no zone of firewalld in use ({', '.join(one.zones)}) lets {one.number}/tcp in ({one.setting})"
        yield Proof((told, "no event came in the last minute"), values)


def _certificates(evidence: Evidence) -> Iterator[Proof]:
    for one in evidence.host.certificates:
        if one.left_s > _SOON_S:
            continue
        over = one.left_s <= 0
        told = f"it ended {-one.left_s / _DAY_S:.0f} days ago" if over else f"it ends in {one.left_s / _DAY_S:.0f} days"
        values = {"about": one.setting, "setting": one.setting}
        yield Proof((f"{one.place} ({one.setting}): {told}",), values, "critical" if over else "warning")


CASES: Final = (
    Case(
        Cause(
            "firewall-closed",
            "firewall",
            "the firewall of this host lets nobody in to the {about}",
            "Senders on other hosts do not reach it; they repeat what they have, or lose it.",
            steps(
                "from the host of a sender: curl http://THIS-HOST:{number}/health",
                "firewall-cmd --permanent --add-port={number}/tcp",
                "firewall-cmd --reload",
                "firewall-cmd --list-ports",
            ),
            "warning",
            "infrastructure",
            source="TG:1285-1309",
        ),
        _firewall,
    ),
    Case(
        Cause(
            "certificate-ends",
            "tls",
            "a certificate that {about} needs ends soon, or has ended",
            "From then on nothing that checks it connects: without Vault no service starts.",
            steps("mutt config get {setting}", "ask who issues it for a new one", "mutt doctor --only tls"),
            "warning",
            "security",
            source="TG:1273-1279",
        ),
        _certificates,
    ),
)
