"""What Vault's refusals and silences mean to an operator: each becomes one MuttError with a code and a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.errors import AuthError, ConfigError, MuttError, UnreachableError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

FORBIDDEN: Final = "MUTT-V403"
_SHOWN: Final = 200
_TRUST: Final = "put the certificate of the authority that signed it into the file of VAULT_TLS_CA_CERT"
_OTHER_NAME: Final = ("is for another name", "set VAULT_ADDR to a name that is in the certificate")
_REFUSED: Final = {
    9: ("is not valid yet", "compare the clocks of this host and of Vault's: date -u"),
    10: ("has expired", "renew the certificate that Vault serves at VAULT_ADDR"),
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}
"""OpenSSL's X509_V_ERR numbers that mean more than an authority nobody knows, and what helps."""


def no_answer(address: str, problem: BaseException, active: str = "") -> UnreachableError:
    """Nothing listens, the name is unknown, or no answer came in time. `active`: the server a standby sent us to."""
    what = type(problem).__name__
    return UnreachableError(
        f"Vault at {address} stands by for {printable(active)}, which does not answer ({what})"
        if active
        else f"Vault at {address} does not answer ({what})",
        code="MUTT-V101",
        why="secrets are read from Vault at start; running services keep theirs in memory",
        tries=(f"curl -sk {address}/v1/sys/health", "mutt context check", "systemctl status vault"),
    )


def odd_answer(address: str, what: str) -> UnreachableError:
    """Something answers, but not as a Vault that is well."""
    return UnreachableError(
        f"Vault at {address} answered in a way that is of no use: {printable(what)}",
        code="MUTT-V101",
        why="this may pass, or another program answers at that address",
        tries=(f"curl -sk {address}/v1/sys/health", "mutt context check"),
    )


def untrusted(address: str, refused: ssl.SSLCertVerificationError, ca_file: str, *, found: bool) -> UnreachableError:
    """The server's certificate was refused. `found`: there is such a file as `ca_file` (VAULT_TLS_CA_CERT)."""
    against = ca_file if found else f"the authorities of this system, since {ca_file or 'VAULT_TLS_CA_CERT'} is absent"
    what, way_out = _REFUSED.get(refused.verify_code, ("is not trusted", _TRUST))
    return UnreachableError(
        f"the certificate of Vault at {address} {what}: {printable(refused.verify_message)}",
        code="MUTT-V103",
        why=f"it was checked against {against} (VAULT_TLS_CA_CERT); nothing was sent, and MUTT does not go around it",
        tries=(
            way_out,
            f"openssl s_client -connect {address.partition('://')[2]} -CAfile {ca_file} </dev/null",
            "mutt context check",
        ),
    )


def no_certificates(path: str, problem: OSError) -> ConfigError:
    """VAULT_TLS_CA_CERT names a file that cannot be used."""
    return ConfigError(
        f"VAULT_TLS_CA_CERT={path} cannot be used: {printable(problem.strerror or type(problem).__name__)}",
        code="MUTT-V107",
        why="the certificate of Vault is checked against it, and without it MUTT trusts nobody",
        tries=(f"openssl x509 -in {path} -noout -subject", f"ls -l {path}"),
    )


def wants_tls(address: str) -> UnreachableError:
    """We speak in clear to a port that serves TLS."""
    secured = address.replace("http://", "https://", 1)
    return UnreachableError(
        f"Vault at {address} wants TLS",
        code="MUTT-V103",
        why="VAULT_ADDR begins with http://, and what answers there serves https:// alone",
        tries=(f"set VAULT_ADDR={secured}",),
    )


def sealed(address: str) -> UnreachableError:
    """Vault is up and locked (503), or was never initialised (501)."""
    return UnreachableError(
        f"Vault at {address} is sealed or not initialised",
        code="MUTT-V102",
        why="a sealed Vault gives out nothing until people with key shares unseal it",
        tries=("vault status", "vault operator unseal"),
    )


def forbidden(address: str, path: str, policy_paths: Sequence[str]) -> AuthError:
    """Our token is good, but its policy does not let it read the secret; a wrong mount looks the same.

    `policy_paths` are what a policy has to name, of each version that the engine may have (C-31).
    """
    named = " or ".join(policy_paths)
    return AuthError(
        f"Vault at {address} does not let MUTT read {path}: its policy needs the capability read on {named}",
        code=FORBIDDEN,
        # The class and text are what runbooks search for (TG:1591).
        why="hvac.exceptions.Forbidden: permission denied. The policy lacks this path, or the mount has another name",
        tries=(
            *(f"vault token capabilities {one}" for one in policy_paths),
            "vault policy read mutt-policy",
            "mutt context check",
        ),
    )


def may_not_write(address: str, path: str, denied: Sequence[str]) -> AuthError:
    """Neither MUTT's token nor a person's may do this. `denied`: where those that were tried were found."""
    return AuthError(
        f"Vault at {address} does not let us change {path}: denied to the token from {', and from '.join(denied)}",
        code="MUTT-V405",
        why="MUTT's own policy may only read, as it should; changing secrets is for a person who may create and update",
        tries=("vault login", "then this command again: it takes the token that `vault login` keeps"),
    )


def refused_token(address: str) -> AuthError:
    """The token that we had has run out or was revoked, or its policies do not let it look at itself."""
    return AuthError(
        f"Vault at {address} does not accept MUTT's token any more",
        why="hvac.exceptions.Forbidden: permission denied. It has expired or was revoked",
        tries=("mutt vault status",),
    )


def refused_login(address: str, way: str, where: str) -> AuthError:
    """The token or the AppRole credential is wrong, expired or used up."""
    return AuthError(
        f"Vault at {address} does not accept the {way} from {where}",
        code="MUTT-V401",
        why="hvac.exceptions.Forbidden: permission denied. It has expired, was revoked, is not the right one, "
        "or lacks the policy `default`, with which a token may look at itself",
        tries=(f"write a new one to {where}" if where.startswith("/") else f"correct {where}", "mutt vault status"),
    )


def no_path(address: str, path: str) -> ConfigError:
    """There is nothing at the secret's path."""
    return ConfigError(
        f"there is no secret at {path} in Vault at {address}",
        code="MUTT-V404",
        why="never written, deleted, or VAULT_MOUNT_PATH or VAULT_SECRET_PATH point elsewhere",
        tries=(f"vault kv get {path}", f"vault kv put {path} INGEST_API_KEY=- ..., with every key that is needed"),
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
        why=f"looked in {path}; `vault kv patch` keeps the other keys of a secret, `vault kv put` removes them",
        tries=tuple(f"vault kv patch {path} {name}=-" for name in names),
    )


def printable(text: str) -> str:
    """A back end's words, fit for a log line: printable and short."""
    clean = "".join(one if one.isprintable() else " " for one in text)
    return clean if len(clean) <= _SHOWN else clean[:_SHOWN] + "…"


def may_pass(trouble: MuttError) -> bool:
    """Whether waiting can help: away or sealed yes; a certificate nobody trusts, a refusal or a missing path no."""
    return isinstance(trouble, UnreachableError) and trouble.code != "MUTT-V103"
