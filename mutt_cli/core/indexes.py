"""Which indexes the schema needs, as its migrations make them, and whether an index is what it should be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

State = Literal["ok", "missing", "invalid", "differs", "unused"]

_CREATE: Final = re.compile(
    r"^CREATE (UNIQUE )?INDEX (?:IF NOT EXISTS )?(\w+)\s+ON (\w+)\s*((?:USING \w+ )?\(.*?\)[^;]*);",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Wanted:
    """One index of the schema. `definition` is what follows the table's name: `(priority DESC)`."""

    name: str
    table: str
    definition: str
    unique: bool = False


@dataclass(frozen=True)
class Index:
    """One index as the data base has it."""

    name: str
    table: str
    partitioned: bool
    valid: bool
    unique: bool
    definition: str
    """The whole statement, as PostgreSQL writes it."""
    size: int
    scans: int
    """How often it was used since the statistics began."""
    built_by: int | None = None
    """The process that builds it at this moment."""


@dataclass(frozen=True)
class Judged:
    """One index, there or wanted, and how it stands."""

    name: str
    table: str
    state: State
    wanted: Wanted | None
    found: Index | None
    note: str = ""


def wanted(scripts: Iterable[str]) -> tuple[Wanted, ...]:
    """The indexes that these migrations make by a statement of their own."""
    return tuple(
        Wanted(name, table, " ".join(definition.split()), bool(unique))
        for text in scripts
        for unique, name, table, definition in _CREATE.findall(text)
    )


def judge(needed: Iterable[Wanted], found: Mapping[str, Index]) -> tuple[Judged, ...]:
    """What is missing, broken or different first, then the rest; what nobody uses is named."""
    known = {one.name: one for one in needed}
    rows = [_judged(one, found.get(one.name)) for one in known.values()]
    rows += [_own(one) for name, one in found.items() if name not in known]
    order = ("missing", "invalid", "differs", "unused", "ok")
    return tuple(sorted(rows, key=lambda one: (order.index(one.state), one.table, one.name)))


def _judged(need: Wanted, index: Index | None) -> Judged:
    if index is None:
        return Judged(need.name, need.table, "missing", need, None)
    if not index.valid:
        note = f"is being built by pid {index.built_by}" if index.built_by else "left by a build that did not end"
        return Judged(need.name, need.table, "invalid", need, index, note)
    if not same(need, index):
        return Judged(need.name, need.table, "differs", need, index, f"should be {need.definition}")
    return Judged(need.name, need.table, "ok", need, index)


def _own(index: Index) -> Judged:
    """An index that no migration names: a key, or one that a hand made."""
    if not index.valid:
        return Judged(index.name, index.table, "invalid", None, index, "left by a build that did not end")
    if not index.unique and not index.scans:
        return Judged(index.name, index.table, "unused", None, index, "not of the schema, and never used")
    return Judged(index.name, index.table, "ok", None, index)


def same(need: Wanted, index: Index) -> bool:
    """Whether an index is the one that is wanted, however PostgreSQL writes it."""
    _, _, rest = index.definition.partition(" ON ")
    table, _, definition = rest.removeprefix("ONLY ").partition(" USING ")
    return (
        _plain(table).rpartition(".")[2] == need.table
        and _plain(definition.removeprefix("btree "))
        == _plain(need.definition.removeprefix("USING ").removeprefix("btree "))
        and index.definition.startswith("CREATE UNIQUE") == need.unique
    )


def _plain(text: str) -> str:
    """Without quotes, blanks and the parentheses around a condition; `'` stays where it may be a value of it."""
    columns, where, condition = text.replace('"', "").lower().partition(" where ")
    columns = columns.replace("'", "")
    return "".join((columns + where + condition.strip("() ")).split())
