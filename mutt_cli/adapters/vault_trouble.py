"""What Vault's refusals and silences mean to an operator: each becomes one MuttError with a code and a way out."""

from __future__ import annotations

from typing import Final

from mutt_cli.errors import AuthError, ConfigError, MuttError, UnreachableError

_SHOWN: Final = 200


def no_answer(address: str, problem: BaseException) -> UnreachableError:
    """Nothing listens, the name is unknown, or the answer did not come in time."""
    return UnreachableError(
        f"Vault at {address} does not answer ({type(problem).__name__})",
        code="MUTT-V101",
        why="secrets are read from Vault at start; running services keep theirs in memory",
        tries=(f"curl -sk {address}/v1/sys/health", "mutt doctor --only vault", "systemctl status vault"),
    )


def odd_answer(address: str, what: str) -> UnreachableError:
    """Something answers, but not as a Vault that is well."""
    return UnreachableError(
        f"Vault at {address} answered in a way that is of no use: {printable(what)}",
        code="MUTT-V101",
        why="this may pass, or another program answers at that address",
        tries=(f"curl -sk {address}/v1/sys/health", "mutt doctor --only vault"),
    )


def untrusted(address: str, ca_file: str) -> UnreachableError:
    """The server's certificate is not signed by an authority we trust."""
    return UnreachableError(
        f"the certificate of Vault at {address} is not trusted",
        code="MUTT-V103",
        why=f"it was checked against {ca_file}",
        tries=("put the CA certificate of Vault there, or set VAULT_TLS_CA_CERT", "mutt doctor --only vault"),
    )


def sealed(address: str) -> UnreachableError:
    """Vault is up and locked (503), or was never initialised (501)."""
    return UnreachableError(
        f"Vault at {address} is sealed or not initialised",
        code="MUTT-V102",
        why="a sealed Vault gives out nothing until people with key shares unseal it",
        tries=("vault status", "vault operator unseal"),
    )


def forbidden(address: str, path: str) -> AuthError:
    """Our token is good, but its policy does not let it read the secret; a wrong mount looks the same."""
    return AuthError(
        f"Vault at {address} does not let MUTT read {path}",
        code="MUTT-V403",
        # The class and text are what runbooks search for (TG:1591).
        why="hvac.exceptions.Forbidden: permission denied. The policy lacks this path, or the mount has another name",
        tries=(f"vault token capabilities {path}", "vault policy read mutt-policy", "mutt doctor --only vault"),
    )


def refused_login(address: str, way: str, where: str) -> AuthError:
    """The token or the AppRole credential is wrong, expired or used up."""
    return AuthError(
        f"Vault at {address} does not accept the {way} from {where}",
        code="MUTT-V401",
        why="hvac.exceptions.Forbidden: permission denied. It has expired, was revoked, or is not the right one",
        tries=(f"write a new one to {where}" if where.startswith("/") else f"correct {where}", "mutt vault status"),
    )


def no_path(address: str, path: str) -> ConfigError:
    """There is nothing at the secret's path."""
    return ConfigError(
        f"there is no secret at {path} in Vault at {address}",
        code="MUTT-V404",
        why="never written, deleted, or VAULT_MOUNT_PATH or VAULT_SECRET_PATH point elsewhere",
        tries=(f"vault kv get {path}", "mutt vault set INGEST_API_KEY"),
    )


def no_credential(looked: tuple[str, ...]) -> ConfigError:
    """No file holds a token or secret id."""
    return ConfigError(
        f"no Vault credential: none of {', '.join(looked)} can be read",
        code="MUTT-V105",
        why="MUTT logs in to Vault with the token (or, with VAULT_ROLE_ID, the secret id) in that file",
        tries=(f"ls -l {looked[0]}", f"install -m 600 -o mutt -g mutt /dev/stdin {looked[0]}"),
    )


def missing_secrets(names: tuple[str, ...], path: str) -> ConfigError:
    """The secret is there but lacks keys; the first words are searched for by runbooks (TG:1614, C-29)."""
    return ConfigError(
        "; ".join(f"Required secret {name} not found in Vault" for name in names),
        code="MUTT-V106",
        why=f"looked in {path}; `vault kv put` replaces all keys of a secret, `mutt vault set` keeps the others",
        tries=tuple(f"mutt vault set {name}" for name in names),
    )


def printable(text: str) -> str:
    """A back end's words, fit for a log line: printable and short."""
    clean = "".join(one if one.isprintable() else " " for one in text)
    return clean if len(clean) <= _SHOWN else clean[:_SHOWN] + "…"


def may_pass(trouble: MuttError) -> bool:
    """Whether waiting can help: away or sealed yes; a certificate nobody trusts, a refusal or a missing path no."""
    return isinstance(trouble, UnreachableError) and trouble.code != "MUTT-V103"
