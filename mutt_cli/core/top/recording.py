"""Frames as text: what a recording holds, a line each, and what the deployment keeps of the last two hours.

A recording is gzip of JSON lines, the first of which says what it is. Readers pass over members they do not know and
take what is left out as its default, so that a release reads what earlier ones wrote; a greater `version` is refused.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from mutt_cli.core.top.frame import Frame

KIND: Final = "mutt.recording"
VERSION: Final = 1
_DIGITS: Final = 4
"""Of a fraction: a recording is looked at by people, and digits are most of its size."""
_LAST_MS: Final = 253_402_300_799_000
"""The end of the year 9999."""
LONGEST: Final = 4 << 20
"""Bytes of one frame: of a deployment with thousands of workers; more is none of ours."""


@dataclass(frozen=True)
class Header:
    """The first line: of which deployment, by which release of mutt, from when."""

    kind: str
    version: int
    context: str
    mutt: str
    started: str


@dataclass(frozen=True)
class Unreadable:
    """Why something is no recording of ours."""

    reason: str


def header_line(header: Header) -> bytes:
    """The first line, without its end."""
    return msgspec.json.encode(header)


def read_header(line: bytes) -> Header | Unreadable:
    """The first line of a recording."""
    try:
        found = msgspec.json.decode(line, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unreadable("its first line is no header of a recording")
    if found.kind != KIND:
        return Unreadable(f"it is a {found.kind}, not a {KIND}")
    if found.version > VERSION:
        return Unreadable(
            f"it has version {found.version}; this mutt reads up to {VERSION}: it is of mutt {found.mutt}"
        )
    return found


def frame_line(frame: Frame) -> bytes:
    """One frame as a line of JSON, without its end."""
    return msgspec.json.encode(_rounded(msgspec.to_builtins(frame)))


def read_frame(line: bytes) -> Frame | Unreadable:
    """The frame of a line."""
    try:
        found = msgspec.json.decode(line, type=Frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Unreadable(str(error))
    flow = found.snapshot.pipeline.value
    moments = (found.at_ms, flow.at_ms if flow else 0)
    return found if all(0 <= one <= _LAST_MS for one in moments) else Unreadable("its time is in no calendar")


def packed(frame: Frame) -> bytes:
    """One frame as the deployment keeps it."""
    return zlib.compress(frame_line(frame), 9)


def unpacked(data: bytes) -> Frame | Unreadable:
    """The frame that was kept; one that unpacks to more than it may have is none of ours."""
    try:
        line = zlib.decompressobj().decompress(data, LONGEST)
    except zlib.error as error:
        return Unreadable(str(error))
    return read_frame(line)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(one) for one in value]
    return value
