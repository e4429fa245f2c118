"""What people switched off, as it stands in Redis. `HSET mutt:holds ingestor 1` by hand holds too, `HDEL` lifts it.

There are two hashes of holds: of services (`keys.holds`) and of dead-letter queues that remediation leaves alone
(`keys.remediation_paused`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.hold import Hold, read_hold, standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.redis_client import Client

LONGEST_MS: Final = 366 * 24 * 3600 * 1000
"""No hold is for longer: what nobody remembers ends."""
_NOTHING: Final = "-"
_WHATEVER: Final = "*"


@dataclass(frozen=True)
class Met:
    """Nothing was changed: `name` is held by something else than was expected, or by nothing."""

    name: str
    hold: Hold | None


def read(client: Client, key: str) -> tuple[dict[str, Hold], int]:
    """What is held now, by name, and the Redis time in ms."""
    pipeline = client.pipeline(transaction=False)
    pipeline.hgetall(key)
    pipeline.time()
    with failures_named():
        stored, (seconds, micros) = pipeline.execute()
    now = int(seconds) * 1000 + int(micros) // 1000
    return in_force(stored, now), now


def in_force(stored: Mapping[bytes, bytes], now_ms: int) -> dict[str, Hold]:
    """Those of the stored holds whose time is not over."""
    return standing({name.decode("utf-8", "replace"): read_hold(text) for name, text in stored.items()}, now_ms)


def change(
    client: Client,
    key: str,
    wishes: Mapping[str, Hold | None],
    *,
    for_ms: int = 0,
    expected: Mapping[str, Hold | None] | None = None,
) -> dict[str, Hold | None] | Met:
    """Hold (a Hold) or lift (None) each name, all in one step or none; returns what was held before.

    Redis stamps `since` where the hold has none and, with `for_ms`, `until`. `expected`: what the caller saw there;
    where another operation holds it by now nothing is changed, and Met says so. Names without an entry may hold
    whatever they hold.
    """
    seen = expected or {}
    arguments: list[object] = [for_ms]
    for name, hold in wishes.items():
        arguments += [name, b"" if hold is None else msgspec.json.encode(hold), _holder(seen, name)]
    answer = scripts.call(client, "change_holds", [key], arguments)
    if answer[0] == b"OTHER":
        found = answer[2] if len(answer) > 2 else None
        return Met(answer[1].decode("utf-8", "replace"), read_hold(found) if found else None)
    former = [*answer[1:], *[None] * (len(wishes) + 1 - len(answer))]
    return {name: read_hold(text) if text else None for name, text in zip(wishes, former, strict=True)}


def _holder(seen: Mapping[str, Hold | None], name: str) -> str:
    if name not in seen:
        return _WHATEVER
    hold = seen[name]
    return _NOTHING if hold is None else hold.operation
