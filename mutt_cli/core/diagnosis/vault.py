"""Causes in Vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.diagnosis.cause import Case, Cause, Proof, graded, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.diagnosis.evidence import Evidence


def _vault_away(evidence: Evidence) -> Iterator[Proof]:
    trouble = evidence.snapshot.vault.trouble if evidence.snapshot.vault else None
    if trouble is not None and trouble.kind == "away":
        yield Proof((trouble.text,), {"where": evidence.snapshot.addresses.get("vault", "")})


def _vault_refuses(evidence: Evidence) -> Iterator[Proof]:
    vault = evidence.snapshot.vault.value if evidence.snapshot.vault else None
    if vault is not None and vault.refused:
        yield Proof((vault.refused,))


def _vault_sealed(evidence: Evidence) -> Iterator[Proof]:
    vault = evidence.snapshot.vault.value if evidence.snapshot.vault else None
    if vault is not None and (vault.sealed or not vault.initialised):
        yield Proof(("sys/seal-status: sealed",), {"where": evidence.snapshot.addresses.get("vault", "")})


def _vault_policy(evidence: Evidence) -> Iterator[Proof]:
    vault = evidence.snapshot.vault.value if evidence.snapshot.vault else None
    if vault is not None and not vault.sealed and not vault.unknown and not vault.refused and not vault.reads:
        yield Proof(("capabilities of MUTT's token on its secret: no read",))


def _vault_missing(evidence: Evidence) -> Iterator[Proof]:
    vault = evidence.snapshot.vault.value if evidence.snapshot.vault else None
    for name in vault.missing if vault is not None else ():
        yield Proof((f"{name} is not in MUTT's secret",), {"about": name})


def _vault_ends(evidence: Evidence) -> Iterator[Proof]:
    vault, check = evidence.snapshot.vault.value if evidence.snapshot.vault else None, evidence.bad("vault.token")
    if vault is None or check is None or vault.ttl_s is None:
        return
    usable = (
        not vault.sealed
        and vault.initialised
        and not vault.unknown
        and not vault.refused
        and vault.reads
        and not vault.missing
    )
    if usable:
        line = "mutt vault renew" if vault.renewable else "mutt vault rotate plan VAULT_TOKEN"
        yield Proof((check.message,), {"line": line}, graded(check))


CASES: Final = (
    Case(
        Cause(
            "vault-away",
            "vault",
            "Vault at {where} does not answer",
            "Services run on with the secrets they know; none can start.",
            steps("mutt vault status", "systemctl status vault   # on its host", "mutt moog test"),
            "critical",
            "security",
            ("vault.token",),
            source="TG:271-289, 1265-1280",
        ),
        _vault_away,
    ),
    Case(
        Cause(
            "vault-sealed",
            "vault",
            "Vault at {where} is sealed",
            "Services run on with the secrets they know; none can start.",
            steps("mutt vault status", "vault operator unseal   # with enough key shares, by those who hold them"),
            "critical",
            "security",
            ("vault.token",),
            source="TG:1240-1263",
        ),
        _vault_sealed,
    ),
    Case(
        Cause(
            "vault-refuses",
            "vault",
            "Vault does not accept MUTT's credential here",
            "No service could start with it; those that run go on.",
            steps("mutt vault token", "mutt vault rotate plan VAULT_TOKEN", "ls -l /etc/mutt/secrets"),
            "critical",
            "security",
            ("vault.token",),
            source="TG:1243-1252",
        ),
        _vault_refuses,
    ),
    Case(
        Cause(
            "vault-policy",
            "vault",
            "MUTT's token may not read MUTT's secret",
            "No service can start.",
            steps("mutt vault token"),
            "critical",
            "security",
            ("vault.token",),
            source="contradictions.md C-31",
        ),
        _vault_policy,
    ),
    Case(
        Cause(
            "vault-key-missing",
            "vault",
            "{about} is missing in Vault",
            "The services that need it cannot start; those that run go on with what they read.",
            steps("mutt vault status", "mutt vault set {about}"),
            "critical",
            "security",
            ("vault.token",),
            source="TG:259-269",
        ),
        _vault_missing,
    ),
    Case(
        Cause(
            "vault-token-ends",
            "vault",
            "MUTT's Vault token is about to end",
            "After that no service can start; those that run go on.",
            steps("{line}", "mutt vault token"),
            "critical",
            "security",
            ("vault.token",),
            source="TG:1243-1252",
        ),
        _vault_ends,
    ),
)
