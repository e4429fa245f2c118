"""The history a dead letter carries: the `_delivery` object inside the JSON, put in, read and taken out (D19).

Promise: every function here is total over bytes, and `strip` gives back what came in before the first failure as
compact JSON: numbers, escapes and the order of fields stay as they were written. Text that is no JSON object is
wrapped as `{"raw": text, "_delivery": {"wrapped": true, ...}}`, or as `raw_base64` if it is not UTF-8; what is known
about it (`event_id`, `received_at`, `_source`) stands beside it. Without that mark, `raw` is a field like any other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.core.ids import element_id
from mutt_cli.core.moment import rfc3339, unix_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

DELIVERY: Final = "_delivery"
RAW: Final = "raw"
RAW_BASE64: Final = "raw_base64"
WRAPPED: Final = "wrapped"

MAX_DEPTH: Final = 100
"""Deeper JSON is treated as text: whether a decoder survives it would depend on the stack at hand."""
MAX_REASONS: Final = 8
"""Reasons kept apart in a history; what is older is counted together under `OTHER`."""
MAX_ERROR: Final = 300
"""Characters of an error text, reason or origin."""
OTHER: Final = "other"

_read_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.encode
_strings = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_ADOPTED: Final = (
    ("event_id",),
    ("event_id", "received_at", "_source"),
    ("event_id", "received_at", "_source", "correlation_id"),
)
"""What a message pushed by hand may have been given (`raise_attempt`, `ids.adopt`)."""
_plain_id = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True)
class Tally:
    """How often, and from when to when (Unix ms), a message failed for one reason."""

    reason: str
    count: int
    first_ms: int
    last_ms: int


@dataclass(frozen=True)
class Delivery:
    """What is known about the failures of one message. Times are Unix milliseconds, None if nobody wrote them."""

    reason: str = ""
    error: str = ""
    attempts: int = 0
    """Attempts of the last round; a replay begins a new one."""
    first_failed_ms: int | None = None
    last_failed_ms: int | None = None
    origin: str = ""
    """The queue a replay goes back to."""
    crashes: int = 0
    """Workers that died with this message in hand, over all rounds."""
    replays: int = 0
    history: tuple[Tally, ...] = ()
    """One line per reason, oldest last failure first."""

    def count(self, reason: str) -> int:
        """How often the message failed for this reason."""
        return sum(tally.count for tally in self.history if tally.reason == reason)


@dataclass(frozen=True)
class Letter:
    """An element taken apart."""

    body: bytes
    """The original: compact JSON without `_delivery`, or the bytes that are no JSON object."""
    fields: Mapping[str, msgspec.Raw] | None
    """The top level of the original, None if it is no JSON object."""
    stories: tuple[object, ...]
    """What stood under `_delivery`, the outermost first; read when it is asked for, since a search needs no history."""
    beside: Mapping[str, msgspec.Raw]
    """What is known about text that was wrapped."""

    @cached_property
    def delivery(self) -> Delivery | None:
        """None if the message has never failed."""
        found: Delivery | None = None
        for story in self.stories:
            found = _merge(_read(story), found)
        return found


def open_letter(element: bytes) -> Letter:
    """Take an element apart. A JSON object that a crash wrapped as text comes out as the object it was."""
    body, stories, beside = element, tuple[object, ...](), dict[str, msgspec.Raw]()
    while True:
        fields = _object(body)
        if fields is None:
            return Letter(body, None, stories, beside)
        if DELIVERY in fields:
            story = _value(fields.pop(DELIVERY))
            stories = (*stories, story)
            inner = _unwrap(fields) if isinstance(story, dict) and story.get(WRAPPED) is True else None
            if inner is not None:
                body, beside = inner, {**fields, **beside}
                continue
        return Letter(_compact(fields), fields, stories, {})


def annotate(
    element: bytes, *, reason: str, error: str, attempt: int, origin: str, at_ms: int, crashes: int = 0
) -> bytes:
    """The element with one more failure in its `_delivery`.

    `attempt` counts the attempts of this round, `origin` is the key a replay goes back to, `at_ms` is now in Unix
    milliseconds, `crashes` are added to those already written.
    """
    letter = open_letter(element)
    new = Delivery(
        _clean(reason), _clean(error), attempt, at_ms, at_ms, _clean(origin), crashes,
        history=(Tally(_clean(reason), 1, at_ms, at_ms),),
    )  # fmt: skip
    return _seal(letter, _merge(letter.delivery, new))


def strip(element: bytes) -> bytes:
    """The message as it was before it failed: compact JSON without `_delivery`, wrapped text unwrapped."""
    return open_letter(element).body


def replayed(element: bytes) -> bytes:
    """The element on its way back: one replay more, and its attempts counted from the beginning."""
    letter = open_letter(element)
    before = letter.delivery or Delivery()
    return _seal(_with_attempt(letter, 0), replace(before, attempts=0, replays=before.replays + 1))


def was_sent_again(element: bytes) -> bool:
    """Whether a person or remediation sent this message round again."""
    delivery = open_letter(element).delivery
    return delivery is not None and delivery.replays > 0


def reworded(element: bytes, fields: Mapping[str, Any]) -> bytes:
    """The message with these fields in place of what it said, and with its history: what a repair makes of it."""
    letter = open_letter(element)
    body = _compact({name: msgspec.Raw(_encode(value)) for name, value in fields.items()})
    raw = _object(body)
    known = replace(letter, body=body, fields=raw if raw is not None else {}, beside={})
    return body if letter.delivery is None else _seal(known, letter.delivery)


def raise_attempt(element: bytes, attempt: int) -> bytes:
    """The element with `attempt` written into it, and its id if a hand pushed it without one.

    Text that is no JSON object has no place for either and stays as it is.
    """
    letter = open_letter(element)
    if letter.fields is None:
        return element
    if "event_id" not in letter.fields:
        named = {"event_id": msgspec.Raw(_encode(id_of(letter))), **letter.fields}
        letter = replace(letter, fields=named)
    letter = _with_attempt(letter, attempt, always=True)
    return letter.body if letter.delivery is None else _seal(letter, letter.delivery)


def message_id(element: bytes) -> str:
    """The id of a message: its `event_id`, else one made from its content that no failure, move or retry changes."""
    return id_of(open_letter(element))


def payload_hash(element: bytes) -> str:
    """SHA-256 in hex by which people address a message (ux.md 4.1 rule 4, D33).

    Left out are what delivering writes: `_delivery`, `attempt`, and an `event_id` that was made from the content.
    """
    return hash_of(open_letter(element))


def id_of(letter: Letter) -> str:
    """As `message_id`, of an element that was taken apart already."""
    return _event_id(letter) or element_id(_essence(letter))


def hash_of(letter: Letter) -> str:
    """As `payload_hash`, of an element that was taken apart already."""
    return hashlib.sha256(_essence(letter)).hexdigest()


def _object(text: bytes) -> dict[str, msgspec.Raw] | None:
    """The top level of a JSON object with its values unread; None for anything else."""
    if text.lstrip()[:1] != b"{" or _too_deep(text):
        return None
    try:
        text.decode()
        return _read_fields(text)
    except (UnicodeDecodeError, msgspec.DecodeError):
        return None


def _too_deep(text: bytes) -> bool:
    if text.count(b"{") + text.count(b"[") <= MAX_DEPTH:
        return False
    depth = deepest = 0
    for bracket in re.findall(rb"[][{}]", _strings.sub(b"", text)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest > MAX_DEPTH


def _compact(fields: Mapping[str, msgspec.Raw]) -> bytes:
    return msgspec.json.format(_encode(fields), indent=-1)


def _unwrap(fields: dict[str, msgspec.Raw]) -> bytes | None:
    """Take the text out of a wrapping; None if there is none."""
    name = RAW if RAW in fields else RAW_BASE64
    value = _value(fields[name]) if name in fields else None
    if not isinstance(value, str):
        return None
    try:
        text = value.encode() if name == RAW else base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    del fields[name]
    return text


def _wrap(text: bytes) -> dict[str, str]:
    try:
        return {RAW: text.decode()}
    except UnicodeDecodeError:
        return {RAW_BASE64: base64.b64encode(text).decode()}


def _seal(letter: Letter, delivery: Delivery) -> bytes:
    body: Mapping[str, object]
    if letter.fields is not None:
        body, marks = letter.fields, {}
    else:
        body, marks = {**letter.beside, **_wrap(letter.body)}, {WRAPPED: True}
    return msgspec.json.format(_encode({**body, DELIVERY: {**_written(delivery), **marks}}), indent=-1)


def _with_attempt(letter: Letter, attempt: int, *, always: bool = False) -> Letter:
    if letter.fields is None or not (always or "attempt" in letter.fields):
        return letter
    fields = {**letter.fields, "attempt": msgspec.Raw(_encode(attempt))}
    return replace(letter, fields=fields, body=_compact(fields))


def _event_id(letter: Letter) -> str | None:
    known = letter.beside if letter.fields is None else letter.fields
    value = _value(known["event_id"]) if "event_id" in known else None
    return value if isinstance(value, str) and _plain_id.fullmatch(value) else None


def _essence(letter: Letter) -> bytes:
    """The body without what MUTT has written into it: the attempt, and all that adopting a hand's message added."""
    if letter.fields is None:
        return letter.body
    fields = {name: value for name, value in letter.fields.items() if name != "attempt"}
    own = _event_id(letter)
    if own is not None and own[14:15] == "8":  # made from content, not from a clock (ids.element_id)
        for added in _ADOPTED:
            given = _compact({name: value for name, value in fields.items() if name not in added})
            if element_id(given) == own:
                return given
    return _compact(fields)


