"""A handful of rules for a first look: enough that common events of network devices become alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import rule_store
from mutt_cli.adapters.rule_store import Actor

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection

_UNTOUCHED: Final = 1
_BY: Final = Actor("mutt up", "sample rules of a new database")
_RULES: Final = (
    ("Link down", r"(LINK-3-UPDOWN|LINEPROTO-5-UPDOWN|interface).*\bdown\b", "major", 90),
    ("BGP neighbour lost", r"BGP-\d-(ADJCHANGE|NOTIFICATION).*\b(down|sent|received)\b", "critical", 100),
    ("OSPF neighbour lost", r"OSPF-\d-ADJCHG.*\bdown\b", "major", 90),
    ("Power or fan failed", r"\b(power supply|psu|fan)\b.*\b(fail(ed|ure)?|faulty)\b", "critical", 100),
    ("Temperature", r"\btemperature\b.*\b(critical|exceeded|high)\b", "critical", 95),
    ("Authentication failed", r"\b(authentication failure|failed password|login failed)\b", "warning", 50),
    ("Disk full", r"\b(no space left on device|disk full|filesystem .* full)\b", "major", 80),
    ("High CPU", r"\bcpu\b.*\b(9\d|100)\s?%", "minor", 60),
)


def add(conn: Connection) -> int:
    """Add the rules if the database never had one; how many were added. Rules that somebody removed stay removed."""
    if rule_store.revision(conn) != _UNTOUCHED:
        return 0
    with conn.transaction():
        for name, pattern, severity, priority in _RULES:
            rule = {"rule_name": name, "pattern": pattern, "severity": severity, "priority": priority}
            rule_store.create(conn, rule, _BY)
    return len(_RULES)
