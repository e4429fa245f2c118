"""Dead-letter queues in which remediation is stopped, in one hash: by short name, who did it and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mutt_cli.adapters.queue_reading import now_ms
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core import pause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.pause import Pause
    from mutt_cli.keys import Keys


def read(client: Client, keys: Keys) -> dict[str, Pause]:
    """The pauses in force, by short name of the queue."""
    with failures_named():
        stored = client.hgetall(keys.remediation_paused)
    return in_force(stored, now_ms(client))


def in_force(stored: Mapping[Any, Any], now: int) -> dict[str, Pause]:
    """Those of the stored pauses that hold at a moment."""
    found = {name.decode("utf-8", "replace"): pause.read(value, now) for name, value in stored.items()}
    return {name: one for name, one in found.items() if one is not None}


def write(client: Client, keys: Keys, pauses: Mapping[str, Pause | None]) -> None:
    """Stop remediation in these queues, or (None) let it go on, in one step."""
    ended = [name for name, one in pauses.items() if one is None]
    begun: dict[str, bytes] = {name: msgspec.json.encode(one) for name, one in pauses.items() if one is not None}
    pipeline = client.pipeline(transaction=True)
    if ended:
        pipeline.hdel(keys.remediation_paused, *ended)
    if begun:
        pipeline.hset(keys.remediation_paused, mapping=begun)  # type: ignore[arg-type]
    with failures_named():
        pipeline.execute()
