"""The shared circuit breaker as people see and set it. The documented keys may also be written by hand (C-51)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.hold import Hold, read_hold

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

_FIELDS: Final = ("state", "failures", "open_time", "probe", "trip", "last_error")


ANY: Final = "*"
"""Instead of the trip that is expected: whatever there is."""
Seen = Hold | Literal["*"] | None


class Failure(msgspec.Struct, frozen=True):
    """The last post that counted against the breaker. `at`: Unix ms by the forwarder's reckoning of Redis time."""

    at: int
    text: str
    reason: str = ""
    pod: str = ""

    def encode(self) -> bytes:
        """As it is stored."""
        return msgspec.json.encode(self)


@dataclass(frozen=True)
class Breaker:
    """CLOSED, OPEN or HALF_OPEN; times in Unix ms by the clock of Redis, 0 if there is none."""

    state: str
    failures: int = 0
    opened_ms: int = 0
    probing: bool = False
    """A forwarder has the one alert that a half-open breaker lets out."""
    trip: Hold | None = None
    """Who opened it by hand; None if it opened by itself, or is not open."""
    last: Failure | None = None
    now_ms: int = 0
    changed: bool = True
    """False where a change was asked for that met something else than was expected."""


def read(client: Client, keys: Keys) -> Breaker:
    """The breaker now; without any record of it, it is CLOSED."""
    pipeline = client.pipeline(transaction=True)
    pipeline.mget([keys.breaker(field) for field in _FIELDS])
    pipeline.time()
    with failures_named():
        values, (seconds, micros) = pipeline.execute()
    state, failures, opened, probe, trip, last = (value or b"" for value in values)
    word = state.decode("utf-8", "replace") or "CLOSED"
    tripped = read_hold(trip) if trip and word == "OPEN" else None
    now = int(seconds) * 1000 + int(micros) // 1000
    return Breaker(word, _number(failures), _number(opened), bool(probe), tripped, _failure(last), now)


def trip(client: Client, keys: Keys, hold: Hold, *, for_ms: int = 0, seen: Seen = ANY) -> Breaker:
    """Open it until the time is over, or (0) until it is reset; returns it as it was before.

    Where another trip than the one that was `seen` is there nothing is done: then `changed` of the answer is False.
    """
    return _set(client, keys, _Wish("OPEN", hold, for_ms), seen)


def reset(client: Client, keys: Keys) -> Breaker:
    """Close it, whoever opened it; returns it as it was before."""
    return _set(client, keys, _Wish("CLOSED"), ANY)


def put_back(client: Client, keys: Keys, former: Breaker, seen: Seen) -> Breaker:
    """Make it what it was, trip and failures included, if its trip is still the one that was seen."""
    counts = (str(former.failures), str(former.opened_ms))
    return _set(client, keys, _Wish(former.state, former.trip, counts=counts), seen)


@dataclass(frozen=True)
class _Wish:
    state: str
    trip: Hold | None = None
    for_ms: int = 0
    counts: tuple[str, str] = ("", "")


def _set(client: Client, keys: Keys, wish: _Wish, seen: Seen) -> Breaker:
    names = [keys.breaker(field) for field in ("state", "failures", "open_time", "epoch", "probe", "trip")]
    expected = seen.operation if isinstance(seen, Hold) else "-" if seen is None else seen
    arguments = [wish.state, msgspec.json.encode(wish.trip) if wish.trip else b"", wish.for_ms, expected, *wish.counts]
    said, state, failures, opened, *trip = scripts.call(client, "set_breaker", names, arguments)
    found = read_hold(trip[0]) if trip and trip[0] else None
    word = state.decode("utf-8", "replace")
    return Breaker(word, _number(failures), _number(opened), trip=found, changed=said == b"SET")


def _failure(text: bytes) -> Failure | None:
    try:
        return msgspec.json.decode(text, type=Failure)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _number(value: bytes) -> int:
    try:
        return int(value or 0)
    except ValueError:
        return 0
