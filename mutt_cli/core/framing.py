"""Bytes in chunks, cut into lines or into JSON values, with bounded memory however long a line or value is.

Promise: each piece comes out once, in order, with the number of the line it began on; a piece over the cap comes
out as its size alone, and what follows it is read as usual. Chunks may end anywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Piece:
    """One line, or one JSON value. `text` is None if it was over the cap."""

    line: int
    """Number of the line where it begins, from 1."""
    size: int
    """Bytes."""
    text: bytes | None


class LineSplitter:
    """Cuts at newlines. Blank lines are left out; a carriage return before the newline is no part of the line."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._line = 1
        self._held = b""
        self._dropped = 0

    def feed(self, chunk: bytes) -> list[Piece]:
        """The lines that end in this chunk."""
        *whole, rest = (self._held + chunk).split(b"\n")
        pieces = [piece for text in whole if (piece := self._end(text))]
        self._held = rest
        if self._dropped or len(rest) > self._cap:
            self._dropped += len(rest)
            self._held = b""
        return pieces

    def finish(self) -> list[Piece]:
        """The last line, if no newline ended it."""
        piece = self._end(self._held)
        self._held = b""
        return [piece] if piece else []

    def _end(self, text: bytes) -> Piece | None:
        line, size = self._line, self._dropped + len(text)
        self._line += 1
        self._dropped = 0
        if size > self._cap:
            return Piece(line, size, None)
        text = text.rstrip(b"\r")
        return Piece(line, len(text), text) if text.strip() else None


_OUTSIDE: Final = re.compile(rb'["{}\[\],]')
_INSIDE: Final = re.compile(rb'\\.|"', re.DOTALL)


class ValueSplitter:
    """Cuts a stream of JSON into its values: objects one after the other, or the elements of one outer array.

    It follows quotes and brackets alone; whether a piece is valid JSON is for its reader to say.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._text = b""
        self._at = 0
        self._start = 0
        self._dropped = 0
        self._line = 1
        self._began = 0
        self._depth = 0
        self._quoted = False
        self._array = False
        self.ended_at = 0
        """After `finish`: the line where the input ended inside a value or array, 0 if it was whole."""

    def feed(self, chunk: bytes) -> list[Piece]:
        """The values that end in this chunk."""
        self._text += chunk
        pieces = list(self._cut())
        self._compact()
        return pieces

    def finish(self) -> list[Piece]:
        """What is left when the input ends."""
        cut_off = self._array or self._quoted or self._depth > 0
        piece = self._end(len(self._text))
        self.ended_at = self._line if cut_off else 0
        return [piece] if piece else []

    def _cut(self) -> Iterator[Piece]:
        while found := (_INSIDE if self._quoted else _OUTSIDE).search(self._text, self._at):
            self._at = found.end()
            token = found[0]
            if token == b'"':
                self._quoted = not self._quoted
            elif not self._quoted and self._ends(token, found.start()):
                end = found.start() if self._array else self._at
                if piece := self._end(end):
                    yield piece
                self._start = self._at
                self._array = self._array and token != b"]"
        # A lone backslash at the end of a chunk waits for the character it escapes.
        self._at = len(self._text) - (self._quoted and self._text.endswith(b"\\", self._at))

    def _ends(self, token: bytes, at: int) -> bool:
        """Follow one bracket or comma; True if a value ends here."""
        if token in b"{[":
            if token == b"[" and self._depth == 0 and not self._array and self._blank_until(at):
                self._array = True
                return True  # nothing but space before it: the values are the elements
            self._depth += 1
            return False
        if self._depth == 0:
            return self._array and token in b",]"
        if token in b"}]":
            self._depth -= 1
        return self._depth == 0 and not self._array and token in b"}]"

    def _blank_until(self, at: int) -> bool:
        return not self._dropped and not self._text[self._start : at].strip()

    def _end(self, end: int) -> Piece | None:
        text = self._text[self._start : end]
        size = self._dropped + len(text)
        if self._dropped:
            line, text = self._began, b""
        else:
            line = self._line + text.count(b"\n", 0, len(text) - len(text.lstrip()))
        self._line += self._text.count(b"\n", self._start, end)
        self._start, self._dropped = end, 0
        if size > self._cap:
            return Piece(line, size, None)
        text = text.strip()
        return Piece(line, len(text), text) if text else None

    def _compact(self) -> None:
        held = self._at - self._start
        if self._dropped or held > self._cap:
            if not self._dropped:
                lead = self._text[self._start : self._at]
                self._began = self._line + lead.count(b"\n", 0, held - len(lead.lstrip()))
            self._dropped += held
            self._line += self._text.count(b"\n", self._start, self._at)
            self._start = self._at
        self._text = self._text[self._start :]
        self._at -= self._start
        self._start = 0
