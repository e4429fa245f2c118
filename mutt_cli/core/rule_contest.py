"""Who won an event, who matched it too and lost, and who nearly matched: the rules of a moment, asked about a message.

The alerter names the winner alone (D3: higher priority wins, ties go to the lower id). Who asks later has the rules as
the database kept them (`rule_versions`), or only those of now; what is said here is a computation, never a record.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import re2

from mutt_cli.core.rules import MATCH_TYPES, literal, options, problem_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Why = Literal["lower_priority", "higher_id", "not_read_yet", "switched_off", "made_since", "changed_since", "unknown"]


@dataclass(frozen=True)
class Held:
    """One rule as the database held it. `since_ms`: when it became so, Unix ms, 0 if unknown."""

    id: int
    version: int
    name: str
    pattern: str
    priority: int
    match_type: str = "regex"
    enabled: bool = True
    severity: str = ""
    team: str = ""
    since_ms: int = 0

    @property
    def rank(self) -> tuple[int, int]:
        """The smaller wins."""
        return (-self.priority, self.id)


@dataclass(frozen=True)
class Rival:
    """A rule that did not win, and why."""

    rule: Held
    why: Why

    @property
    def words(self) -> str:
        """For people."""
        return _WORDS[self.why]


_WORDS: Final[Mapping[Why, str]] = {
    "lower_priority": "matches too, has a lower priority",
    "higher_id": "matches too, has the same priority and a higher id",
    "not_read_yet": "would have won, but no alerter had read it yet",
    "switched_off": "matches, but is switched off",
    "made_since": "matches, but was made later",
    "changed_since": "matches as it is now, and did not as it was then",
    "unknown": "matches as it is now; how it was then is not known",
}


class Contest:
    """Rules of one moment. Patterns that no alerter takes, and other match types, never match.

    Each pattern is searched for by itself: few messages are asked about, and what compiles alone never fails here,
    however many rules there are.
    """

    def __init__(self, rules: Iterable[Held]) -> None:
        self.rules = {one.id: one for one in sorted(rules, key=lambda one: one.rank)}

    @cached_property
    def _patterns(self) -> dict[int, Any]:
        chosen, found = options(), {}
        for one in self.rules.values():
            if one.match_type in MATCH_TYPES:
                with suppress(re2.error):
                    found[one.id] = re2.compile(_pattern(one), chosen)
        return found

    def matching(self, message: str) -> tuple[Held, ...]:
        """The rules that match, the winner first."""
        return self._searched(message, enabled=True)

    def off(self, message: str) -> tuple[Held, ...]:
        """The rules that would match if they were switched on, in the order in which they would be tried."""
        return self._searched(message, enabled=False)

    def _searched(self, message: str, *, enabled: bool) -> tuple[Held, ...]:
        rules, patterns = self.rules.values(), self._patterns
        found = [one for one in rules if one.enabled == enabled and one.id in patterns]
        found = [one for one in found if patterns[one.id].search(message) is not None]
        return tuple(one for one in found if not problem_with(_pattern(one)))


def held(image: Mapping[str, Any]) -> Held:
    """A rule from an image of its row."""
    return Held(
        id=int(image["id"]), version=int(image["version"]), name=image["rule_name"], pattern=image["pattern"],
        priority=int(image["priority"]), match_type=image.get("match_type") or "regex",
        enabled=bool(image["enabled"]), severity=image.get("severity") or "", team=image.get("team") or "",
        since_ms=int(image.get("since_ms") or 0),
    )  # fmt: skip


def losers(winner: Held, contest: Contest, message: str) -> tuple[Rival, ...]:
    """The other rules that match the message, in the order in which they are tried."""
    return tuple(
        Rival(one, _lost(one, winner)) for one in contest.matching(message) if one.id != winner.id
    )  # fmt: skip


def nearest(message: str, then: Contest | None, now: Contest) -> tuple[Rival, ...]:
    """Why no rule matched: rules that do now, or would if they were switched on; `then` is None if it is not known."""
    before = then.rules if then is not None else {}
    unread = then.matching(message) if then is not None else ()
    off = then.off(message) if then is not None else now.off(message)
    told = {one.id: Rival(one, "switched_off") for one in off}
    told |= {one.id: Rival(one, "not_read_yet") for one in unread}
    for one in now.matching(message):
        since: Why = "unknown" if then is None else "changed_since" if one.id in before else "made_since"
        told.setdefault(one.id, Rival(one, since))
    return tuple(sorted(told.values(), key=lambda rival: rival.rule.rank))


def _lost(one: Held, winner: Held) -> Why:
    if one.rank < winner.rank:
        return "not_read_yet"
    return "lower_priority" if one.priority < winner.priority else "higher_id"


def _pattern(one: Held) -> str:
    return literal(one.pattern) if one.match_type == "contains" else one.pattern
