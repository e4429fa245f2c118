"""A Vault server prepared for MUTT, and what a Vault operator would do with it."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import hvac
import pytest

from mutt_cli.errors import MuttError
from mutt_cli.settings import Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutt_cli.adapters.engines.openbao import DevOpenBao

STORED = {"INGEST_API_KEY": "key-1", "INGEST_API_KEY_NEXT": "key-2", "DB_PASS": "hunter2"}
POLICY = """
path "secret/data/mutt/prod" { capabilities = ["read"] }
path "kv1/mutt/prod" { capabilities = ["read"] }
"""


class Server:
    """One server, with MUTT's secret and policy."""

    def __init__(self, root: hvac.Client, folder: Path) -> None:
        """`root` may do everything; `folder` is for the credential's file."""
        self.address, self.root, self.folder = root.url, root, folder
        self.root.secrets.kv.v2.create_or_update_secret("mutt/prod", secret=STORED)
        self.root.sys.create_or_update_policy("mutt-policy", POLICY)

    @classmethod
    def on(cls, server: DevOpenBao, folder: Path) -> Server:
        return cls(hvac.Client(url=server.address, token=server.root_token), folder)

    def token(self, policy: str = "mutt-policy", **options: Any) -> str:
        return str(self.root.auth.token.create(policies=[policy], **options)["auth"]["client_token"])

    def settings(self, credential: str, **more: Any) -> Vault:
        path = self.folder / "vault_secret_id"
        path.write_text(credential + "\n")
        given: dict[str, Any] = {"addr": self.address, "secret_id_file": str(path), "startup_timeout": 0}
        return Vault(**(given | more))

    def approle(self, ttl: str, max_ttl: str, **more: Any) -> Vault:
        role = self.root.auth.approle
        if "approle/" not in self.root.adapter.get("/v1/sys/auth")["data"]:
            self.root.sys.enable_auth_method("approle")
        role.create_or_update_approle("mutt", token_policies=["mutt-policy"], token_ttl=ttl, token_max_ttl=max_ttl)
        role_id = role.read_role_id("mutt")["data"]["role_id"]
        secret_id = role.generate_secret_id("mutt")["data"]["secret_id"]
        return self.settings(secret_id, role_id=role_id, **more)


def unseal(server: DevOpenBao) -> None:
    """Unseal a server that was sealed while it ran, with the key that it wrote to its log."""
    found = re.search(r"Unseal Key: (\S+)", server.log.read_text(errors="replace"))
    assert found
    hvac.Client(url=server.address, token="").sys.submit_unseal_key(found[1])


def trouble_of(action: Callable[[], object]) -> MuttError:
    with pytest.raises(MuttError) as raised:
        action()
    return raised.value


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come"
        time.sleep(0.05)
