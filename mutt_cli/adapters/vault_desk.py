"""Vault as an operator uses it through MUTT: its seal, MUTT's token, and writing MUTT's secret.

Reading is done with MUTT's own credential. Where its policy does not let it write, which is as it should be, the token
of the person who has logged in with `vault login` (~/.vault-token) is taken, or, of the Vault that `mutt up` made, the
root token beside it. No value gets into an error or a log.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mutt_cli.adapters import vault_kv
from mutt_cli.adapters import vault_trouble as trouble
from mutt_cli.adapters.vault_credential import Credential, find_credential
from mutt_cli.adapters.vault_door import NotVaultError, VaultDoor, mapping, seconds, text
from mutt_cli.errors import AuthError, MuttError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import hvac

    from mutt_cli.adapters.vault_kv import Stored
    from mutt_cli.settings import Vault

T = TypeVar("T")

ROOT_FILE: Final = "openbao-root.json"
PERSONAL_FILE: Final = ".vault-token"
"""Where `vault login` keeps a person's token, in their home folder."""
_STANDBY: Final = (429, 473)


@dataclass(frozen=True)
class Seal:
    """What Vault says of itself to anybody."""

    initialised: bool
    sealed: bool
    needed: int
    """Key shares that unseal it."""
    shares: int
    given: int
    """Key shares that were given since it was sealed."""
    version: str
    standby: bool


@dataclass(frozen=True)
class Token:
    """What Vault says of a token; the token itself is not in here."""

    kind: str
    """`token`, or `secret id` where an AppRole gave it."""
    where: str
    policies: tuple[str, ...]
    ttl_s: float | None
    """None: it never ends."""
    created_ttl_s: float
    renewable: bool
    orphan: bool
    accessor: str
    uses_left: int
    """0: any number."""


@dataclass(frozen=True)
class Reach:
    """What a token may do with MUTT's secret; `path` is the one that a policy has to name (C-31)."""

    path: str
    capabilities: tuple[str, ...]

    @property
    def reads(self) -> bool:
        """Whether MUTT's secret can be read."""
        return bool({"read", "root"} & set(self.capabilities))


@dataclass(frozen=True)
class Handle:
    """How Vault names a credential to whoever revokes it, without the credential itself."""

    kind: str
    accessor: str
    """Empty for a secret id that nobody here may look up."""
    role: str
    """Of a secret id."""


