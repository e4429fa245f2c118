"""Whose key a request carries: one in Vault, which is an admin's, or one that `mutt apikey add` made (D39).

Keys in Vault work while PostgreSQL is away. The others are looked up with every request, so a revoked key opens nothing
from that moment on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import api_key_store
from mutt_cli.core.access import Caller
from mutt_cli.core.api_keys import digest, is_shaped

if TYPE_CHECKING:
    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.daemons.webui.stores import Stores

WEBUI_KEY: Final = "WEBUI_API_KEY"


class Keys:
    """All keys of the web UI. Any thread may ask."""

    def __init__(self, runtime: Runtime, stores: Stores) -> None:
        self._runtime, self._stores = runtime, stores

    def owner(self, key: str) -> Caller | None:
        """Whose key it is; None if nobody's. Raises MuttError if that can be known only from PostgreSQL, now away."""
        name = self._runtime.secrets.recognised(WEBUI_KEY, key)
        if name:
            return Caller(name, "admin")
        if not is_shaped(key):
            return None
        with self._stores.database() as conn:
            return api_key_store.owner(conn, digest(key))

    def owner_of(self, kept: bytes) -> Caller | None:
        """Whose key has this digest now; None if it was ended or replaced since. Raises as `owner`."""
        name = self._runtime.secrets.recognised_digest(WEBUI_KEY, kept)
        if name:
            return Caller(name, "admin")
        with self._stores.database() as conn:
            return api_key_store.owner(conn, kept)
