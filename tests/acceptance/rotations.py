"""A secret that Vault holds for one deployment, and its rotation by command, for tests of rotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hvac

from tests.acceptance.moogsoft import send
from tests.stack import SECRETS, Stack, eventually, received_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.engines.openbao import DevOpenBao

PATH = "mutt/rotating"
QUICK = {"RETRY_INITIAL_DELAY": "0.2", "RETRY_MAX_DELAY": "0.5", "VAULT_SECRET_PATH": PATH}


def put(openbao: DevOpenBao, **secrets: str) -> None:
    """What Vault holds from now on, beside the keys of the stack."""
    vault = hvac.Client(url=openbao.address, token=openbao.root_token)
    others = {name: value for name, value in SECRETS.items() if name not in {"DB_PASS", "MOOG_API_KEY"}}
    chosen = {"DB_PASS": "unused", "MOOG_API_KEY": "moog-key"} | secrets
    stored = others | {name: value for name, value in chosen.items() if value}
    vault.secrets.kv.v2.create_or_update_secret(path=PATH, secret=stored)


def arrives(stack: Stack, number: int, *, repeated: bool = False) -> None:
    """An event goes all the way. `repeated`: its sender meets a 503 first, as without `_NEXT`, and sends it again."""

    def sent() -> list[str]:
        try:
            return send(stack, number, 1)
        except AssertionError:
            if not repeated:
                raise
            return []

    (event_id,) = eventually(sent, f"event {number} is accepted")
    eventually(lambda: event_id in received_ids(stack), f"event {number} arrives: {stack.log('forwarder')[-600:]}", 60)


def rotated(stack: Stack, secret: str, value: str, between: Callable[[str], None]) -> None:
    """All three steps by command; `between` looks at the world after each."""
    words = ("vault", "rotate")
    for verb, more in (("stage", ("--file", "-")), ("promote", ()), ("finish", ("--confirm", secret))):
        done = stack.mutt(*words, verb, secret, *more, stdin=value.encode() if verb == "stage" else b"")
        assert done.returncode == 0, f"{verb}: {done.stdout}{done.stderr}"
        assert value not in done.stdout + done.stderr
        between(verb)
    for name in stack.daemons:
        assert value not in stack.log(name)
