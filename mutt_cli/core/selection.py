"""Which messages of a queue an operator means: by id, by filter, by age, or all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mutt_cli.core.where import Clause, Malformed, holds, named, parse, value_at

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

    def means(self, message: Message, now_ms: int) -> bool:
        """Whether this message is meant."""
        if self.ids and not any(message.addressed_by(one) for one in self.ids):
            return False
        if self.older_than_s is not None and (message.age_s(now_ms) or 0.0) <= self.older_than_s:
            return False
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
