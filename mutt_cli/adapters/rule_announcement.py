"""A change of rules is announced to all alerters, so that they need not wait until they look by themselves.

An announcement may be lost, for Redis keeps none; then alerters notice the change when they compare the revision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

_LOOK_S: Final = 1.0
"""How long it may take until a listener notices that it shall stop, or tries again after Redis was away."""


def announce(client: Client, keys: Keys, revision: int) -> None:
    """Tell all alerters. Raises RedisUnavailableError or RedisRefusedError."""
    with failures_named():
        client.publish(keys.rules_updates, revision)


def listen(client: Client, keys: Keys, stop: Event, heard: Callable[[], None]) -> None:
    """Call `heard` at each announcement until `stop`; for a thread of its own. Redis may go and come."""
    while not stop.is_set():
        try:
            with failures_named(), client.pubsub(ignore_subscribe_messages=True) as channel:  # type: ignore[no-untyped-call]
                channel.subscribe(keys.rules_updates)
                while not stop.is_set():
                    if channel.get_message(timeout=_LOOK_S) is not None:
                        heard()
        except MuttError:
            stop.wait(_LOOK_S)  # the daemon's own calls say in the log what is wrong with Redis
