"""MUTT's secret in Vault's key-value engine; whether that is version 1 or 2 is found out (C-31).

Version 2 keeps earlier revisions and writes only if nobody else has (check-and-set). Version 1 has neither: a write
replaces what is there for good.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import vault_trouble as trouble
from mutt_cli.adapters.vault_door import mapping

if TYPE_CHECKING:
    import hvac

    from mutt_cli.settings import Vault


class ChangedMeanwhileError(Exception):
    """Somebody else has written the secret since it was read."""


@dataclass(frozen=True)
class Stored:
    """The secret as it was read. Its text form shows no value."""

    version: int
    """Of the engine: 1 or 2."""
    revision: int
    """Of the secret, on version 2; 0 for one that does not exist, and on version 1."""
    fields: dict[str, Any] = field(repr=False)


def secret_name(settings: Vault) -> str:
    """Where the secrets are, as the Vault CLI names it: `secret/mutt/prod`."""
    return f"{_mount(settings)}/{_path(settings)}"


def policy_path(settings: Vault, version: int) -> str:
    """The path that a policy has to let MUTT `read`: `secret/data/mutt/prod` on version 2."""
    return f"{_mount(settings)}/{'data/' if version == 2 else ''}{_path(settings)}"


def read(client: hvac.Client, settings: Vault) -> dict[str, Any] | None:
    """What is stored; None if there is nothing.

    Raises AuthError MUTT-V403 if the policy denies it, what the client library raises, and NotVaultError.
    """
    from hvac import exceptions  # noqa: PLC0415  0.14 s that only services which use Vault pay

    denied: list[str] = []
    for version in versions(client, settings):
        try:
            return _read_version(client, settings, version)
        except exceptions.InvalidPath:
            continue
        except exceptions.Forbidden:
            denied.append(policy_path(settings, version))
    if denied:
        raise trouble.forbidden(settings.addr.rstrip("/"), secret_name(settings), denied)
    return None


def versions(client: hvac.Client, settings: Vault) -> tuple[int, ...]:
    """The version of the engine; both, newest first, where the server does not tell."""
    from hvac import exceptions  # noqa: PLC0415

    try:
        found = mapping(client.adapter.get(f"/v1/sys/internal/ui/mounts/{_mount(settings)}"), "data")
    except (exceptions.Forbidden, exceptions.InvalidPath):
        return (2, 1)
    options = found.get("options")
    return (2,) if isinstance(options, dict) and str(options.get("version")) == "2" else (1,)


def _read_version(client: hvac.Client, settings: Vault, version: int) -> dict[str, Any]:
    path, mount = _path(settings), _mount(settings)
    if version == 1:
        return mapping(client.secrets.kv.v1.read_secret(path=path, mount_point=mount), "data")
    answer = client.secrets.kv.v2.read_secret_version(path=path, mount_point=mount, raise_on_deleted_version=True)
    return mapping(mapping(answer, "data"), "data")


def _mount(settings: Vault) -> str:
    return settings.mount_path.strip("/")


def _path(settings: Vault) -> str:
    return settings.secret_path.strip("/")


def read_stored(client: hvac.Client, settings: Vault, revision: int | None = None) -> Stored:
    """What is stored, to be changed; without fields if there is nothing. `revision`: an earlier one, on version 2.

    Raises as `read`.
    """
    from hvac import exceptions  # noqa: PLC0415

    denied: list[str] = []
    known = (2,) if revision is not None else versions(client, settings)
    for version in known:
        try:
            return _stored(client, settings, version, revision)
        except exceptions.InvalidPath as nothing:
            if len(known) == 1:
                return Stored(version, _revision_of(nothing), {})
        except exceptions.Forbidden:
            denied.append(policy_path(settings, version))
    if denied:
        raise trouble.forbidden(settings.addr.rstrip("/"), secret_name(settings), denied)
    return Stored(known[0], 0, {})


def write(client: hvac.Client, settings: Vault, before: Stored, fields: dict[str, Any]) -> int:
    """Replace what was read by these fields; the new revision, 0 on version 1.

    Raises ChangedMeanwhileError if somebody else has written since. On version 1 that is looked at just before the
    write, which another writer could still slip into. Raises what the client library raises.
    """
    from hvac import exceptions  # noqa: PLC0415

    where: dict[str, Any] = {"path": _path(settings), "secret": fields, "mount_point": _mount(settings)}
    if before.version == 1:
        if read_stored(client, settings).fields != before.fields:
            raise ChangedMeanwhileError
        client.secrets.kv.v1.create_or_update_secret(**where)
        return 0
    try:
        answer = client.secrets.kv.v2.create_or_update_secret(cas=before.revision, **where)
    except exceptions.InvalidRequest as refusal:
        if "check-and-set" in str(refusal):
            raise ChangedMeanwhileError from None
        raise
    return int(mapping(answer, "data").get("version", 0))


def _stored(client: hvac.Client, settings: Vault, version: int, revision: int | None) -> Stored:
    if version == 1:
        return Stored(1, 0, _read_version(client, settings, 1))
    answer = client.secrets.kv.v2.read_secret_version(
        path=_path(settings), version=revision, mount_point=_mount(settings), raise_on_deleted_version=True
    )
    data = mapping(answer, "data")
    return Stored(2, int(mapping(data, "metadata").get("version", 0)), mapping(data, "data"))


def _revision_of(nothing: Any) -> int:
    """The revision of a secret whose last one was deleted, which a write has to name; 0 if there is none."""
    told: Any = getattr(nothing, "json", None)
    try:
        return int(told["data"]["metadata"]["version"])
    except (KeyError, TypeError, ValueError):
        return 0
