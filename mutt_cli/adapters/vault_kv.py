"""MUTT's secret in Vault's key-value engine; whether that is version 1 or 2 is found out (C-31)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import vault_trouble as trouble
from mutt_cli.adapters.vault_door import mapping

if TYPE_CHECKING:
    import hvac

    from mutt_cli.settings import Vault


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
    for version in _versions(client, settings):
        try:
            return _read_version(client, settings, version)
        except exceptions.InvalidPath:
            continue
        except exceptions.Forbidden:
            denied.append(policy_path(settings, version))
    if denied:
        raise trouble.forbidden(settings.addr.rstrip("/"), secret_name(settings), denied)
    return None


def _versions(client: hvac.Client, settings: Vault) -> tuple[int, ...]:
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
