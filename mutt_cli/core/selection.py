"""Which messages of a queue an operator means: by id, by filter, by age, or all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from mutt_cli.core.where import Clause, Malformed, comparable, holds, named, of_no_kind, parse, value_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.core.message import Message


@dataclass(frozen=True)
class Selection:
    """What is meant. Every condition has to be true; no condition at all means every message."""

    ids: tuple[str, ...] = ()
    where: tuple[Clause, ...] = ()
    older_than_s: float | None = None
    limit: int = 0
    """At most so many, the oldest first; 0 = no bound."""

    @property
    def everything(self) -> bool:
        """Whether no condition is set."""
        return not (self.ids or self.where or self.older_than_s is not None)

    def means(self, message: Message, now_ms: int, question: Question | None = None) -> bool:
        """Whether this message is meant; `question` learns whether its conditions are understood."""
        if self.ids and not any(message.addressed_by(one) for one in self.ids):
            return False
        if self.older_than_s is not None and (message.age_s(now_ms) or 0.0) <= self.older_than_s:
            return False
        if question is not None:
            return question.fits(message)
        return not self.where or fits(message.facts(now_ms), self.where, now_ms)

    def as_mapping(self) -> dict[str, Any]:
        """For the operations journal."""
        return {
            "ids": list(self.ids), "where": [str(one) for one in self.where], "older_than_s": self.older_than_s,
            "limit": self.limit,
        }  # fmt: skip


def recalled(stored: Mapping[str, Any]) -> Selection:
    """The selection that `as_mapping` described."""
    clauses = [clause for text in stored["where"] if not isinstance(clause := parse(text), Malformed)]
    return Selection(tuple(stored["ids"]), tuple(clauses), stored["older_than_s"], int(stored["limit"]))


def fits(facts: Mapping[str, Any], clauses: Sequence[Clause], now_ms: int) -> bool:
    """Whether every condition is true of what is known of a message; a field it lacks is nothing."""
    now = datetime.fromtimestamp(now_ms / 1000, tz=UTC)
    known = list(facts)
    return all(holds(one, value_at(facts, named(one.field, known) or one.field), now) for one in clauses)


@dataclass
class Question:
    """Conditions asked of many messages, and whether they were understood: a typo is true of all or of none."""

    clauses: Sequence[Clause]
    now_ms: int
    looked: int = 0
    _unmet: set[Clause] = field(init=False)
    _fields: set[str] = field(default_factory=set, init=False)
    _senseless: Clause | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._unmet = set(self.clauses)

    def fits(self, message: Message) -> bool:
        """Whether every condition is true of it."""
        return not self.clauses or self.look(message.facts(self.now_ms))

    def look(self, facts: Mapping[str, Any]) -> bool:
        """Whether every condition is true of these facts of a message."""
        self.looked += 1
        if self._unmet:
            self._learn(facts)
        return fits(facts, self.clauses, self.now_ms)

    def _learn(self, facts: Mapping[str, Any]) -> None:
        known = list(facts)
        self._fields |= set(known)
        now = datetime.fromtimestamp(self.now_ms / 1000, tz=UTC)
        for one in list(self._unmet):
            name = named(one.field, known)
            value = value_at(facts, name or one.field)
            if name is None and value is None:
                continue
            self._unmet.discard(one)
            if value is None and name is not None and name.endswith(("_seconds", "_bytes")):
                value = 0.0  # nobody knows this one's, but of which kind it is
            if not comparable(one, value, now):
                self._senseless = one

    @property
    def trouble(self) -> str:
        """Why it was not understood; empty if it was, or if there was nothing to ask."""
        if self._senseless is not None:
            return of_no_kind(self._senseless)
        if not self.looked or not self._unmet:
            return ""
        wrong = min(one.field for one in self._unmet)
        near = get_close_matches(wrong, sorted(self._fields), n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(sorted(self._fields))}"
        return f"none of {self.looked:,} messages has a field {wrong}{hint}"
