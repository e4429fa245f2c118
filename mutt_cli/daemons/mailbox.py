"""What the Moogsoft simulator has received: bounded in memory, and complete in an append-only file of JSON lines.

Promise: when `accept` returns, the post is handed to the operating system's file and counted, so that it outlives
a SIGKILL of the simulator.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict, deque
from typing import IO, TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

MAX_RECORDS: Final = 200_000
MAX_RECORD_BYTES: Final = 256 << 20
MAX_KEYS: Final = 2_000_000
"""Idempotency-Keys remembered for counting; `keys_forgotten` says how many older ones no longer are."""


class Record(msgspec.Struct, frozen=True):
    """One accepted post, as in `/received` and as a line of the file."""

    seq: int
    at: str
    """When it came, RFC 3339."""
    key: str
    """Its Idempotency-Key, empty if it had none."""
    path: str
    payload: msgspec.Raw
    """The JSON that was posted; as text if it was none."""


class Mailbox:
    """The accepted posts; every method may be called from many threads at once."""

    def __init__(self, record_file: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = record_file.open("ab", buffering=0) if record_file else None
        self._records: deque[tuple[int, bytes]] = deque()
        self._bytes = 0
        self._seq = 0
        self._keys: OrderedDict[str, None] = OrderedDict()
        self._posts = self._duplicates = self._refused = self._forgotten = 0

    def accept(self, at: str, key: str, path: str, body: bytes) -> None:
        """Record one post, in the file first. Raises OSError if the file cannot be written."""
        payload = _as_json(body)
        with self._lock:
            line = msgspec.json.encode(Record(self._seq + 1, at, key, path, payload))
            if self._file is not None:
                self._file.write(line + b"\n")
            self._seq += 1
            self._posts += 1
            self._remember(line)
            self._count(key)

    def refuse(self) -> None:
        """Count one post that was refused."""
        with self._lock:
            self._refused += 1

    def since(self, seq: int, limit: int) -> bytes:
        """JSON array of up to `limit` accepted posts with a greater `seq`, oldest first."""
        with self._lock:
            first = max(0, seq + 1 - self._records[0][0]) if self._records else 0
            lines = [line for _, line in itertools.islice(self._records, first, first + limit)]
        return b"[" + b",".join(lines) + b"]"

    def counts(self) -> dict[str, int]:
        """`posts` = `unique` + `duplicates`; posts without a key count as unique."""
        with self._lock:
            return {
                "posts": self._posts,
                "unique": self._posts - self._duplicates,
                "duplicates": self._duplicates,
                "refused": self._refused,
                "keys_forgotten": self._forgotten,
            }

    def clear(self) -> None:
        """Forget everything but the file and the running number."""
        with self._lock:
            self._records.clear()
            self._keys.clear()
            self._bytes = self._posts = self._duplicates = self._refused = self._forgotten = 0

    def close(self) -> None:
        """Close the file. What comes later is only remembered."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _remember(self, line: bytes) -> None:
        self._records.append((self._seq, line))
        self._bytes += len(line)
        while len(self._records) > MAX_RECORDS or self._bytes > MAX_RECORD_BYTES:
            self._bytes -= len(self._records.popleft()[1])

    def _count(self, key: str) -> None:
        if key in self._keys:
            self._duplicates += 1
        elif key:
            self._keys[key] = None
            if len(self._keys) > MAX_KEYS:
                self._keys.popitem(last=False)
                self._forgotten += 1


def _as_json(body: bytes) -> msgspec.Raw:
    """The body as JSON on one line; what is no JSON becomes a JSON text."""
    try:
        body.decode()
        return msgspec.Raw(msgspec.json.format(body, indent=-1))
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return msgspec.Raw(msgspec.json.encode(body.decode(errors="replace")))
