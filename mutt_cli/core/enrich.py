"""From a matched event to an alert: enrichment (D11), as one compact JSON object for the alert queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.core import event as events
from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.event import Event
    from mutt_cli.core.rules import Rule

SYSLOG_WORDS: Final = ("critical", "critical", "critical", "error", "warning", "notice", "info", "debug")
"""Severity word of a syslog severity 0 to 7 (RFC 5424 section 6.2.1): emergency and alert are critical here."""

HAND: Final = "hand"
"""Ledger source of what was pushed by hand."""


@dataclass(frozen=True)
class Inventory:
    """What the database knows about hosts."""

    dev_hosts: frozenset[str] = frozenset()
    teams: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    default_team: str = "NETO"


@dataclass(frozen=True)
class Passing:
    """What deciding added to a match: its fingerprint, followers suppressed before it, its place in the order."""

    signature: str
    suppressed: int
    sequence: int
    now_ms: int


def team_of(rule: Rule, hostname: str, inventory: Inventory) -> str:
    """The rule's team, else the host's, else the default (D11, C-100)."""
    return rule.team or inventory.teams.get(hostname, "") or inventory.default_team


def severity_of(rule: Rule, event: Event) -> str:
    """The rule wins if it says one (C-99), then the event's word, then its syslog severity."""
    if rule.severity or event.severity:
        return rule.severity or event.severity
    return SYSLOG_WORDS[event.syslog_severity] if event.syslog_severity is not None else "warning"


def alert_element(element: bytes, event: Event, rule: Rule, inventory: Inventory, passing: Passing) -> bytes:
    """The alert for `event`, whose queued form is `element`. The first four fields are read by scripts: keep them."""
    alert: dict[str, Any] = {
        "event_id": event.event_id,
        "correlation_id": event.correlation_id,
        "received_at": event.received_at or rfc3339(passing.now_ms),
        "_source": event.source_key or HAND,
        "severity": severity_of(rule, event),
        "description": event.message,
        "source": event.hostname,
        "hostname": event.hostname,
        "message": event.message,
        "rule": {"id": rule.id, "version": rule.version, "name": rule.name, "priority": rule.priority},
        "team": team_of(rule, event.hostname, inventory),
        "environment": "dev" if event.hostname in inventory.dev_hosts else "prod",
        "signature": passing.signature,
        "matched_at": rfc3339(passing.now_ms),
        "suppressed_since_last": passing.suppressed,
        "sequence": passing.sequence,
        "attempt": 0,
        "event": {n: v for n, v in events.fields_of(element).items() if n not in {"message", "hostname"}},
    }
    return msgspec.json.encode(alert)
