"""Daemons and a real Vault that is sealed, forgets their token, or does not let them read."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests import plain_http, servers
from tests.stack import API_KEY, SECRETS, Stack, eventually, running_stack
from tests.vault_server import Server, unseal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer


@contextmanager
def own_vault(postgres: PostgresServer, folder: Path, **settings: str) -> Iterator[tuple[Stack, DevOpenBao, Server]]:
    """A stack whose Vault the test may seal; it is looked at every second."""
    with servers.openbao_server() as openbao:
        server = Server.on(openbao, folder)
        every_second = {"VAULT_RENEW_CHECK_INTERVAL": "1", **settings}
        with running_stack(postgres, openbao, **every_second) as stack:
            yield stack, openbao, server


def health(stack: Stack) -> tuple[int, Any]:
    answer = plain_http.get(f"{stack.ingest_url}/health")
    return answer.status_code, answer.json()["vault"]


def exit_of(stack: Stack, name: str, **settings: str) -> int:
    """Start a daemon that cannot start; its exit code."""
    daemon = stack.daemon(name, **settings)
    daemon.start()
    assert daemon.process is not None
    return daemon.process.wait(60)


def hang_up(stack: Stack, name: str) -> None:
    process = stack.daemons[name].process
    assert process is not None
    os.kill(process.pid, signal.SIGHUP)


def test_sealed_at_start_is_a_clear_error_and_sealed_later_is_survived(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with own_vault(postgres, tmp_path) as (stack, openbao, server):
        server.root.adapter.put("/v1/sys/seal")
        assert exit_of(stack, "ingestor", VAULT_STARTUP_TIMEOUT="1") == 69
        said = stack.log("ingestor")
        assert "waiting up to 1 s" in said
        assert "MUTT-V102" in said
        assert f"Vault at {openbao.address} is sealed or not initialised" in said
        assert '"why":"a sealed Vault gives out nothing' in said
        assert '"try":"vault status' in said

        stack.daemon("ingestor").start()  # waits, as systemd would start it again and again
        unseal(openbao)
        stack.wait_healthy("ingestor")
        stack.start("alerter", "forwarder")
        eventually(lambda: health(stack) == (200, "ok"), "Vault is well")

        before = stack.log("ingestor").count("Vault trouble MUTT-V102")
        server.root.adapter.put("/v1/sys/seal")
        eventually(lambda: health(stack) == (200, "error"), "health tells it and stays 200")
        event_id = stack.send({"source": "core-sw1", "message": "LINK down"})["event_id"]
        eventually(lambda: event_id in str(stack.simulator.mailbox.since(0, 10)), "events go on their way")
        hang_up(stack, "ingestor")
        eventually(lambda: "the secrets in memory stay" in stack.log("ingestor"), "SIGHUP is answered too")
        assert stack.log("ingestor").count("going on with the secrets in memory") == before + 1

        unseal(openbao)
        eventually(lambda: health(stack) == (200, "ok"), "it heals by itself")
        eventually(lambda: "can be used again" in stack.log("ingestor"), "and the log says so")


def test_a_revoked_token_is_told_and_a_new_one_in_its_file_is_read_on_sighup(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    file = tmp_path / "vault_secret_id"
    settings = {"VAULT_TOKEN": "", "VAULT_SECRET_ID_FILE": str(file)}
    with own_vault(postgres, tmp_path, **settings) as (stack, _, server):
        server.settings(token := server.token(ttl="2h"))
        stack.start("ingestor", "forwarder")
        server.root.auth.token.revoke(token)
        told = f"Vault trouble MUTT-V401: Vault at {server.address} does not accept the token from {file}"
        eventually(lambda: told in stack.log("ingestor"), "it is told")
        assert health(stack) == (200, "error")
        eventually(lambda: ttl(stack, "METRICS_PORT") == 0, "nothing is left of the token")
        assert stack.send({"m": 1})["event_id"]

        stack.daemons["ingestor"].stop()
        assert exit_of(stack, "ingestor") == 77  # at start nothing is in memory to go on with
        server.settings(server.token(ttl="2h"))
        stack.start("ingestor")
        eventually(lambda: health(stack) == (200, "ok"), "a start reads the file")
        eventually(lambda: 7000 < ttl(stack, "METRICS_PORT") <= 7200, "the new token's time is told")
        eventually(lambda: "can be used again" in stack.log("forwarder"), "who runs has found the file by itself")
        eventually(lambda: 7000 < ttl(stack, "MOOG_FORWARDER_METRICS_PORT") <= 7200, "by the forwarder too")


def test_sighup_reads_the_token_file_anew_long_before_the_next_look(postgres: PostgresServer, tmp_path: Path) -> None:
    file = tmp_path / "vault_secret_id"
    settings = {"VAULT_TOKEN": "", "VAULT_SECRET_ID_FILE": str(file), "VAULT_RENEW_CHECK_INTERVAL": "86400"}
    with own_vault(postgres, tmp_path, **settings) as (stack, _, server):
        server.settings(token := server.token(ttl="20h"))
        stack.start("forwarder")
        server.settings(server.token(ttl="30h"))
        server.root.auth.token.revoke(token)
        hang_up(stack, "forwarder")
        eventually(lambda: ttl(stack, "MOOG_FORWARDER_METRICS_PORT") > 80_000, "the new token is in use")
        assert "Vault trouble" not in stack.log("forwarder")


def test_an_approle_logs_in_again_when_its_token_was_revoked(postgres: PostgresServer, tmp_path: Path) -> None:
    with own_vault(postgres, tmp_path, VAULT_TOKEN="") as (stack, _, server):
        settings = server.approle("1h", "2h")
        stack.environment |= {"VAULT_ROLE_ID": settings.role_id, "VAULT_SECRET_ID_FILE": settings.secret_id_file}
        stack.start("ingestor", "alerter")
        eventually(lambda: logins(stack, "ingestor") == 2, "parent and worker have a token each")
        eventually(lambda: logins(stack, "alerter") == 3, "and the historian")
        server.root.adapter.put("/v1/sys/leases/revoke-prefix/auth/approle/login")
        eventually(lambda: logins(stack, "alerter") == 5, "worker and historian log in again")
        eventually(lambda: logins(stack, "ingestor") == 3, "the ingestor's worker logs in again")
        assert "Vault trouble" not in stack.log("alerter") + stack.log("ingestor")
        assert health(stack) == (200, "ok")


def logins(stack: Stack, name: str) -> int:
    return stack.log(name).count("Vault login with the secret id")


def test_a_policy_that_denies_the_secret_ends_the_start_with_what_it_lacks(
    postgres: PostgresServer, openbao: DevOpenBao, tmp_path: Path
) -> None:
    token = Server.on(openbao, tmp_path).token("default")
    with running_stack(postgres, openbao, VAULT_TOKEN=token) as stack:
        assert exit_of(stack, "alerter") == 77
        assert "MUTT-V403" in stack.log("alerter")
        assert "the capability read on secret/data/mutt/prod" in stack.log("alerter")
        assert token not in stack.log("alerter")


@pytest.mark.parametrize(
    ("service", "missing"),
    [("ingestor", ["INGEST_API_KEY"]), ("webui", ["WEBUI_API_KEY", "DB_PASS"])],
)
def test_all_secrets_that_a_service_lacks_are_named_at_once(
    postgres: PostgresServer, openbao: DevOpenBao, tmp_path: Path, service: str, missing: list[str]
) -> None:
    server = Server.on(openbao, tmp_path)
    left = {name: value for name, value in SECRETS.items() if name not in missing}
    server.root.secrets.kv.v2.create_or_update_secret("mutt/lacking", secret=left)
    with running_stack(postgres, openbao, VAULT_SECRET_PATH="mutt/lacking") as stack:
        assert exit_of(stack, service) == 78
        said = "; ".join(f"Required secret {name} not found in Vault" for name in missing)
        assert said in stack.log(service)
        assert API_KEY not in stack.log(service)


def ttl(stack: Stack, port: str) -> float:
    """What the metrics say of the token's time left."""
    text = plain_http.get(f"http://127.0.0.1:{stack.ports[port]}/metrics").text
    line = next(line for line in text.splitlines() if line.startswith("mutt_vault_token_ttl_seconds "))
    return float(line.split()[1])
