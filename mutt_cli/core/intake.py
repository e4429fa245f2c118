"""What people have (syslog lines, JSON, NDJSON) as event objects ready to send.

Promise: input is read in chunks with bounded memory; each line or value becomes one item or one refusal that names
its line, and a bad one never stops the rest. Nothing is sent here. A chunk's items come out with the chunk, so that
a slow pipe is not held back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import msgspec

from mutt_cli.core.framing import LineSplitter, Piece, ValueSplitter
from mutt_cli.core.syslog import parse
from mutt_cli.core.syslog.clock import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, tzinfo

Format = Literal["auto", "json", "ndjson", "syslog"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

MAX_ITEM_BYTES: Final = 1 << 20
"""Longest line or value that is read, and largest event that is sent: the ingestor's own default limit."""
_BOM: Final = b"\xef\xbb\xbf"
_ARRAY: Final = re.compile(rb"\[\s*[\[{\]\"]")
_DETECT_BYTES: Final = 64 * 1024

_object: Final = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class Item:
    """One event to send."""

    line: int
    """Line of the input where it begins, from 1; of made events, which one."""
    body: bytes
    """A JSON object on one line."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One line or value that is no event, here or in the ingestor's eyes."""

    line: int
    reason: str
    """One word: too_large, json, not_an_object, or the ingestor's."""
    detail: str


Outcome = Item | Refused


@dataclass(frozen=True)
class Reading:
    """What syslog lines leave out."""

    now: datetime
    """For missing years; aware."""
    zone: tzinfo = UTC
    """For times without a zone."""
    hostname: str = ""
    """For lines that name no host."""
    cap: int = MAX_ITEM_BYTES
    """Longest line or value, in bytes."""


def read(chunks: Iterable[bytes], form: Format, reading: Reading) -> Iterator[list[Outcome]]:
    """The outcomes that end in each chunk, then those of the end; empty lists are left out."""
    rest = iter(chunks)
    head = _head(rest)
    if form == "auto":
        form = detect(head)
    outcomes = _lines(head, rest, form, reading) if form != "json" else _values(head, rest, reading)
    yield from (some for some in outcomes if some)


def _head(chunks: Iterator[bytes]) -> bytes:
    """As much of the input as tells its format: a line that is not blank, or 64 KiB. A byte order mark is dropped."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= _DETECT_BYTES or b"\n" in head.removeprefix(_BOM).lstrip():
            break
    return head.removeprefix(_BOM)


def _lines(head: bytes, rest: Iterator[bytes], form: Format, reading: Reading) -> Iterator[list[Outcome]]:
    splitter = LineSplitter(reading.cap)
    outcome = _from_syslog if form == "syslog" else _from_json
    for chunk in chain((head,), rest):
        yield [outcome(piece, reading) for piece in splitter.feed(chunk)]
    yield [outcome(piece, reading) for piece in splitter.finish()]


def _values(head: bytes, rest: Iterator[bytes], reading: Reading) -> Iterator[list[Outcome]]:
    splitter = ValueSplitter(reading.cap)
    for chunk in chain((head,), rest):
        yield [_from_json(piece, reading) for piece in splitter.feed(chunk)]
    last = [_from_json(piece, reading) for piece in splitter.finish()]
    yield last
    if splitter.ended_at and not any(isinstance(outcome, Refused) for outcome in last):
        yield [Refused(splitter.ended_at, "json", "the input ends inside a JSON array")]


def made(count: int, hostname: str, message: str, now: datetime) -> Iterator[list[Outcome]]:
    """`count` equal events, in lists of a thousand."""
    body = msgspec.json.encode({"hostname": hostname, "message": message, "timestamp": rfc3339(now)})
    if len(body) > MAX_ITEM_BYTES:
        yield [_too_large(1, len(body), MAX_ITEM_BYTES)]
        return
    for first in range(1, count + 1, 1000):
        yield [Item(number, body) for number in range(first, min(first + 1000, count + 1))]


def detect(head: bytes) -> Format:
    """The format of an input that begins with `head`: its first line, or 64 KiB of it.

    An array or an object over several lines is `json`; an object on one line is `ndjson`; anything else, a line
    that begins with `[12345.678]` too, is `syslog`.
    """
    text = head.lstrip()
    if text.startswith(b"["):
        return "json" if _ARRAY.match(text) else "syslog"
    if not text.startswith(b"{"):
        return "syslog"
    first = text.partition(b"\n")[0].rstrip()
    return "json" if first == b"{" or first.endswith((b",", b"{", b"[")) else "ndjson"


def _from_syslog(piece: Piece, reading: Reading) -> Outcome:
    if piece.text is None:
        return _too_large(piece.line, piece.size, reading.cap)
    event = parse(piece.text, reading.now, reading.zone)
    if event.hostname is None and reading.hostname:
        event = msgspec.structs.replace(event, hostname=reading.hostname)
    return _sized(piece.line, msgspec.json.encode(event), reading.cap)


def _from_json(piece: Piece, reading: Reading) -> Outcome:
    if piece.text is None:
        return _too_large(piece.line, piece.size, reading.cap)
    try:
        _object(piece.text)
        body = msgspec.json.format(piece.text, indent=-1) if b"\n" in piece.text else piece.text
    except msgspec.ValidationError:
        return Refused(piece.line, "not_an_object", 'an event is a JSON object, such as {"message": "link down"}')
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Refused(piece.line, "json", str(error))
    except RecursionError:
        return Refused(piece.line, "json", "the value nests too deep")
    return _sized(piece.line, body, reading.cap)


def _sized(line: int, body: bytes, cap: int) -> Outcome:
    return Item(line, body) if len(body) <= cap else _too_large(line, len(body), cap)


def _too_large(line: int, size: int, cap: int) -> Refused:
    return Refused(line, "too_large", f"{size:,} bytes; at most {cap:,} are sent")