def _value(raw: msgspec.Raw) -> Any:
    """A value of the top level, None if it cannot be represented (a number with hundreds of digits)."""
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return None


def _merge(older: Delivery | None, newer: Delivery | None) -> Delivery:
    """Two parts of one history; what is single is taken from the newer one."""
    if older is None or newer is None:
        return older or newer or Delivery()
    firsts = [ms for ms in (older.first_failed_ms, newer.first_failed_ms) if ms is not None]
    return replace(
        newer,
        first_failed_ms=min(firsts, default=None),
        origin=newer.origin or older.origin,
        crashes=older.crashes + newer.crashes,
        replays=older.replays + newer.replays,
        history=_compress((*older.history, *newer.history)),
    )


def _compress(tallies: tuple[Tally, ...]) -> tuple[Tally, ...]:
    """One tally per reason, at most `MAX_REASONS` and `OTHER`; no failure is left out of the counts."""
    merged: dict[str, Tally] = {}
    for tally in tallies:
        known = merged.get(tally.reason, tally)
        merged[tally.reason] = tally if known is tally else _sum(known, tally)
    other = merged.pop(OTHER, None)
    kept = sorted(merged.values(), key=lambda tally: tally.last_ms)
    for old in kept[: max(0, len(kept) - MAX_REASONS)]:
        other = replace(old, reason=OTHER) if other is None else _sum(other, old)
    return (*([other] if other else []), *kept[-MAX_REASONS:])


