"""Vault that is sealed, silent or empty, and credentials that it does not know, or not for long."""

from __future__ import annotations

import os
import re
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import hvac

from tests.faults.lab.fault import fault, well
from tests.stack import SECRETS, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack import Stack


def _root(stack: Stack) -> hvac.Client:
    return hvac.Client(url=stack.openbao.address, token=stack.openbao.root_token)


@fault("vault-key-missing:MOOG_API_KEY", "vault.token", "critical")
def a_key_is_missing_in_vault(stack: Stack) -> Iterator[None]:
    known = {name: text for name, text in SECRETS.items() if name != "MOOG_API_KEY"}
    _root(stack).secrets.kv.v2.create_or_update_secret("mutt/prod", known)
    yield
    done = stack.mutt("vault", "set", "MOOG_API_KEY", "--file", "-", stdin=SECRETS["MOOG_API_KEY"].encode())
    assert done.returncode == 0, done.stderr


@fault("vault-sealed", "vault.token", "critical", how="advise")
def vault_is_sealed(stack: Stack) -> Iterator[None]:
    told = eventually(lambda: re.search(r"Unseal Key: (\S+)", stack.openbao.log.read_text()), "its key is told")
    client = _root(stack)
    client.sys.seal()  # type: ignore[no-untyped-call]
    yield
    client.sys.submit_unseal_key(told[1])
    eventually(lambda: client.sys.read_health_status(method="GET")["sealed"] is False, "it is open")


@fault("vault-away", "vault.token", "critical", how="advise")
def vault_stands_still(stack: Stack) -> Iterator[None]:
    assert stack.openbao.child is not None
    os.kill(stack.openbao.child.pid, signal.SIGSTOP)
    yield
    os.kill(stack.openbao.child.pid, signal.SIGCONT)


@contextmanager
def _with_token(stack: Stack, token: str) -> Iterator[None]:
    """Whoever starts now has this token; those that run have theirs."""
    file = stack.folder / "mutt.env"
    before = file.read_text()
    file.write_text(re.sub(r"(?m)^VAULT_TOKEN=.*$", f"VAULT_TOKEN={token}", before))
    try:
        yield
    finally:
        file.write_text(before)


def _token(stack: Stack, **wishes: Any) -> str:
    made: str = _root(stack).auth.token.create(**wishes)["auth"]["client_token"]
    return made


@fault("vault-token-ends", "vault.token", "critical")
def the_token_of_vault_is_about_to_end(stack: Stack) -> Iterator[None]:
    """Of an hour, by its role; a renewal brings what the role says by then."""
    client = _root(stack)
    client.sys.create_or_update_policy("lab", 'path "secret/*" { capabilities = ["read", "list", "update"] }')
    client.auth.token.create_or_update_role("lab", allowed_policies="lab", token_period="1h")
    token = client.auth.token.create(role_name="lab")["auth"]["client_token"]
    client.auth.token.create_or_update_role("lab", allowed_policies="lab", token_period="200h")
    with _with_token(stack, token):
        yield
        done = stack.mutt("vault", "renew", "--reason", "lab")
        assert done.returncode == 0, done.stderr
        well(stack, "vault.token")


@fault("vault-policy", "vault.token", "critical", how="advise")
def the_token_of_vault_may_read_nothing(stack: Stack) -> Iterator[None]:
    with _with_token(stack, _token(stack, policies=["default"], ttl="200h")):
        yield


@fault("vault-refuses", "vault.token", "critical", how="advise")
def the_token_of_vault_was_revoked(stack: Stack) -> Iterator[None]:
    token = _token(stack, policies=["root"], ttl="200h")
    _root(stack).auth.token.revoke(token)
    with _with_token(stack, token):
        yield
