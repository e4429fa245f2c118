"""Which rules each alerter holds, as it said when it last read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

FORGOTTEN_MS: Final = 24 * 3600 * 1000


class Cache(msgspec.Struct, frozen=True):
    """What one alerter's worker holds. `seconds`: how long the last read took, compiling included."""

    pod: str
    host: str
    pid: int
    revision: int
    rules: int
    refused: int
    dev_hosts: int
    teams: int
    seconds: float
    rss_bytes: int = 0
    kept: bool = False
    """The database had no enabled rule, so the rules of before stayed."""


@dataclass(frozen=True)
class Known:
    """One cache, and when it was read: Unix ms by the clock of Redis."""

    at_ms: int
    cache: Cache


def note(client: Client, keys: Keys, cache: Cache) -> None:
    """Say what this worker holds since now."""
    scripts.call(client, "note_reader", [keys.rule_caches], [cache.pod, msgspec.json.encode(cache)])


def read(client: Client, keys: Keys) -> tuple[dict[str, Known], int]:
    """What each worker said last, by its name, and the Redis time in ms. The worker may have ended since."""
    pipeline = client.pipeline(transaction=False)
    pipeline.hgetall(keys.rule_caches)
    pipeline.time()
    with failures_named():
        stored, (seconds, micros) = pipeline.execute()
    found = {name.decode("utf-8", "replace"): known for name, text in stored.items() if (known := _known(text))}
    return found, int(seconds) * 1000 + int(micros) // 1000


def forget_the_dead(client: Client, keys: Keys) -> None:
    """Remove what workers that ended long ago left behind."""
    known, now = read(client, keys)
    old = [name for name, one in known.items() if now - one.at_ms > FORGOTTEN_MS]
    if old:
        with failures_named():
            client.hdel(keys.rule_caches, *old)


def _known(text: bytes) -> Known | None:
    at, _, told = text.partition(b" ")
    try:
        return Known(int(at), msgspec.json.decode(told, type=Cache))
    except (ValueError, msgspec.MsgspecError):
        return None
