"""Errors of Vault or OpenBao."""

from typing import Final

from mutt_cli.core.explained import told

_RUNNING = "Running services go on with the secrets in memory; one that starts now waits, then ends with this error."

CODES: Final = {
    "MUTT-V101": told(
        "Vault did not answer, or answered nonsense: it is away, or another program has its address.", _RUNNING,
        "mutt config list --where 'key~VAULT'", "systemctl status vault",
    ),
    "MUTT-V102": told(
        "Vault is sealed or was never initialised: it gives out nothing until people with key shares unseal it.",
        _RUNNING, "vault status", "vault operator unseal",
    ),
    "MUTT-V103": told(
        "The certificate of Vault cannot be trusted: wrong name, expired, an unknown issuer, or no TLS where it must"
        " be. Nothing was sent.",
        _RUNNING, "mutt config list --where 'key~VAULT'", "mutt config get VAULT_TLS_CA_CERT",
    ),
    "MUTT-V105": told(
        "No file with a token or a secret id could be read.", "The service does not start. Others are not touched.",
        "mutt config list --where 'key~VAULT'", "ls -l /etc/mutt",
    ),
    "MUTT-V106": told(
        "The secret in Vault lacks a key that this service needs.",
        "The service does not start: without it it could not check senders or could not send.",
        "mutt config get VAULT_SECRET_PATH", "vault kv patch PATH KEY=- (keeps the other keys; `put` removes them)",
    ),
    "MUTT-V107": told(
        "The file of certificate authorities cannot be used, so no certificate can be checked.", _RUNNING,
        "mutt config get VAULT_TLS_CA_CERT",
    ),
    "MUTT-V401": told(
        "Vault does not accept the token or the secret id: expired, revoked, or not the right one.", _RUNNING,
        "vault token lookup", "mutt config list --where 'key~VAULT'",
    ),
    "MUTT-V403": told(
        "The login is good and its policy does not allow to read the path.", _RUNNING,
        "mutt config get VAULT_SECRET_PATH", "vault token capabilities PATH",
    ),
    "MUTT-V404": told(
        "There is no secret at the path: never written, deleted, or another path is meant.", _RUNNING,
        "mutt config list --where 'key~VAULT'", "vault kv get PATH",
    ),
    "MUTT-V104": told(
        "This deployment uses no Vault.",
        "None: secrets come from the settings.", "mutt config get VAULT_ADDR",
    ),
    "MUTT-V405": told(
        "Nobody here may write the secrets: neither the token of MUTT nor a personal one.",
        "None: nothing was changed.", "mutt vault token",
    ),
    "MUTT-V409": told(
        "Somebody else wrote the secrets in between.",
        "None: nothing was changed.", "mutt vault status",
    ),
    "MUTT-V411": told(
        "The token does not end, cannot be renewed, or is made anew from a credential.",
        "None.", "mutt vault token",
    ),
    "MUTT-V413": told(
        "There is no value yet that could be rotated.",
        "None: nothing was changed.", "mutt vault set KEY --file PATH",
    ),
    "MUTT-V415": told(
        "The folder of the credential's file may not be looked into.",
        "None: nothing was changed.", "id",
    ),
}  # fmt: skip
