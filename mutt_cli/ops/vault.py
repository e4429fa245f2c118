"""What a person does with Vault through MUTT: look at it, look at MUTT's token, renew it, set one field of the secret.

No result holds a value of a secret: names, times and states alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters.operations import Audited
from mutt_cli.adapters.vault_desk import VaultDesk
from mutt_cli.core.lease import WARN_BELOW_S
from mutt_cli.core.rotation import in_progress, weak_value, wrong_value
from mutt_cli.core.secrets import from_stored
from mutt_cli.errors import ConfigError, MuttError, RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.vault_desk import Reach, Seal, Token
    from mutt_cli.adapters.vault_kv import Stored
    from mutt_cli.core.rotation import Step
    from mutt_cli.settings import Settings, Vault

Judged = Literal["ok", "warn", "crit", "unkn"]

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "INGEST_API_KEY": ("ingestor",),
    "DB_PASS": ("alerter", "webui"),
    "MOOG_API_KEY": ("forwarder",),
    "WEBUI_API_KEY": ("webui",),
}
"""What daemons do not start without (contract.md 9.3, contradictions.md C-30)."""
TTL_WARN_S: Final = 259_200.0
TTL_CRIT_S: Final = 86_400.0
"""Thresholds of `vault.token` (ux.md 7.3)."""
_LONGEST_NAME: Final = 128


@dataclass(frozen=True)
class VaultStatus:
    """Vault as seen from here. `names` is None if the secret could not be read; `trouble` says why."""

    address: str
    path: str
    seal: Seal
    engine: int | None
    revision: int | None
    names: tuple[str, ...] | None
    missing: Mapping[str, tuple[str, ...]]
    """Keys that are missing, each with the services that do not start without it."""
    rotations: Mapping[str, Step]
    trouble: str

    @property
    def state(self) -> Judged:
        """Sealed or unreadable: crit, running daemons go on but none could start."""
        if self.seal.sealed or not self.seal.initialised or self.missing:
            return "crit"
        if self.names is None:
            return "unkn"
        return "warn" if self.rotations else "ok"


@dataclass(frozen=True)
class TokenStatus:
    """MUTT's token and what it may do."""

    address: str
    token: Token
    reach: Reach

    @property
    def state(self) -> Judged:
        """By the time left; one that daemons cannot renew is worth a warning for a week (C-33)."""
        left = self.token.ttl_s
        if not self.reach.reads:
            return "crit"
        if left is None or self.token.kind != "token":  # a secret id makes a new token whenever one ends
            return "ok"
        if left < TTL_CRIT_S:
            return "crit"
        return "warn" if left < (TTL_WARN_S if self.token.renewable else WARN_BELOW_S) else "ok"


@dataclass(frozen=True)
class FieldPlan:
    """What setting one field would do."""

    key: str
    before: Stored
    path: str
    others: tuple[str, ...]
    """The keys that stay."""
    exists: bool
    same: bool
    """Whether it has this value already."""
    warnings: tuple[str, ...]


def configured(settings: Settings) -> Vault:
    """The settings of Vault. Raises ConfigError MUTT-V104 if this deployment has none."""
    if not settings.vault.addr:
        raise ConfigError(
            "this deployment uses no Vault: VAULT_ADDR is empty",
            code="MUTT-V104", why="its secrets come from the environment of the daemons",
            tries=("mutt config get VAULT_ADDR",),
        )  # fmt: skip
    return settings.vault


def status(settings: Settings) -> VaultStatus:
    """Seal, names of keys present and missing. Raises UnreachableError if Vault does not answer."""
    desk = VaultDesk(configured(settings))
    seal = desk.seal()
    stored, trouble = None, ""
    if not seal.sealed and seal.initialised:
        try:
            stored = desk.read()
        except MuttError as error:
            trouble = error.message
    fields = from_stored(stored.fields) if stored else None
    missing = fields.missing(needed(settings)) if fields else ()
    return VaultStatus(
        desk.address, desk.secret_name, seal, stored.version if stored else None,
        stored.revision if stored and stored.version == 2 else None, fields.names if fields else None,
        {name: REQUIRED[name] for name in missing}, in_progress(stored.fields) if stored else {},
        trouble,
    )  # fmt: skip


def token(settings: Settings) -> TokenStatus:
    """MUTT's token. Raises AuthError MUTT-V401 if Vault does not accept it."""
    desk = VaultDesk(configured(settings))
    return TokenStatus(desk.address, desk.token(), desk.reach())


def renewable(settings: Settings) -> Token:
    """The token that `renew` would renew. Raises RefusedError MUTT-V411 if that makes no sense."""
    found = VaultDesk(configured(settings)).token()
    if found.kind != "token":
        raise RefusedError(
            f"MUTT logs in with the {found.kind} from {found.where}: each daemon has tokens of its own and renews them",
            code="MUTT-V411", why="there is no token of MUTT's to renew by hand", tries=("mutt vault token",),
        )  # fmt: skip
    if found.ttl_s is None or not found.renewable:
        why = "it never ends" if found.ttl_s is None else "Vault made it so that it cannot be renewed"
        raise RefusedError(
            f"the token from {found.where} cannot be renewed: {why}",
            code="MUTT-V411", tries=("mutt vault rotate plan VAULT_TOKEN",),
        )  # fmt: skip
    return found


def renew(settings: Settings) -> float:
    """Renew MUTT's own token, not the caller's (C-33); the seconds it has now."""
    return VaultDesk(configured(settings)).renew()


def plan_set(settings: Settings, key: str, value: str) -> FieldPlan:
    """What setting this field would do. Raises UsageError for a name or value that cannot be one."""
    if not key or not key.isascii() or not key.replace("_", "").isalnum() or len(key) > _LONGEST_NAME:
        raise UsageError("a key is letters, digits and underscores: INGEST_API_KEY", code="MUTT-U430")
    if wrong := wrong_value(value):
        raise UsageError(f"this cannot be the value of {key}: {wrong}", code="MUTT-U431", why="nothing was changed")
    desk = VaultDesk(configured(settings))
    before = desk.read()
    others = tuple(sorted(name for name in before.fields if name != key))
    told = [f"the value of {key} deserves a second thought: {weak}"] if (weak := weak_value(value)) else []
    if key.removesuffix("_NEXT") in in_progress(before.fields):
        told.append(
            f"a rotation of {key.removesuffix('_NEXT')} is under way: mutt vault rotate plan says at which step"
        )
    if before.version == 1:
        told.append("the engine is of version 1: the value that is replaced cannot be brought back")
    return FieldPlan(
        key, before, desk.secret_name, others, key in before.fields, before.fields.get(key) == value, tuple(told)
    )


def set_field(settings: Settings, plan: FieldPlan, value: str) -> int:
    """Write the whole secret with this field in it, if nobody changed it since; the new revision (0 on version 1)."""
    return VaultDesk(configured(settings)).write(plan.before, {**plan.before.fields, plan.key: value})


def audited(path: str, changed: Mapping[str, str], *, revision: int) -> list[Audited]:
    """The rows of the audit: which key, and what was done to it; never a value."""
    kinds = {"added": "CREATE", "removed": "DELETE"}
    new = {"revision": revision} if revision else {}
    return [
        Audited(kinds.get(what, "UPDATE"), "vault", f"{path} {key}", None, {"what": what, **new})
        for key, what in changed.items()
    ]


def needed(settings: Settings) -> tuple[str, ...]:
    """The keys that this deployment needs from Vault: a password that is configured elsewhere is none of them."""
    return tuple(name for name in REQUIRED if not (name == "DB_PASS" and settings.postgres.password))
