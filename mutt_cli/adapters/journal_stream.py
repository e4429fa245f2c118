"""The journal stream in Redis: read by the historian, and by everybody who asks what happened most recently.

Killing the historian hides nothing: `trace` and `reconcile` read the stream as well as PostgreSQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.journal import Entry, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

SLICE = 16
"""Entries a call reads; an entry holds up to a batch of records and their payloads, 4 MiB at most."""


def read(client: Client, keys: Keys, *, after: str = "-", count: int = SLICE) -> list[tuple[str, Entry]]:
    """Up to `count` entries, oldest first, from the stream id `after` on (exclusive unless `-`).

    What is no journal entry (pushed by hand) comes back as an entry without records, so that it can be removed.
    """
    start = after if after == "-" else f"({after}"
    with failures_named():
        answer: Any = client.xrange(keys.journal, min=start, count=count)
    return [(stream_id.decode(), _entry(stream_id.decode(), fields)) for stream_id, fields in answer]


def _entry(stream_id: str, fields: dict[bytes, bytes]) -> Entry:
    try:
        return unpack(fields)
    except ValueError:
        return Entry(fields.get(b"uid", b"").decode("utf-8", "replace"), int(stream_id.partition("-")[0]), ())


def scan(client: Client, keys: Keys, *, since_ms: int = 0) -> Iterator[Entry]:
    """Every entry from `since_ms` (Redis time) on, in bounded slices."""
    after = f"{since_ms - 1}-0" if since_ms > 0 else "-"
    while entries := read(client, keys, after=after):
        for stream_id, entry in entries:
            after = stream_id
            yield entry


def forget(client: Client, keys: Keys, stored: Sequence[tuple[str, str]]) -> int:
    """Delete entries (stream id, uid) that are stored; an id that carries another uid by now stays."""
    if not stored:
        return 0
    flat = [part for pair in stored for part in pair]
    return int(scripts.call(client, "forget_entries", [keys.journal], flat))


def size_bytes(client: Client, keys: Keys) -> int:
    """Memory that the journal takes in Redis, every node counted: entries differ too much for a sample of them."""
    with failures_named():
        used: Any = client.memory_usage(keys.journal, samples=0)
    return int(used or 0)


def length(client: Client, keys: Keys) -> int:
    """Entries that wait for the historian."""
    with failures_named():
        return int(client.xlen(keys.journal))
