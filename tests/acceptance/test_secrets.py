"""A key that was changed in Vault is used after SIGHUP, without a restart and without refusing anybody in between."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import hvac
import pytest

from tests import plain_http
from tests.stack import API_KEY, SECRETS, Stack, eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

PATH = "mutt/rotation"


def put(openbao: DevOpenBao, **secrets: str) -> None:
    vault = hvac.Client(url=openbao.address, token=openbao.root_token)
    vault.secrets.kv.v2.create_or_update_secret(path=PATH, secret=SECRETS | secrets)


@pytest.fixture
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    put(openbao)
    with running_stack(postgres, openbao, VAULT_SECRET_PATH=PATH) as made:
        made.start("ingestor")
        yield made


def status(stack: Stack, key: str) -> int:
    return plain_http.post(f"{stack.ingest_url}/ingest", json={"m": 1}, headers={"X-API-Key": key}).status_code


def test_new_ingest_key_is_accepted_after_sighup_beside_the_old_one(stack: Stack, openbao: DevOpenBao) -> None:
    assert (status(stack, API_KEY), status(stack, "next-key")) == (200, 401)
    put(openbao, INGEST_API_KEY_NEXT="next-key")
    process = stack.daemons["ingestor"].process
    assert process is not None
    os.kill(process.pid, signal.SIGHUP)
    eventually(lambda: status(stack, "next-key") == 200, "the new key is accepted")
    assert status(stack, API_KEY) == 200


def test_key_that_vault_lost_stays_in_use(stack: Stack, openbao: DevOpenBao) -> None:
    put(openbao, INGEST_API_KEY="")
    process = stack.daemons["ingestor"].process
    assert process is not None
    os.kill(process.pid, signal.SIGHUP)
    eventually(lambda: "secrets in memory stay" in stack.log("ingestor"), "the refusal is told")
    assert status(stack, API_KEY) == 200


def test_worker_that_takes_the_place_of_a_dead_one_has_the_keys_of_now(stack: Stack, openbao: DevOpenBao) -> None:
    put(openbao, INGEST_API_KEY_NEXT="next-key")
    process = stack.daemons["ingestor"].process
    assert process is not None
    assert status(stack, "next-key") == 401
    for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    eventually(
        lambda: stack.log("ingestor").count("SIGKILL; starting it again") == 2,
        "worker and exporter are replaced",
    )
    eventually(lambda: status(stack, "next-key") == 200, "the new worker knows the new key")
