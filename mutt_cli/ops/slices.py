"""One slice of a bulk operation: written down before it is carried out, repeated until Redis has answered."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

from mutt_cli.adapters import bulk, operation_slices, transfer
from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.adapters.redis_client import RedisUnavailableError
from mutt_cli.errors import MuttError
from mutt_cli.ops.holding import require, taken_over

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.operation_slices import Slice
    from mutt_cli.ops.backends import Backends

Answer = TypeVar("Answer")

_REPEATS: Final = 5
_REPEAT_S: Final = 0.3


def write_down(backends: Backends, operation: str, one: Slice) -> None:
    """Record what a slice is about to move. Raises MuttError of PostgreSQL: without a record nothing moves.

    Raises RefusedError MUTT-G019 if somebody else goes on with the operation, because we were silent for long.
    """
    try:
        written = operation_slices.put(backends.postgres(), operation, one)
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
    if not written:
        raise taken_over(operation)


def insist(call: Callable[[], Answer]) -> Answer:
    """Repeat a call that may be repeated, until Redis has answered; at most for about five seconds."""
    for attempt in range(_REPEATS - 1):
        try:
            return call()
        except RedisUnavailableError:
            time.sleep(_REPEAT_S * 2**attempt)
    return call()


def overtake(backends: Backends, operation: str, held: str) -> int:
    """Before going on with work of a process that counts as dead: the slice it may still have on its way is void.

    `held` is what we hold: the operation, or the one that it takes back. Returns a number after which the next slice
    comes. Raises RefusedError MUTT-G019 if we hold it no more, and MuttError of Redis or PostgreSQL.
    """
    require(backends, held)
    number = transfer.overtake(backends.redis(), backends.keys, operation)
    try:
        operation_slices.void(backends.postgres(), operation, number - 1)
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
    return number


def require_ours(backends: Backends, operation: str, number: int) -> None:
    """A slice was answered as carried out already. Raises RefusedError MUTT-G019 if that was not by us."""
    if transfer.last_slice(backends.redis(), backends.keys, operation) != number:
        raise taken_over(operation)


def close(backends: Backends, operation: str) -> None:
    """The operation is over, and who began it may still be about to carry out a slice: it will do nothing.

    All of its slices that are written down count as carried out from now on, also if its record is never closed.
    """
    bulk.close(backends.redis(), backends.keys, operation, now_ms())


def forget(backends: Backends, operation: str) -> None:
    """The record of the operation is closed: none of its slices will be repeated. What stays in Redis does no harm."""
    with suppress(MuttError):
        bulk.forget(backends.redis(), backends.keys, operation)
