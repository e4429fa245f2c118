"""Switching a service off and on again: every process of it obeys within a second, on every host.

What was switched off for a time comes back by itself, also where Redis is away by then (daemons/hold_watch.py).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.adapters import dynamic_store, holds, queue_reading
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.operations import Audited
from mutt_cli.core.hold import told
from mutt_cli.core.pipeline import INGEST, QUEUES
from mutt_cli.core.switches import INTAKE
from mutt_cli.errors import NotFoundError, RefusedError
from mutt_cli.ops.switches import place_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mutt_cli.adapters.dynamic_store import Reader
    from mutt_cli.core.hold import Hold
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.operation import Operation

POLL_S: Final = 0.1
LONGEST_WAIT_S: Final = 20.0
"""Longer than a process that was killed stays listed."""
Images = dict[str, Any]


@dataclass(frozen=True)
class Intake:
    """The intake now: who takes events in, what holds, and how much waits behind it."""

    readers: tuple[Reader, ...]
    held: Mapping[str, Hold]
    """All holds of ingestors, by name."""
    waiting: int
    """Events in the ingest queue."""
    at_ms: int
    """Redis time of the look, Unix ms."""


def intake(backends: Backends) -> Intake:
    """The intake now. Raises RedisUnavailableError."""
    client, keys = backends.redis(), backends.keys
    held, now = holds.read(client, keys.holds)
    queue = next(one for one in QUEUES if one.name == INGEST)
    return Intake(
        tuple(one for one in dynamic_store.readers(client, keys) if one.service == INTAKE),
        {name: hold for name, hold in held.items() if name.partition("/")[0] == INTAKE},
        queue_reading.depths(client, keys, [queue])[0],
        now,
    )


def names_of(seen: Intake, instances: Sequence[str]) -> tuple[str, ...]:
    """What is held or lifted for these instances: all of the intake without any.

    An instance is a POD_NAME or a host with an ingestor. Raises NotFoundError for one that is neither there nor held.
    """
    if not instances:
        return (INTAKE,)
    known = {word for one in seen.readers for word in (one.pod, one.host) if word}
    known |= {name.partition("/")[2] for name in seen.held if "/" in name}
    for one in instances:
        if one not in known:
            near = get_close_matches(one, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            there = f": there is {', '.join(sorted(known))}" if known else ": none is alive"
            raise NotFoundError(f"there is no ingestor {one}{hint or there}", tries=("mutt status ingestor",))
    return tuple(dict.fromkeys(f"{INTAKE}/{one}" for one in instances))


def to_lift(seen: Intake, instances: Sequence[str]) -> tuple[str, ...]:
    """The holds that `ingest start` ends; empty if it is open already.

    Raises RefusedError MUTT-G054 while a restore is half done, and MUTT-G030 for one instance while all are stopped:
    opening it alone would say something untrue.
    """
    whole = seen.held.get(INTAKE)
    if whole is not None and whole.command == "restore":
        raise RefusedError(
            f"a backup is half put back: {whole.words}", code="MUTT-G054",
            why="events would mix with what is replaced", tries=(f"mutt op resume {whole.operation}", "mutt op list"),
        )  # fmt: skip
    if not instances:
        return tuple(sorted(seen.held))
    if whole is not None:
        raise RefusedError(
            f"all ingestors are stopped {whole.phrase}: {', '.join(instances)} would stay so",
            code="MUTT-G030", tries=("mutt ingest start", "mutt ingest stop INSTANCE --for 30m"),
        )  # fmt: skip
    return tuple(name for name in names_of(seen, instances) if name in seen.held)


def standing(backends: Backends, names: Iterable[str]) -> tuple[dict[str, Hold | None], int]:
    """What holds each of these names now, and the Redis time in ms."""
    found: dict[str, Hold | None] = {}
    now = 0
    for key, own in _places(backends, names).items():
        held, now = holds.read(backends.redis(), key)
        found |= {name: held.get(short) for name, short in own.items()}
    return found, now


def change(
    backends: Backends,
    wishes: Mapping[str, Hold | None],
    *,
    for_s: float = 0.0,
    expected: Mapping[str, Hold | None] | None = None,
) -> dict[str, Hold | None]:
    """Hold or lift names of one kind, in one step; returns what was held before.

    Raises RefusedError MUTT-G006 where somebody switched one since the caller saw what is `expected`.
    """
    ((key, own),) = _places(backends, wishes).items()
    seen = {own[name]: hold for name, hold in (expected or {}).items() if name in own}
    wanted = {own[name]: hold for name, hold in wishes.items()}
    former = holds.change(backends.redis(), key, wanted, for_ms=int(for_s * 1000), expected=seen)
    if isinstance(former, holds.Met):
        now = f"held {former.hold.phrase}" if former.hold else "not held"
        raise RefusedError(
            f"{former.name} is {now} by now", code="MUTT-G006", why="somebody switched it a moment ago",
            tries=("mutt status", "look again, then call the same command"),
        )  # fmt: skip
    return {name: former[short] for name, short in own.items()}


def require_no_longer_hold(held: Mapping[str, Hold | None], until_ms: int, forced: Collection[str]) -> None:
    """Raises RefusedError MUTT-G046 where a new hold until then (0: without end) would shorten what somebody wanted."""
    for name, hold in held.items():
        if hold is not None and hold.outlasts(until_ms) and "held" not in forced:
            raise RefusedError(
                f"{name} is held {hold.phrase}: yours would end it earlier", code="MUTT-G046",
                why="what was stopped for longer would start by itself",
                tries=("leave out --for, or give a longer one", "add --force held to replace it"),
            )  # fmt: skip


def _places(backends: Backends, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """By hash: each name, and how it is called there."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        key, short = place_of(backends.keys, name)
        found.setdefault(key, {})[name] = short
    return found


def wait(
    backends: Backends, service: str, names: Iterable[str], seconds: float, *, held: bool
) -> tuple[list[Reader], list[Reader], float]:
    """Wait until every process that these names mean has stopped (`held`), or works again.

    Returns the processes, those that have not, and the time.
    """
    began, wanted = boottime_s(), set(names)
    while True:
        readers = dynamic_store.readers(backends.redis(), backends.keys)
        meant = [one for one in readers if wanted & {service, f"{service}/{one.pod}", f"{service}/{one.host}"}]
        meant = [one for one in meant if one.service == service]
        behind = [one for one in meant if bool(one.held) != held]
        spent = boottime_s() - began
        if not behind or spent >= min(seconds, LONGEST_WAIT_S):
            return meant, behind, spent
        time.sleep(POLL_S)


def record(operation: Operation, former: Mapping[str, Hold | None], made: Mapping[str, Hold | None]) -> None:
    """What was switched, for the operations journal and the audit."""
    before, after = images(former), images(made)
    operation.originals, operation.counts = {"former": before, "made": after}, {"holds": len(before)}
    operation.audited = audited(before, after)


def images(held: Mapping[str, Hold | None]) -> Images:
    """Holds as the operations journal keeps them."""
    return {name: msgspec.to_builtins(hold) if hold else None for name, hold in held.items()}


def audited(before: Images, after: Images) -> list[Audited]:
    """The rows of the audit."""
    rows = []
    for name, old in before.items():
        new = after.get(name)
        kind = "DELETE" if new is None else "CREATE" if old is None else "UPDATE"
        before_it, after_it = (told(image) if image else None for image in (old, new))
        rows.append(Audited(kind, "holds", name, before_it, after_it))
    return rows
