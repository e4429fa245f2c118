"""What starting the worker daemons has in common; each has a file of its own that imports what that one needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters.redis_client import RedisUnavailableError, require_noeviction

if TYPE_CHECKING:
    from mutt_cli.daemons.runtime import Runtime


def look_at_redis(runtime: Runtime) -> None:
    """Refuse a Redis that may delete queues; one that is away is waited for."""
    client = runtime.redis()
    try:
        require_noeviction(client)
    except RedisUnavailableError as error:
        # Alerter and forwarder reconnect with backoff (SO:185-186); the policy is looked at by doctor again.
        runtime.log.warning("Redis is away at start: %s", error)
    finally:
        client.close()
