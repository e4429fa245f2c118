"""Splitting a request body into items: one object, a JSON array, or NDJSON (D8)."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mutt_cli.core.event import Refusal

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
        raws = _split_array(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Refusal("json", f"the array is not valid JSON: {error}")
    if len(raws) > max_items:
        return _too_many(len(raws), max_items)
    return Items(tuple(bytes(raw) for raw in raws), single=False)


def _too_many(count: int, max_items: int) -> Refusal:
    return Refusal("too_large", f"{count} items in one request; at most {max_items} are accepted (INGEST_MAX_BATCH)")


def _looks_like_lines(text: bytes) -> bool:
    """A pretty-printed object spans lines too; it is NDJSON only if the first line is a whole JSON value."""
    first, newline, rest = text.partition(b"\n")
    if not newline or not rest.strip():
        return False
    try:
        msgspec.json.decode(first)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return not first.rstrip().endswith((b"{", b"[", b",")) and text[:1] not in b"{["
    return True
