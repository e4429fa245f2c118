"""The shared circuit breaker as people see and set it. The documented keys may also be written by hand (C-51)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.hold import Hold, read_hold

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

_FIELDS: Final = ("state", "failures", "open_time", "probe", "trip", "last_error")


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


def trip(client: Client, keys: Keys, hold: Hold, *, for_ms: int = 0) -> tuple[str, Hold | None]:
    """Open it until the time is over, or (0) until it is reset. Returns the former state and the former trip."""
    return _set(client, keys, ["OPEN", msgspec.json.encode(hold), for_ms, ""]) or ("", None)


def reset(client: Client, keys: Keys, *, only: str = "") -> tuple[str, Hold | None] | None:
    """Close it. `only`: nothing but the trip of this operation; None if that is not what is there."""
    return _set(client, keys, ["CLOSED", b"", 0, only])


def _set(client: Client, keys: Keys, arguments: list[object]) -> tuple[str, Hold | None] | None:
    names = [keys.breaker(field) for field in ("state", "failures", "open_time", "epoch", "probe", "trip")]
    answer = scripts.call(client, "set_breaker", names, arguments)
    if answer[0] == b"OTHER":
        return None
    former = answer[2] if len(answer) > 2 else None
    return answer[1].decode("utf-8", "replace"), read_hold(former) if former else None


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
