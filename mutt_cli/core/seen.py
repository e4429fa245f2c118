"""What a command printed that somebody may want to type next: ids and names, for completion (D40).

A shell takes what is offered as words of a command line, so only values that mean nothing to any shell are kept; text
from outside cannot become a command. Names with blanks are left out, their ids are there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LASTS_S: Final = 86_400
MOST: Final = 500
"""Values of one kind."""
_HARMLESS: Final = re.compile(r"[A-Za-z0-9_.@/+][A-Za-z0-9_.@/+-]{0,127}")
_ODD: Final = re.compile(r"[^\w .,/%()+-]", re.ASCII)
_ABOUT: Final = 60
"""Characters of a description."""

Store = dict[str, dict[str, tuple[float, str]]]
"""By kind and value: when it was seen last (Unix seconds), and what it is."""


@dataclass(frozen=True)
class Source:
    """One field of a row that is worth remembering, and the fields that describe it."""

    kind: str
    field: str
    about: tuple[str, ...] = ()


_EVENT: Final = (
    Source("event", "correlation_id", ("hostname", "message")),
    Source("event", "event_id", ("hostname", "message")),
)
_LETTER: Final = (
    Source("letter", "id", ("reason", "host")),
    Source("event", "correlation_id", ("host", "text")),
)
SOURCES: Final[dict[str, tuple[Source, ...]]] = {
    "mutt.queue.list": (Source("queue", "queue", ("depth", "meaning")),),
    "mutt.queue.peek": _LETTER[1:],
    "mutt.queue.orphan.list": (Source("pod", "pod", ("messages",)),),
    "mutt.dlq.list": (*_LETTER, Source("letter", "sample", ("reason", "host"))),
    "mutt.dlq.show": _LETTER,
    "mutt.op.list": (Source("operation", "operation", ("command", "actor")),),
    "mutt.rule.list": (Source("rule", "id", ("rule_name",)), Source("rule", "rule_name", ("id",))),
    "mutt.host.list": (Source("host", "host", ("team", "env")),),
    "mutt.team.list": (Source("team", "team"),),
    "mutt.apikey.list": (Source("key", "name", ("role", "state")),),
    "mutt.event.search": _EVENT,
    "mutt.event.tail": _EVENT,
    "mutt.trace": _EVENT,
    "mutt.ingest.send": _EVENT,
    "mutt.logs": (Source("event", "correlation_id", ("service", "message")),),
    "mutt.maintenance.list": (Source("window", "window", ("state", "reason")),),
    "mutt.audit.list": (Source("change", "id", ("verb", "object")),),
    "mutt.status": (Source("instance", "instance", ("service", "state")),),
    "mutt.db.partition.list": (Source("partition", "partition", ("state",)),),
    "mutt.db.index.list": (Source("index", "index", ("state",)),),
}
"""By the kind of a result."""
_CHANGED: Final = Source("operation", "operation")
"""What every command that changed something says."""
KINDS: Final = frozenset(one.kind for found in SOURCES.values() for one in found)


def worth(kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether a result may hold something to remember; cheap, for it is asked of every result."""
    return kind in SOURCES or bool(fields.get(_CHANGED.field))


def taken(kind: str, fields: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Values of a result by kind, each with what it is."""
    found: dict[str, dict[str, str]] = {}
    for source in (*SOURCES.get(kind, ()), _CHANGED):
        for row in (fields, *rows):
            value = str(row.get(source.field) or "")
            if is_harmless(value):
                about = " ".join(str(row[name]) for name in source.about if row.get(name) is not None)
                found.setdefault(source.kind, {}).setdefault(value, " ".join(_ODD.sub(" ", about).split())[:_ABOUT])
    return found


def is_harmless(value: str) -> bool:
    """Whether a value is the same word for every shell, whatever it does with it."""
    return bool(_HARMLESS.fullmatch(value))


def merged(store: Store, new: Mapping[str, Mapping[str, str]], now_s: float) -> Store:
    """The store with new values; what is older than a day, or beyond the newest 500 of a kind, is dropped."""
    made: Store = {}
    for kind in {*store, *new}:
        values = {**store.get(kind, {}), **{value: (now_s, about) for value, about in new.get(kind, {}).items()}}
        living = [one for one in values.items() if now_s - LASTS_S < one[1][0] <= now_s]
        living.sort(key=lambda one: -one[1][0])
        made[kind] = dict(living[:MOST])
    return made


def read_store(value: Any) -> Store:
    """A store as it was written; whatever is not as it should be is left out."""
    if not isinstance(value, dict):
        return {}
    found: Store = {}
    for kind, values in value.items():
        if kind in KINDS and isinstance(values, dict):
            found[kind] = {one: (told[0], told[1]) for one, told in values.items() if _is_told(one, told)}
    return found


def _is_told(value: Any, told: Any) -> bool:
    if not (isinstance(value, str) and is_harmless(value) and isinstance(told, list) and len(told) == 2):
        return False
    return isinstance(told[0], (int, float)) and isinstance(told[1], str) and not _ODD.search(told[1])


def offered(store: Store, kinds: Iterable[str], now_s: float) -> list[tuple[str, str]]:
    """Values of these kinds with what they are, what was seen last first."""
    living = merged(store, {}, now_s)
    values = [one for kind in kinds for one in living.get(kind, {}).items()]
    return [(value, about) for value, (_, about) in sorted(values, key=lambda one: -one[1][0])]