def _sum(one: Tally, two: Tally) -> Tally:
    return Tally(one.reason, one.count + two.count, min(one.first_ms, two.first_ms), max(one.last_ms, two.last_ms))


def _written(delivery: Delivery) -> dict[str, object]:
    """The JSON form of a history."""
    return {
        "reason": delivery.reason,
        "error": delivery.error,
        "attempts": delivery.attempts,
        "first_failed_at": _at(delivery.first_failed_ms),
        "last_failed_at": _at(delivery.last_failed_ms),
        "origin": delivery.origin,
        "crashes": delivery.crashes,
        "replays": delivery.replays,
        "history": [
            {
                "reason": tally.reason,
                "count": tally.count,
                "first_at": _at(tally.first_ms),
                "last_at": _at(tally.last_ms),
            }
            for tally in delivery.history
        ],
    }


def _at(ms: int | None) -> str | None:
    return None if ms is None else rfc3339(ms)


def _read(value: object) -> Delivery:
    """A history from its JSON form. Hands and scripts may have written any part of it: what is wrong is left out."""
    if not isinstance(value, dict):
        return Delivery()
    reason, last = _word(value.get("reason")), unix_ms(value.get("last_failed_at"))
    first = unix_ms(value.get("first_failed_at"))
    lines = value.get("history")
    tallies = tuple(_tally(line) for line in lines if isinstance(line, dict)) if isinstance(lines, list) else ()
    if not tallies and reason:  # the crash script writes no history of its own
        tallies = (Tally(reason, 1, last or first or 0, last or first or 0),)
    return Delivery(
        reason, _word(value.get("error")), _number(value.get("attempts")), first, last, _word(value.get("origin")),
        _number(value.get("crashes")), _number(value.get("replays")), _compress(tallies),
    )  # fmt: skip


def _tally(line: dict[str, Any]) -> Tally:
    first, last = unix_ms(line.get("first_at")) or 0, unix_ms(line.get("last_at")) or 0
    return Tally(_word(line.get("reason")), max(1, _number(line.get("count"))), first, max(first, last))


def _number(value: object) -> int:
    return min(max(value, 0), 2**31) if isinstance(value, int) and not isinstance(value, bool) else 0


def _word(value: object) -> str:
    return _clean(value) if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """One bounded line that every terminal, log and encoder can take."""
    line = text[:MAX_ERROR]
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
