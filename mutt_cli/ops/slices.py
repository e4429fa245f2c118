"""One slice of a bulk operation: written down before it is carried out, repeated until Redis has answered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, TypeVar

from mutt_cli.adapters import bulk, operation_slices
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.adapters.redis_client import RedisUnavailableError
from mutt_cli.errors import RefusedError

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
        raise RefusedError(
            f"somebody else goes on with {operation}", code="MUTT-G019",
            why="this process was not heard of for so long that it counted as dead; what it moved stays moved",
            tries=(f"mutt op show {operation}",),
        )  # fmt: skip


def insist(call: Callable[[], Answer]) -> Answer:
    """Repeat a call that may be repeated, until Redis has answered; at most for about five seconds."""
    for attempt in range(_REPEATS - 1):
        try:
            return call()
        except RedisUnavailableError:
            time.sleep(_REPEAT_S * 2**attempt)
    return call()


def forget(backends: Backends, operation: str) -> None:
    """The operation is over: none of its slices will be repeated."""
    bulk.forget(backends.redis(), backends.keys, operation)
