"""What the leading historian keeps of the history, told to whoever deletes by hand: its own settings and disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from mutt_cli.adapters.redis_client import failures_named

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

TOLD_S: Final = 3 * 3600
"""A historian says it once an hour; one that was silent for so long does not delete either."""


class Kept(msgspec.Struct, frozen=True):
    """The policy of one historian."""

    pod: str
    host: str
    days: Annotated[int, msgspec.Meta(ge=1)]
    """Of decisions."""
    raw_days: Annotated[int, msgspec.Meta(ge=0)]
    """Of payloads."""
    max_bytes: Annotated[int, msgspec.Meta(ge=0)]
    """0: no limit."""


def tell(client: Client, keys: Keys, kept: Kept) -> None:
    """Say what is kept from now on. Raises RedisUnavailableError."""
    with failures_named():
        client.set(keys.historian_policy, msgspec.json.encode(kept), ex=TOLD_S)


def told(client: Client, keys: Keys) -> Kept | None:
    """What was said last; None if nobody has for a while, or it cannot be read. Raises RedisUnavailableError."""
    with failures_named():
        text = client.get(keys.historian_policy)
    try:
        return msgspec.json.decode(text, type=Kept) if isinstance(text, bytes) else None
    except msgspec.MsgspecError:
        return None
