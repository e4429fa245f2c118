"""What people have switched off, wherever it is kept: holds of services, a tripped breaker, paused dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters import breaker, holds
from mutt_cli.core.switches import BREAKER, PAUSED, Off

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mutt_cli.adapters.breaker import Breaker
    from mutt_cli.core.hold import Hold
    from mutt_cli.keys import Keys
    from mutt_cli.ops.backends import Backends


def switched_off(backends: Backends) -> tuple[Off, ...]:
    """Everything that is switched off now. Raises RedisUnavailableError."""
    client, keys = backends.redis(), backends.keys
    held, _ = holds.read(client, keys.holds)
    paused, _ = holds.read(client, keys.remediation_paused)
    letters = [Off(f"{PAUSED}{name}", hold) for name, hold in sorted(paused.items())]
    return (*_all(held.items(), breaker.read(client, keys)), *letters)


def place_of(keys: Keys, what: str) -> tuple[str, str]:
    """The hash in which a thing's hold is kept, and its name there."""
    return (keys.remediation_paused, what.removeprefix(PAUSED)) if what.startswith(PAUSED) else (keys.holds, what)


def _all(held: Iterable[tuple[str, Hold]], found: Breaker) -> Iterable[Off]:
    for name, hold in sorted(held):
        yield Off(name, hold)
    if found.trip is not None and not found.trip.over(found.now_ms):
        yield Off(BREAKER, found.trip)
