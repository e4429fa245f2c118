"""The one place that reads the clock and the source of chance; everything else receives them as values."""

from __future__ import annotations

import os
import secrets
import struct
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.core.api_keys import PREFIX, RANDOM_BYTES
from mutt_cli.core.ids import uuid4, uuid7

if TYPE_CHECKING:
    from collections.abc import Callable

_PACE_S: Final = 0.005
"""Between two questions: a measurement that is no load."""


def now_ms() -> int:
    """Wall clock, Unix milliseconds, UTC."""
    return time.time_ns() // 1_000_000


def utc_now() -> datetime:
    """Wall clock as an aware datetime in UTC."""
    return datetime.fromtimestamp(time.time(), tz=UTC)


def boottime_s() -> float:
    """Seconds since boot including suspend: the clock a lease is judged by (architecture.md section 3)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def round_trips(ask: Callable[[], object], count: int, seconds: float) -> list[float]:
    """How long so many questions took, in seconds each; fewer if the time is up. At least one is asked."""
    found: list[float] = []
    ends = boottime_s() + seconds
    while len(found) < count and (not found or boottime_s() < ends):
        began = time.perf_counter()
        ask()
        found.append(time.perf_counter() - began)
        time.sleep(_PACE_S)
    return found


def process_age_s() -> float:
    """Seconds since this process began (proc(5): /proc/pid/stat, starttime); 0 where /proc does not tell."""
    with suppress(OSError, IndexError, ValueError):
        fields = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return max(0.0, boottime_s() - int(fields[19]) / os.sysconf("SC_CLK_TCK"))
    return 0.0


def new_token() -> str:
    """A random 128-bit token as 32 hex digits, fresh for each incarnation of a worker."""
    return secrets.token_hex(16)


def new_api_key() -> str:
    """A key for the web API: 256 random bits (`core/api_keys.py`)."""
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def new_operation_id() -> str:
    """Name of an operation, short enough to be typed: `op-` and six characters that are not mistaken for others."""
    return "op-" + "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(6))


class IdSource:
    """UUIDv7 ids that grow within this process, also when the clock steps back or many fall into one millisecond."""

    def __init__(self) -> None:
        self._last_ms = 0
        self._counter = 0

    def new(self) -> str:
        """The next id, as 36 characters; not thread-safe: one source per thread."""
        return self.several(1)[0]

    def several(self, count: int) -> list[str]:
        """The next ids in their order: one look at the clock and one at the source of chance for all of them."""
        ms, made = now_ms(), []
        if ms > self._last_ms:
            self._last_ms, self._counter = ms, -1
        for chance in struct.unpack(f"={count}Q", secrets.token_bytes(8 * count)):
            self._counter += 1
            if self._counter > 0xFFF:
                self._last_ms, self._counter = self._last_ms + 1, 0
            made.append(uuid7(self._last_ms, self._counter, chance))
        return made


def random_ids(count: int) -> list[str]:
    """UUIDv4 ids of fresh chance."""
    chance = secrets.token_bytes(16 * count)
    return [uuid4(int.from_bytes(chance[first : first + 16])) for first in range(0, len(chance), 16)]
