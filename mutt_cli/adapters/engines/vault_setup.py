"""What MUTT needs in a Vault of its own: a mount, a policy, an AppRole, and its secrets, each made once.

Existing secrets are never replaced: a value is read, merged and written with check-and-set (contradictions.md C-29).
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.engines.engine import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType
    from typing import Self

GENERATED: Final = ("INGEST_API_KEY", "DB_PASS", "MOOG_API_KEY", "WEBUI_API_KEY")
_PATIENCE_S: Final = 15.0
_PAUSE_S: Final = 0.05
_NOT_NOW: Final = 400
"""A KV mount answers this for a moment after it was made, and check-and-set when the version is not the newest."""
_ROLE: Final = "mutt"
_POLICY: Final = """\
path "{mount}/data/{path}"     {{ capabilities = ["create", "read", "update", "patch"] }}
path "{mount}/metadata/{path}" {{ capabilities = ["read"] }}
path "sys/mounts"              {{ capabilities = ["read"] }}
"""


@dataclass
class VaultSetup:
    """A connection with the root token. Use it in a `with` block."""

    address: str
    token: str = field(repr=False)
    mount: str = "secret"
    path: str = "mutt/prod"

    def __enter__(self) -> Self:
        headers = {"X-Vault-Token": self.token}
        self._http = httpx.Client(base_url=f"{self.address}/v1/", headers=headers, timeout=10.0, trust_env=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def ensure_role(self) -> str:
        """Mount, policy and AppRole as MUTT needs them; the role id. Repeating it changes nothing."""
        if f"{self.mount}/" not in self._call("GET", "sys/mounts")["data"]:
            self._call("POST", f"sys/mounts/{self.mount}", {"type": "kv", "options": {"version": "2"}})
        if "approle/" not in self._call("GET", "sys/auth")["data"]:
            self._call("POST", "sys/auth/approle", {"type": "approle"})
        policy = _POLICY.format(mount=self.mount, path=self.path)
        self._call("PUT", f"sys/policies/acl/{_ROLE}", {"policy": policy})
        self._call("POST", f"auth/approle/role/{_ROLE}", {"token_policies": [_ROLE], "token_ttl": "48h"})
        role_id: str = self._call("GET", f"auth/approle/role/{_ROLE}/role-id")["data"]["role_id"]
        return role_id

    def new_secret_id(self) -> str:
        """A further credential of the AppRole; it does not expire."""
        secret_id: str = self._call("POST", f"auth/approle/role/{_ROLE}/secret-id")["data"]["secret_id"]
        return secret_id

    def accepts(self, role_id: str, secret_id: str) -> bool:
        """Whether this credential logs in."""
        answer = self._http.post("auth/approle/login", json={"role_id": role_id, "secret_id": secret_id})
        return answer.status_code == 200

    def ensure_secrets(self, names: Iterable[str] = GENERATED) -> Mapping[str, str]:
        """All secrets after making the missing ones; those that are there stay as they are."""
        patience = boottime_s() + _PATIENCE_S
        while (known := self._merge(names)) is None:
            if boottime_s() > patience:
                raise EngineError(f"the Vault at {self.address} did not take MUTT's secrets")
            time.sleep(_PAUSE_S)
        return known

    def _merge(self, names: Iterable[str]) -> dict[str, str] | None:
        """All secrets, the missing ones made; None if a new mount is not ready or somebody else wrote meanwhile."""
        answer = self._http.get(f"{self.mount}/data/{self.path}")
        if answer.status_code == _NOT_NOW:
            return None
        known, version = self._known(answer)
        missing = {name: secrets.token_urlsafe(32) for name in names if not known.get(name)}
        if not missing:
            return known
        body = {"data": known | missing, "options": {"cas": version}}
        answer = self._http.post(f"{self.mount}/data/{self.path}", json=body)
        if answer.status_code == _NOT_NOW:
            return None
        self._check(answer)
        return known | missing

    def _known(self, answer: httpx.Response) -> tuple[dict[str, str], int]:
        """The secrets and their version; a secret that was never written or is deleted holds none."""
        if answer.status_code == 404:
            deleted = (answer.json().get("data") or {}).get("metadata") or {}
            return {}, int(deleted.get("version", 0))
        self._check(answer)
        found = answer.json()["data"]
        return dict(found["data"]), int(found["metadata"]["version"])

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        answer = self._http.request(method, path, json=body)
        self._check(answer)
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def _check(self, answer: httpx.Response) -> None:
        if answer.status_code >= 400:
            what = f"{answer.request.method} {answer.request.url.path}"
            raise EngineError(f"the Vault at {self.address} answered {answer.status_code} to {what}")
