"""Waiting until the daemons of this host have been restarted and run with what was written into its `mutt.env`."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import dynamic_store, host
from mutt_cli.adapters.clock import boottime_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.dynamic_store import Reader
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.static_settings import Plan

POLL_S: Final = 0.2


def readers_here(backends: Backends, made: Plan) -> list[Reader]:
    """The processes on this host that have to be started anew. Raises RedisUnavailableError."""
    found = dynamic_store.readers(backends.redis(), backends.keys)
    return [one for one in found if one.host == host.hostname() and one.service in made.services]


@dataclass(frozen=True)
class Waited:
    """Who runs with new values, and who does not yet."""

    found: tuple[Reader, ...]
    """The processes of this host that are there now."""
    behind: tuple[Reader, ...]
    """Those of them that run with the former values."""
    gone: tuple[Reader, ...]
    """Those that were there before and for which no other has come: a restart under way, or one that failed."""
    seconds: float


def wait(backends: Backends, made: Plan, before: Sequence[Reader], seconds: float) -> Waited:
    """Wait until each of these processes runs with the values, and for each that was there `before` one is there.

    A daemon that is being restarted is away for a moment: that nobody is behind does not mean that it came back.
    """
    began = boottime_s()
    while True:
        found = readers_here(backends, made)
        behind = tuple(one for one in found if not _has(one, made))
        gone = _gone(before, found)
        spent = boottime_s() - began
        if not (behind or gone) or spent >= seconds:
            return Waited(tuple(found), behind, gone, spent)
        time.sleep(POLL_S)


def _has(reader: Reader, made: Plan) -> bool:
    wanted = [one for one in made.changes if reader.service in one.declaration.services]
    return all(reader.value(one.declaration) == dynamic_store.told(one.declaration, one.new) for one in wanted)


def _gone(before: Sequence[Reader], found: Sequence[Reader]) -> tuple[Reader, ...]:
    """Of each service as many of those before as are fewer now."""
    there = Counter(one.service for one in found)
    missing = []
    for one in before:
        there[one.service] -= 1
        if there[one.service] < 0:
            missing.append(one)
    return tuple(missing)
