"""Rules as people look at them: in matching order, what they match, who changed them, what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import rule_matches, rule_order
from mutt_cli.adapters.postgres import read_only
from mutt_cli.core import rule_advice
from mutt_cli.core.rule_fields import pattern_trouble
from mutt_cli.core.rules import MATCH_TYPES
from mutt_cli.errors import NotFoundError
from mutt_cli.ops.inventory import asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

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


@dataclass(frozen=True)
class RulePage:
    """Some of the rules, in the order in which they are tried, and where they stand among those that fit."""

    rules: list[SeenRule]
    total: int
    fitting: int
    number: int
    """Of this page, from 1."""
    pages: int


def rules(backends: Backends, now: datetime) -> list[SeenRule]:
    """Every rule, in the order in which they are tried."""

    def question(conn: Connection) -> list[SeenRule]:
        with read_only(conn):
            return _seen(conn, _placed(rule_order.images(conn)), now, every=True)

    return asked(backends, question)


def page(backends: Backends, now: datetime, word: str, number: int, most: int) -> RulePage:
    """At most `most` of the rules with a word in them; of a number beyond the last page that one."""
    sought = word.casefold()

    def question(conn: Connection) -> RulePage:
        with read_only(conn):
            placed = _placed(rule_order.read(conn))
            fitting = [one for one in placed if _has(one.image, sought)] if sought else placed
            pages = max(1, -(-len(fitting) // most))
            this = min(number, pages)
            found = _seen(conn, _whole(conn, fitting[(this - 1) * most : this * most]), now)
        return RulePage(found, len(placed), len(fitting), this, pages)

    return asked(backends, question)


def one(backends: Backends, now: datetime, rule_id: int) -> SeenRule:
    """The rule with this id. Raises NotFoundError MUTT-P301."""

    def question(conn: Connection) -> list[SeenRule]:
        with read_only(conn):
            placed = _placed(rule_order.read(conn))
            return _seen(conn, _whole(conn, [one for one in placed if one.image["id"] == rule_id]), now)

    found = asked(backends, question)
    if not found:
        raise NotFoundError(f"there is no rule {rule_id}", code="MUTT-P301", tries=("mutt rule list",))
    return found[0]


def warnings(seen: list[SeenRule], rule_id: int) -> tuple[str, ...]:
    """What is worth knowing about one of the rules: that it cannot win, or that others cannot because of it."""
    return rule_advice.about([one.image for one in seen], rule_id)


def matched(backends: Backends, now: datetime) -> frozenset[int]:
    """Rules that ever won an event, also one whose record waits in the journal. Raises RedisUnavailableError."""
    waiting = rule_matches.waiting(backends.redis(), backends.keys)
    return frozenset(asked(backends, lambda conn: rule_matches.read(conn, now))) | waiting


@dataclass(frozen=True)
class _Placed:
    """A rule, or what tells its place, with that place and what is wrong with it."""

    image: Mapping[str, Any]
    place: int | None
    problem: str


def _placed(images: Iterable[Mapping[str, Any]]) -> list[_Placed]:
    """Rules in matching order, with the numbers by which they are tried."""
    found, place = [], 0
    for image in images:
        problem = _problem(image)
        tried = image["enabled"] and not problem
        place += tried
        found.append(_Placed(image, place if tried else None, problem))
    return found


def _whole(conn: Connection, chosen: Sequence[_Placed]) -> list[_Placed]:
    """The same with all that is known of each rule."""
    images = {image["id"]: image for image in rule_order.images(conn, [one.image["id"] for one in chosen])}
    return [replace(one, image=images[one.image["id"]]) for one in chosen]


def _seen(conn: Connection, placed: Sequence[_Placed], now: datetime, *, every: bool = False) -> list[SeenRule]:
    """Rules with what they match, and who changed them."""
    ids = None if every else [one.image["id"] for one in placed]
    matches, changes = rule_matches.read(conn, now - RECENT, ids), rule_order.changes(conn, ids)
    return [_told(one, matches.get(one.image["id"]), changes.get(one.image["id"], ("", None))) for one in placed]


def _told(one: _Placed, matches: Matches | None, change: tuple[str, datetime | None]) -> SeenRule:
    return SeenRule(dict(one.image), one.place, matches, change[0], change[1], one.problem)


def _has(image: Mapping[str, Any], word: str) -> bool:
    return any(word in str(image[name] or "").casefold() for name in ("rule_name", "pattern", "team", "severity"))


def _problem(image: Mapping[str, Any]) -> str:
    if image["match_type"] not in MATCH_TYPES:
        return f"match type {image['match_type']} is not supported"
    return pattern_trouble(image)
