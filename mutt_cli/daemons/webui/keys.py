"""Whose key a request carries: one in Vault, which is an admin's, or one that `mutt apikey add` made (D39).

Keys in Vault work while PostgreSQL is away. The others are looked up with every request, so a revoked key opens nothing
from that moment on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import api_key_store, web_sessions
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.redis_client import REDIS_TROUBLE
from mutt_cli.core.access import Caller
from mutt_cli.core.api_keys import digest, is_shaped
from mutt_cli.core.sessions import WRONG_KEYS

if TYPE_CHECKING:
    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.daemons.webui.stores import Stores

WEBUI_KEY: Final = "WEBUI_API_KEY"
ASK_AGAIN_S: Final = 30.0
"""After Redis failed nobody waits for it so long, only to count a wrong key."""


class Keys:
    """All keys of the web UI. Any thread may ask."""

    def __init__(self, runtime: Runtime, stores: Stores) -> None:
        self._runtime, self._stores = runtime, stores
        self._uncounted_until_s = 0.0

    def owner(self, key: str) -> Caller | None:
        """Whose key it is; None if nobody's. Raises MuttError if that can be known only from PostgreSQL, now away."""
        name = self._runtime.secrets.recognised(WEBUI_KEY, key)
        if name:
            return Caller(name, "admin")
        if not is_shaped(key):
            return None
        with self._stores.database() as conn:
            return api_key_store.owner(conn, digest(key))

    def too_many_s(self, address: str) -> int:
        """Count a wrong key that this address sent to the API: 0, or for how many seconds it had too many.

        It is 0 while Redis is away: then a wrong key is refused as such, however many there are.
        """
        if boottime_s() < self._uncounted_until_s:
            return 0
        try:
            return web_sessions.attempt(self._stores.client, self._runtime.keys, (f"api:{address}",), WRONG_KEYS)
        except REDIS_TROUBLE:
            self._uncounted_until_s = boottime_s() + ASK_AGAIN_S
            return 0

    def owner_of(self, kept: bytes) -> Caller | None:
        """Whose key has this digest now; None if it was ended or replaced since. Raises as `owner`."""
        name = self._runtime.secrets.recognised_digest(WEBUI_KEY, kept)
        if name:
            return Caller(name, "admin")
        with self._stores.database() as conn:
            return api_key_store.owner(conn, kept)