class VaultDesk:
    """One visit. Raises as `VaultSession`: MUTT-V1xx, V401, V403."""

    def __init__(self, settings: Vault) -> None:
        self._settings = settings
        self._door = VaultDoor(settings)
        self._client: hvac.Client | None = None
        self._credential: Credential | None = None
        self.writer = ""
        """Whose token wrote: where it was found."""

    @property
    def address(self) -> str:
        """Where Vault is."""
        return self._door.address

    @property
    def secret_name(self) -> str:
        """Where the secret is, as `vault kv` names it."""
        return vault_kv.secret_name(self._settings)

    def seal(self) -> Seal:
        """What Vault says without a token, also while it is sealed. Raises UnreachableError if it does not answer."""
        client = self._door.connect()
        with self._door.translated():
            told: Any = client.sys.read_seal_status()  # type: ignore[no-untyped-call]
            status = client.sys.read_health_status(method="HEAD").status_code
            if not isinstance(told, dict) or not isinstance(told.get("sealed"), bool):
                raise NotVaultError
        return Seal(
            bool(told.get("initialized")), told["sealed"], _whole(told, "t"), _whole(told, "n"),
            _whole(told, "progress"), str(told.get("version", "")), status in _STANDBY,
        )  # fmt: skip

    def token(self) -> Token:
        """MUTT's own token as it is now; with an AppRole one that is made for this question."""
        client = self._logged_in()
        with self._door.translated(self._credential):
            return self._described(client, self._credential)

    def reach(self) -> Reach:
        """What MUTT's own token may do with the secret."""
        client = self._logged_in()
        return self._reach(client)

    def renew(self) -> float:
        """Renew MUTT's own token (C-33); the seconds it was granted. Raises AuthError if that is not allowed."""
        client = self._logged_in()
        with self._door.translated():
            return seconds(mapping(client.auth.token.renew_self(), "auth"), "lease_duration")

    def read(self, revision: int | None = None) -> Stored:
        """The secret, to be changed; an earlier revision of it on version 2 of the engine."""
        return self._as_allowed(lambda client: vault_kv.read_stored(client, self._settings, revision))

    def write(self, before: Stored, fields: Mapping[str, Any]) -> int:
        """Replace what was read by these fields, if nobody else has; the new revision.

        Raises RefusedError MUTT-V409 if somebody has, AuthError MUTT-V405 if nobody here may write.
        """
        try:
            return self._as_allowed(lambda client: vault_kv.write(client, self._settings, before, dict(fields)))
        except vault_kv.ChangedMeanwhileError:
            raise RefusedError(
                f"{self.secret_name} was changed by somebody else in this moment",
                code="MUTT-V409", why="nothing was written: their change would be lost", tries=("run this again",),
            ) from None  # fmt: skip

    def try_credential(self, value: str) -> tuple[Token, Reach]:
        """Log in with a credential that is not in use yet, and see what it is good for. Errors as `token`."""
        kind = "secret id" if self._settings.role_id else "token"
        credential = Credential(kind, "what was given", value)
        client = self._logged_in_with(credential)
        with self._door.translated(credential):
            token = self._described(client, credential)
        return token, self._reach(client)

    def handle(self, value: str) -> Handle:
        """How to name a credential that is not in use any more. Raises AuthError if Vault does not accept it."""
        if not self._settings.role_id:
            token, _ = self.try_credential(value)
            return Handle(token.kind, token.accessor, "")
        client, role = self._door.connect(), ""
        with self._door.translated(Credential("secret id", "what was given", value)):
            answer = client.auth.approle.login(self._settings.role_id, value, use_token=False)
            role = text(mapping(mapping(answer, "auth"), "metadata"), "role_name")

        def looked_up(asker: hvac.Client) -> str:
            return text(mapping(asker.auth.approle.read_secret_id(role, value), "data"), "secret_id_accessor")

        try:
            return Handle("secret id", self._as_allowed(looked_up), role)
        except AuthError:
            return Handle("secret id", "", role)

    def leave(self) -> None:
        """End a token that was made for this visit; one that is MUTT's own stays."""
        if self._client is not None and self._credential is not None and self._credential.kind != "token":
            with contextlib.suppress(MuttError), self._door.translated():
                self._client.auth.token.revoke_self()
            self._client = None

    def _logged_in(self) -> hvac.Client:
        if self._client is None:
            self._credential = find_credential(self._settings)
            self._client = self._logged_in_with(self._credential)
        return self._client

    def _logged_in_with(self, credential: Credential) -> hvac.Client:
        client = self._door.connect()
        with self._door.translated(credential):
            if credential.kind == "token":
                client.token = credential.value
            else:
                answer = client.auth.approle.login(
                    role_id=self._settings.role_id, secret_id=credential.value, use_token=False
                )
                client.token = text(mapping(answer, "auth"), "client_token")
            client.auth.token.lookup_self()
        return client

    def _described(self, client: hvac.Client, credential: Credential | None) -> Token:
        found = mapping(client.auth.token.lookup_self(), "data")
        created, left = seconds(found, "creation_ttl"), seconds(found, "ttl")
        policies = [*(found.get("policies") or ()), *(found.get("identity_policies") or ())]
        return Token(
            credential.kind if credential else "token",
            credential.where if credential else "",
            tuple(str(one) for one in policies),
            left if left or created else None,
            created,
            bool(found.get("renewable")),
            bool(found.get("orphan")),
            str(found.get("accessor", "")),
            _whole(found, "num_uses"),
        )

    def _reach(self, client: hvac.Client) -> Reach:
        """Of the version of the engine, or of the first of both where the server does not tell and one is allowed."""
        found = Reach("", ())
        for version in self._versions(client):
            path = vault_kv.policy_path(self._settings, version)
            with self._door.translated():
                told: Any = client.adapter.post("/v1/sys/capabilities-self", json={"paths": [path]})
                capabilities = mapping(told, "data").get(path) or ["deny"]
            one = Reach(path, tuple(str(word) for word in capabilities))
            found = one if one.reads or not found.path else found
        return found

    def _versions(self, client: hvac.Client) -> tuple[int, ...]:
        with self._door.translated():
            return vault_kv.versions(client, self._settings)

    def _as_allowed(self, action: Callable[[hvac.Client], T]) -> T:
        """With MUTT's own token, and if that may not, with the token of the person."""
        from hvac import exceptions  # noqa: PLC0415

        denied: list[str] = []
        for client, where in self._clients():
            try:
                with self._door.translated():
                    try:
                        found = action(client)
                    except exceptions.Forbidden:
                        raise AuthError(where, code=trouble.FORBIDDEN) from None
            except AuthError as refusal:
                if refusal.code != trouble.FORBIDDEN:
                    raise
                denied.append(where)
                continue
            self.writer = where
            return found
        raise trouble.may_not_write(self.address, self.secret_name, denied)

    def _clients(self) -> Iterator[tuple[hvac.Client, str]]:
        own = self._logged_in()
        yield own, self._credential.where if self._credential else ""
        for more in (_personal(), _of_platform(self._settings)):
            if more is not None:
                yield self._logged_in_with(more), more.where


def _personal() -> Credential | None:
    try:
        path = Path.home() / PERSONAL_FILE
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError, RuntimeError):
        return None
    return Credential("token", str(path), value) if value else None


def _of_platform(settings: Vault) -> Credential | None:
    """The root token of the Vault that `mutt up` made, which lies beside its credential (ops/platform/layout.py)."""
    path = Path(settings.secret_id_file).parent / "etc" / ROOT_FILE
    try:
        value = json.loads(path.read_text(encoding="utf-8"))["root_token"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Credential("token", str(path), str(value))


def _whole(told: Mapping[str, Any], name: str) -> int:
    found = told.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0
