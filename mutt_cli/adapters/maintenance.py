"""Maintenance windows as they stand in Redis: open ones, and those of the last month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.window import Window

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

KEPT_MS: Final = 31 * 24 * 3600 * 1000


def read(client: Client, keys: Keys) -> tuple[list[Window], int]:
    """Every window that is kept, the newest first, and the Redis time in ms."""
    pipeline = client.pipeline(transaction=False)
    pipeline.hgetall(keys.maintenance)
    pipeline.time()
    with failures_named():
        stored, (seconds, micros) = pipeline.execute()
    found = [window for text in stored.values() if (window := _window(text))]
    return sorted(found, key=lambda one: one.since, reverse=True), int(seconds) * 1000 + int(micros) // 1000


def keep(client: Client, keys: Keys, window: Window) -> None:
    """Open a window, or change it; one that ended long ago is forgotten on the way."""
    known, now = read(client, keys)
    old = [one.id for one in known if max(one.until, one.ended) < now - KEPT_MS]
    pipeline = client.pipeline(transaction=True)
    pipeline.hset(keys.maintenance, window.id, msgspec.json.encode(window))
    if old:
        pipeline.hdel(keys.maintenance, *old)
    with failures_named():
        pipeline.execute()


def _window(text: bytes) -> Window | None:
    try:
        return msgspec.json.decode(text, type=Window)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
