"""Splitting a request body into items: one object, a JSON array, or NDJSON (D8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import msgspec

from mutt_cli.core.event import Refusal

# Strings are one token, closed or not, and never scanned twice.
_MARKS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
_split_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True)
class Items:
    """The raw items of a body. `single`: it was one object, answered as such."""

    raws: tuple[bytes, ...]
    single: bool


def split(body: bytes, *, max_items: int, ndjson: bool) -> Items | Refusal:
    """Items in order. `ndjson`: the content type says so; a body that is no single value is tried as NDJSON too."""
    text = body.strip()
    if not text:
        return Refusal("json", "the body is empty: send a JSON object, an array of them, or one object per line")
    if text.startswith(b"[") and not ndjson:
        return _array(text, max_items)
    lines = [line for line in text.split(b"\n") if line.strip()] if ndjson or _looks_like_lines(text) else [text]
    if len(lines) > max_items:
        return _too_many(len(lines), max_items)
    return Items(tuple(lines), single=len(lines) == 1 and not ndjson)


def _array(text: bytes, max_items: int) -> Items | Refusal:
    try:
        raws = tuple(bytes(raw) for raw in _split_array(text))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        cut = _cut_array(text)
        if cut is None:
            return Refusal("json", f"the array is not valid JSON: {error}")
        raws = cut
    if len(raws) > max_items:
        return _too_many(len(raws), max_items)
    return Items(raws, single=False)


def _cut_array(text: bytes) -> tuple[bytes, ...] | None:
    """The items of an array of which one is bad, cut by strings and brackets; None if the array does not close.

    So a bad item is refused and its neighbours are not (D8).
    """
    items: list[bytes] = []
    depth, begun = 0, 1
    for token in _MARKS.finditer(text):
        mark = token.group()[:1]
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
            if depth == 0:
                items.append(text[begun : token.start()].strip())
                return tuple(items) if not text[token.end() :].strip() else None
        elif mark == b"," and depth == 1:
            items.append(text[begun : token.start()].strip())
            begun = token.end()
    return None


def _too_many(count: int, max_items: int) -> Refusal:
    return Refusal("too_large", f"{count} items in one request; at most {max_items} are accepted (INGEST_MAX_BATCH)")


def _looks_like_lines(text: bytes) -> bool:
    """NDJSON without its content type: several lines of which at least one is a whole object by itself.

    A pretty-printed object spans lines too, but it is one valid value.
    """
    first, newline, rest = text.partition(b"\n")
    if not newline or not rest.strip():
        return False
    if _is_value(text):
        return False
    return any(line.strip().startswith(b"{") and _is_value(line) for line in (first, *rest.split(b"\n")))


def _is_value(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True
