"""Files of records as people keep them: YAML, JSON and CSV become a list of objects, or the reason why they do not.

YAML is read with the safe loader: no tag makes an object of a class, a time stays text, a key that stands twice is
refused instead of the later one winning, and there are no anchors (a file of a few bytes could name millions of
values). What an export wraps around its records (kind, time, context) is looked through.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_BYTES: Final = 32 << 20
"""A file larger than this is no inventory: 10,000 rules are about 3 MB."""
_DEEPEST: Final = 16
_GUARDED: Final = ("=", "+", "-", "@", "\t", "\r", "|", "%")
"""What an export in CSV puts an apostrophe before (present/encode.py)."""


@dataclass(frozen=True)
class Records:
    """What a file holds. `complete` is its own word for it: what is not in it shall not be there."""

    items: tuple[Mapping[str, Any], ...]
    complete: bool = False
    head: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Unreadable:
    """Why a file cannot be read, in one sentence."""

    why: str


def parse(content: bytes, *, name: str, noun: str, columns: Sequence[str] = ()) -> Records | Unreadable:
    """The records of a file. `name` is its path, whose ending may say the form; `noun` is `rules` or `hosts`.

    CSV is read where `columns` are given, the names that may stand in its first line.
    """
    if len(content) > MOST_BYTES:
        return Unreadable(f"it has {len(content):,} bytes; at most {MOST_BYTES:,} are read")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Unreadable(f"it is not UTF-8: byte {error.start}")
    if columns and _is_csv(name, text, columns):
        return _csv(text, columns)
    try:
        found = json.loads(text, object_pairs_hook=_once) if text.lstrip()[:1] in {"{", "["} else _yaml(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        return Unreadable(" ".join(str(error).split()) or "it is nested too deep")
    return _records(found, noun)


def _records(found: Any, noun: str) -> Records | Unreadable:
    head: Mapping[str, Any] = {}
    if isinstance(found, dict):
        if noun in found:
            head, found = found, found[noun]
        elif "kind" in found:
            return Unreadable(f"it is a {found['kind']!r} and holds no {noun}")
        else:
            found = [found]
    if not isinstance(found, list):
        return Unreadable(f"it holds no list of {noun}")
    bad = next((number for number, one in enumerate(found, 1) if not isinstance(one, dict)), 0)
    if bad:
        return Unreadable(f"entry {bad} of {noun} is no object with named fields")
    complete = head.get("complete", False)
    if not isinstance(complete, bool):
        return Unreadable("complete is neither true nor false")
    return Records(tuple(found), complete, {name: value for name, value in head.items() if name != noun})


def _is_csv(name: str, text: str, columns: Sequence[str]) -> bool:
    first = text.split("\n", 1)[0].strip().split(",")[0].strip('"')
    return name.lower().endswith(".csv") or (first in columns and ":" not in text.split("\n", 1)[0])


def _csv(text: str, columns: Sequence[str]) -> Records | Unreadable:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return Unreadable(f"it is no CSV: {error}")
    names = rows[0] if rows else []
    unknown = [one for one in names if one not in columns]
    if not names or unknown or len(set(names)) < len(names):
        known = ", ".join(columns)
        return Unreadable(f"its first line must name columns of {known}, each once, not {','.join(names)!r}")
    items = []
    for number, row in enumerate(rows[1:], 2):
        if not row:
            continue
        if len(row) != len(names):
            return Unreadable(f"record {number} has {len(row)} values for {len(names)} columns")
        items.append({name: _unguarded(value) or None for name, value in zip(names, row, strict=True)})
    return Records(tuple(items))


def _unguarded(value: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from running it."""
    return value[1:] if value[:1] == "'" and value[1:].startswith(_GUARDED) else value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {twice!r} stands twice in one object")
    return found


class _Loader(yaml.CSafeLoader):
    """YAML by libyaml, without what surprises."""

    def once(self, node: yaml.MappingNode) -> dict[str, Any]:
        """A mapping whose keys are texts, each once."""
        pairs = [(self.construct_object(key, deep=True), value) for key, value in node.value]
        bad = next((name for name, _ in pairs if not isinstance(name, str)), None)
        if bad is not None:
            raise yaml.YAMLError(f"the field name {bad!r} is not read as text: put it into quotes")
        return _once([(name, self.construct_object(value, deep=True)) for name, value in pairs])


_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.once)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def _yaml(text: str) -> Any:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):  # before anything is made of it: libyaml's own stack has an end
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("anchors and aliases are not read: write the value out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise yaml.YAMLError("it is nested too deep")
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader, made stricter above
