"""OpenBao, a server with Vault's API: in memory for tests here; `vault_store` adds the lasting one of `mutt up`."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx

from mutt_cli.adapters.engines import binaries
from mutt_cli.adapters.engines.child import Child, Spec, minimal_environ
from mutt_cli.adapters.engines.engine import await_answer

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.identity import Identity

_STOP: Final = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0))


@dataclass
class DevOpenBao:
    """A server that keeps everything in memory, unsealed, with a known root token. For tests."""

    port: int
    log: Path
    identity: Identity
    root_token: str = field(repr=False)
    child: Child | None = field(default=None, init=False)
    name: Final = "vault"

    @property
    def address(self) -> str:
        """VAULT_ADDR."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """See `Engine.start`."""
        program = str(binaries.bao())
        options = [f"-dev-listen-address=127.0.0.1:{self.port}", "-dev-no-store-token"]
        # By the environment, so that no token is ever in a command line.
        environ = minimal_environ() | {"BAO_DEV_ROOT_TOKEN_ID": self.root_token}
        spec = Spec([program, "server", "-dev", *options], self.identity, self.log, how="fd", environ=environ)
        self.child = Child(spec)
        await_answer("OpenBao", self.child, lambda: is_active(self.address))

    def stop(self) -> None:
        """See `Engine.stop`."""
        if self.child is not None:
            self.child.stop(_STOP)
            self.child = None


def is_active(address: str) -> bool:
    """Whether the server at this address is initialised, unsealed and serving."""
    try:
        return httpx.get(f"{address}/v1/sys/health", timeout=2.0, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
