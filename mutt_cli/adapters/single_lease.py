"""A lease of which there is one: the historian's, the janitor's, remediation's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mutt_cli.adapters import scripts
from mutt_cli.adapters.clock import new_token

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client


@dataclass
class SingleLease:
    """Held by at most one process; `hold` takes or renews it, and is called more often than `ttl_ms`."""

    client: Client
    key: str
    ttl_ms: int
    token: str = field(default_factory=new_token)

    def hold(self) -> bool:
        """True if the lease is ours from now on for `ttl_ms`."""
        return bool(scripts.call(self.client, "lead", [self.key], [self.token, self.ttl_ms]))

    def resign(self) -> None:
        """Let the next one lead at once; nothing happens if the lease is not ours."""
        scripts.call(self.client, "resign", [self.key], [self.token])
