"""Sessions of the web UI in Redis: found by their id's digest, so that whoever reads Redis can use none of them."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.sessions import IDLE_S, LONGEST_S, TRIES_S, Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys


def begin(client: Client, keys: Keys, key: str, now_ms: int) -> tuple[str, Session]:
    """A new session for the key of this digest (hex): its id, and what is kept of it."""
    name, session = secrets.token_urlsafe(32), Session(key, now_ms, secrets.token_urlsafe(24))
    place = keys.web_session(_digest(name))
    with failures_named():
        pipeline = client.pipeline(transaction=True)
        pipeline.hset(place, mapping={"key": session.key, "began_ms": session.began_ms, "token": session.token})
        pipeline.expire(place, IDLE_S)
        pipeline.execute()
    return name, session


def find(client: Client, keys: Keys, name: str, now_ms: int, *, renew: bool = True) -> Session | None:
    """The session of this id; None if there is none, or if it has ended. `renew`: somebody uses it now."""
    place = keys.web_session(_digest(name))
    with failures_named():
        kept: Any = client.hgetall(place)
        try:
            key, began_ms, token = (bytes(kept[name]) for name in (b"key", b"began_ms", b"token"))
            session = Session(key.decode(), int(began_ms), token.decode())
        except (KeyError, ValueError):
            return None
        left_s = session.left_s(now_ms)
        if not 0 < left_s <= LONGEST_S:
            client.delete(place)
            return None
        if renew:
            client.expire(place, min(IDLE_S, left_s))
    return session


def end(client: Client, keys: Keys, name: str) -> None:
    """Forget it."""
    with failures_named():
        client.delete(keys.web_session(_digest(name)))


def attempt(client: Client, keys: Keys, who: Sequence[str], most: int) -> int:
    """Count one try of each, before it is judged and in one step; 0, or for how many seconds there is no other one.

    Nothing is counted if one of them has had `most` tries within the minute.
    """
    return int(scripts.call(client, "attempt", [keys.web_tries(one) for one in who], [most, TRIES_S]))


def take_back(client: Client, keys: Keys, who: Sequence[str]) -> None:
    """The try did not fail."""
    scripts.call(client, "take_back", [keys.web_tries(one) for one in who], [])


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
