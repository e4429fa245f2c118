"""The journal as it is written, for somebody who looks on, and how much of it was not looked at.

The historian takes entries away as soon as they are stored, in milliseconds, so an onlooker waits inside Redis and is
given what comes. What Redis counts as added tells how much was missed, or skipped on purpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.journal import Entry, unpack

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

MOST_ENTRIES: Final = 8
"""What one look takes at most; an entry has up to 4 MiB, mostly a tenth of that."""


class Tap:
    """One onlooker, from the moment at which it is made. Raises RedisUnavailableError."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client, self._keys = client, keys
        self._after, self._start = self._now()
        self._read = 0

    def wait(self, seconds: float) -> list[tuple[Entry, int]]:
        """What comes next, with its size in bytes; waits for the first of it at most so long."""
        block, wanted = max(1, round(seconds * 1000)), {self._keys.journal: self._after}
        with failures_named():
            answer: Any = self._client.xread(wanted, count=MOST_ENTRIES, block=block)  # type: ignore[arg-type]
        found = answer[0][1] if answer else []
        if found:
            self._after = found[-1][0].decode()
        self._read += len(found)
        return [(entry, len(fields.get(b"data", b""))) for _, fields in found if (entry := _entry(fields)) is not None]

    def skip(self) -> None:
        """Leave out what has come until now."""
        self._after, _ = self._now()

    def left_out(self) -> int:
        """Entries that were added since the beginning and never looked at."""
        return max(0, self._now()[1] - self._start - self._read)

    def _now(self) -> tuple[str, int]:
        last, added = scripts.call(self._client, "tap", [self._keys.journal], [])
        return last.decode(), int(added)


def _entry(fields: dict[bytes, bytes]) -> Entry | None:
    try:
        return unpack(fields)
    except ValueError:
        return None  # pushed by hand
