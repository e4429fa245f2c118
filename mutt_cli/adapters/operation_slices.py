"""What a bulk operation moved, slice by slice, in the table `operation_slices`: for undo and for resume."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import operation_holder
from mutt_cli.adapters.postgres import at_once, read_only
from mutt_cli.adapters.queries import query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.postgres import Connection

NAME_BYTES: Final = 16
"""So much of a payload hash names a message here."""
_PAGE: Final = 500


@dataclass(frozen=True)
class Slice:
    """One slice: the messages in the form in which they landed, by the beginning of their payload hash."""

    number: int
    source: str
    """Short name of the queue that they were in; empty if they came from a file."""
    names: tuple[bytes, ...]
    originals: tuple[bytes, ...]
    """The elements as they were before, in the same order; empty if none changed."""


def name_of(payload_hash: str) -> bytes:
    """How a slice names a message."""
    return bytes.fromhex(payload_hash[: 2 * NAME_BYTES])


def put(conn: Connection, operation: str, one: Slice) -> bool:
    """Write a slice before it is carried out; one that was not carried out is overwritten. Raises DatabaseError.

    False, and nothing is written, if another process holds the operation by now.
    """
    packed = zlib.compress(msgspec.msgpack.encode(one.originals), 1) if one.originals else None
    values = {"operation_id": operation, "number": one.number, "source": one.source, "moved": len(one.names)}
    values |= {"messages": b"".join(one.names), "token": operation_holder.token()}
    return at_once(conn, query("operation_slice_put"), {**values, "originals": packed}).rowcount == 1


def void(conn: Connection, operation: str, number: int) -> None:
    """Take out a slice that was written down and never will be carried out. Raises DatabaseError."""
    at_once(conn, query("operation_slice_void"), {"operation_id": operation, "number": number})


def slices(conn: Connection, operation: str, up_to: int | None = None) -> Iterator[Slice]:
    """The slices of an operation in order, as far as they were carried out. Raises DatabaseError."""
    after = 0
    while True:
        with read_only(conn):
            wanted = {"operation_id": operation, "after": after, "most": _PAGE}
            rows = conn.execute(query("operation_slices"), wanted).fetchall()
        for number, source, moved, messages, originals in rows:
            if up_to is not None and number > up_to:
                return
            text = bytes(messages)
            names = tuple(text[place * NAME_BYTES : (place + 1) * NAME_BYTES] for place in range(moved))
            elements = msgspec.msgpack.decode(zlib.decompress(originals), type=list[bytes]) if originals else []
            yield Slice(number, source, names, tuple(elements))
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]
