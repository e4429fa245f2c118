"""Rules as people look at them: in matching order, what they match, who changed them, what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import inventory_store, rule_matches
from mutt_cli.adapters.postgres import read_only
from mutt_cli.adapters.queries import query
from mutt_cli.core import rule_advice
from mutt_cli.core.rule_fields import trouble_with
from mutt_cli.ops.inventory import asked

if TYPE_CHECKING:
    from datetime import datetime

    from mutt_cli.adapters.inventory_store import Inventory
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.rule_matches import Matches
    from mutt_cli.core.rule_change import Image
    from mutt_cli.ops.backends import Backends

RECENT: Final = timedelta(hours=24)
"""What `matches` counts, in whole hours (ux.md section 4.2)."""


@dataclass(frozen=True)
class SeenRule:
    """One rule. `place` is its number in the order in which rules are tried, None if it is not tried at all."""

    image: Image
    place: int | None
    matches: Matches | None
    """None if it never matched."""
    changed_by: str
    changed_at: datetime | None
    problem: str
    """Why alerters leave it out; empty if they do not."""

    @property
    def state(self) -> str:
        """`on`, `off`, or `refused`: switched on, and left out by alerters."""
        return "off" if not self.image["enabled"] else "refused" if self.problem else "on"


def rules(backends: Backends, now: datetime) -> list[SeenRule]:
    """Every rule, in the order in which they are tried."""

    def question(conn: Connection) -> tuple[Inventory, Any, Any]:
        live = inventory_store.read(conn)
        with read_only(conn):
            changes = {row[0]: row[1:] for row in conn.execute(query("rules_changed"))}
            return live, rule_matches.read(conn, now - RECENT), changes

    live, matches, changes = asked(backends, question)
    found, place = [], 0
    for image in live.rules:
        by, at = changes.get(image["id"], ("", None))
        problem = _problem(image)
        tried = image["enabled"] and not problem
        place += tried
        found.append(SeenRule(image, place if tried else None, matches.get(image["id"]), by or "", at, problem))
    return found


def warnings(seen: list[SeenRule], rule_id: int) -> tuple[str, ...]:
    """What is worth knowing about one of the rules: that it cannot win, or that others cannot because of it."""
    return rule_advice.about([one.image for one in seen], rule_id)


def matched(backends: Backends, now: datetime) -> frozenset[int]:
    """Rules that ever won an event, also one whose record waits in the journal. Raises RedisUnavailableError."""
    waiting = rule_matches.waiting(backends.redis(), backends.keys)
    return frozenset(asked(backends, lambda conn: rule_matches.read(conn, now))) | waiting


def _problem(image: Image) -> str:
    if image["match_type"] not in {"regex", "contains"}:
        return f"match type {image['match_type']} is not supported"
    trouble = trouble_with(image, {"pattern"})
    return trouble.fields.get("pattern", "") if trouble else ""
