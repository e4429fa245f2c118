"""What people switched off, as it stands in Redis. `HSET mutt:holds ingestor 1` by hand holds too, `HDEL` lifts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.hold import Hold, read_hold, standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

LONGEST_MS: Final = 366 * 24 * 3600 * 1000
"""No hold is for longer: what nobody remembers ends."""


def read(client: Client, keys: Keys) -> tuple[dict[str, Hold], int]:
    """What is held now, by `service` or `service/instance`, and the Redis time in ms."""
    pipeline = client.pipeline(transaction=False)
    pipeline.hgetall(keys.holds)
    pipeline.time()
    with failures_named():
        stored, (seconds, micros) = pipeline.execute()
    now = int(seconds) * 1000 + int(micros) // 1000
    held = {name.decode("utf-8", "replace"): read_hold(text) for name, text in stored.items()}
    return standing(held, now), now


def change(
    client: Client, keys: Keys, wishes: Mapping[str, Hold | None], *, for_ms: int = 0, only: str = ""
) -> dict[str, Hold | None]:
    """Hold (a Hold) or lift (None) each name, in one step; returns what was held before.

    Redis stamps `since` and, with `for_ms`, `until`. `only`: lift nothing but holds of this operation.
    """
    arguments: list[object] = [for_ms, only]
    for name, hold in wishes.items():
        arguments += [name, b"" if hold is None else msgspec.json.encode(hold)]
    former = scripts.call(client, "change_holds", [keys.holds], arguments)
    return {name: read_hold(text) if text else None for name, text in zip(wishes, former, strict=True)}
