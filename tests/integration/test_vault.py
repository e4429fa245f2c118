"""The Vault session against a real server with Vault's API: login, secrets, renewal, trouble."""

from __future__ import annotations

import logging
import math
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.engines.openbao import DevOpenBao
from mutt_cli.adapters.vault import VaultSession
from mutt_cli.adapters.vault_credential import find_credential
from mutt_cli.core.lease import Step
from mutt_cli.errors import MuttError
from mutt_cli.settings import Vault
from tests import servers
from tests.vault_server import POLICY, STORED, Server, trouble_of, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOK_AT_ITSELF = '\npath "auth/token/lookup-self" { capabilities = ["read"] }'


@pytest.fixture
def server(openbao: DevOpenBao, tmp_path: Path) -> Server:
    return Server.on(openbao, tmp_path)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[tuple[Server, DevOpenBao]]:
    """A server that may be sealed or stopped."""
    with servers.openbao_server() as started:
        yield Server.on(started, tmp_path), started


def test_a_token_from_the_file_reads_the_secrets(server: Server) -> None:
    session = VaultSession(server.settings(server.token()))
    secrets = session.read_secrets(["INGEST_API_KEY", "DB_PASS"])
    assert secrets.accepted("INGEST_API_KEY") == ("key-1", "key-2")
    assert secrets.current("DB_PASS") == "hunter2"
    assert session.health == "ok"
    assert session.token_ttl_s is not None


def test_an_approle_logs_in_with_the_secret_id_from_the_file(server: Server) -> None:
    session = VaultSession(server.approle("1h", "2h"))
    assert session.read_secrets(["DB_PASS"]).current("DB_PASS") == "hunter2"
    assert session.token_ttl_s == pytest.approx(3600, abs=10)


def test_the_token_variable_overrides_the_file(server: Server) -> None:
    session = VaultSession(server.settings("s.wrong", token=server.token()))
    assert session.read_secrets([]).names == tuple(sorted(STORED))


def test_the_token_variable_overrides_an_approle(server: Server) -> None:
    session = VaultSession(server.approle("1h", "1h", token=server.token(ttl="5h")))
    session.open()
    assert session.token_ttl_s == pytest.approx(18_000, abs=10)


def test_a_root_token_never_ends(server: Server) -> None:
    session = VaultSession(server.settings(str(server.root.token)))
    assert session.token_left_s == 0
    session.open()
    assert session.token_ttl_s is None
    assert session.token_left_s == math.inf
    assert session.tend() is Step.NOTHING


def mount_of_version_1(server: Server) -> None:
    if "kv1/" not in server.root.adapter.get("/v1/sys/mounts")["data"]:
        server.root.sys.enable_secrets_engine("kv", path="kv1", options={"version": "1"})
    server.root.secrets.kv.v1.create_or_update_secret("mutt/prod", secret={"DB_PASS": "v1"}, mount_point="kv1")


def test_a_version_1_engine_is_found_out(server: Server) -> None:
    mount_of_version_1(server)
    session = VaultSession(server.settings(server.token(), mount_path="kv1"))
    assert session.read_secrets(["DB_PASS"]).current("DB_PASS") == "v1"


def test_all_missing_secrets_are_named_with_the_documented_words(server: Server) -> None:
    session = VaultSession(server.settings(server.token()))
    error = trouble_of(lambda: session.read_secrets(["MOOG_API_KEY", "DB_PASS", "WEBUI_API_KEY"]))
    assert error.code == "MUTT-V106"
    assert error.message == (
        "Required secret MOOG_API_KEY not found in Vault; Required secret WEBUI_API_KEY not found in Vault"
    )
    assert "hunter2" not in repr(error)


def test_a_path_without_a_secret_is_named(server: Server) -> None:
    session = VaultSession(server.settings(str(server.root.token), secret_path="mutt/none"))
    error = trouble_of(lambda: session.read_secrets([]))
    assert error.code == "MUTT-V404"
    assert "secret/mutt/none" in error.message


def test_a_deleted_secret_is_no_secret(server: Server) -> None:
    server.root.secrets.kv.v2.create_or_update_secret("mutt/gone", secret={"DB_PASS": "x"})
    server.root.secrets.kv.v2.delete_latest_version_of_secret("mutt/gone")
    session = VaultSession(server.settings(str(server.root.token), secret_path="mutt/gone"))
    assert trouble_of(lambda: session.read_secrets([])).code == "MUTT-V404"


def test_a_policy_that_forbids_the_path_is_told_with_what_it_lacks(server: Server) -> None:
    session = VaultSession(server.settings(server.token("default")))
    error = trouble_of(lambda: session.read_secrets([]))
    assert error.code == "MUTT-V403"
    assert "does not let MUTT read secret/mutt/prod" in error.message
    assert "the capability read on secret/data/mutt/prod" in error.message
    assert "vault token capabilities secret/data/mutt/prod" in error.tries
    assert "hvac.exceptions.Forbidden: permission denied" in error.why
    assert session.health == "ok"


def test_a_policy_that_names_the_path_as_the_command_line_does_is_told_the_right_one(server: Server) -> None:
    policy = 'path "secret/mutt/prod" { capabilities = ["read"] }'  # TG:1602 on version 2 of the engine
    server.root.sys.create_or_update_policy("cli-form", policy)
    error = trouble_of(lambda: VaultSession(server.settings(server.token("cli-form"))).read_secrets([]))
    assert error.message.endswith("the capability read on secret/data/mutt/prod")


def test_a_version_1_engine_is_read_by_a_token_that_may_see_nothing_else(server: Server) -> None:
    mount_of_version_1(server)
    policy = 'path "kv1/mutt/prod" { capabilities = ["read"] }'
    server.root.sys.create_or_update_policy("kv1-only", policy + LOOK_AT_ITSELF)
    token = server.token("kv1-only", no_default_policy=True)
    session = VaultSession(server.settings(token, mount_path="kv1"))
    assert session.read_secrets(["DB_PASS"]).current("DB_PASS") == "v1"


@pytest.mark.parametrize("role_id", ["", "no-such-role"])
def test_a_wrong_credential_is_refused_at_once_and_not_shown(server: Server, role_id: str) -> None:
    server.approle("1h", "1h")
    session = VaultSession(server.settings("s.hunter2", role_id=role_id, startup_timeout=60))
    error = trouble_of(session.open)
    assert error.code == "MUTT-V401"
    assert "vault_secret_id" in error.message
    assert "hunter2" not in repr(error) + repr(error.__cause__) + repr(session)
    assert session.health == "error"


def test_without_any_credential_the_places_looked_at_are_named(tmp_path: Path) -> None:
    error = trouble_of(lambda: find_credential(Vault(secret_id_file=str(tmp_path / "absent"))))
    assert error.code == "MUTT-V105"
    assert str(tmp_path / "absent") in error.message
    assert "/etc/mutt/secrets/vault_secret_id" in error.message


def test_a_credential_does_not_show_itself(server: Server) -> None:
    assert "hunter2" not in repr(find_credential(server.settings("hunter2")))


def test_a_token_that_is_due_is_renewed(server: Server) -> None:
    session = VaultSession(server.settings(server.token(ttl="4s", explicit_max_ttl="1h")))
    session.open()
    wait_for(lambda: session.tend() is Step.RENEW)
    assert (session.token_ttl_s or 0) > 2.5


def test_a_token_at_the_end_of_its_life_is_not_renewed_over_and_over(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    session = VaultSession(server.settings(server.token(ttl="3s", explicit_max_ttl="4s")))
    session.open()
    steps: list[Step] = []
    codes: list[str] = []

    def ended() -> bool:
        try:
            steps.append(session.tend())
        except MuttError as error:
            codes.append(error.code)
        return bool(codes)

    wait_for(ended)
    assert Step.RENEW in steps
    assert Step.RENEW not in steps[steps.index(Step.LOGIN) :]
    assert codes == ["MUTT-V401"]
    assert session.health == "error"
    assert caplog.text.count("write a new one to its file") == 1


def test_a_token_that_may_not_renew_itself_is_warned_of_in_time(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.root.sys.create_or_update_policy("no-renewal", POLICY + LOOK_AT_ITSELF)
    session = VaultSession(server.settings(server.token("no-renewal", no_default_policy=True, ttl="2s")))
    session.open()
    wait_for(lambda: session.tend() is Step.LOGIN)
    assert "write a new one to its file" in caplog.text


def test_a_token_by_hand_learns_eight_days_before_its_end_that_it_cannot_live_on(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    session = VaultSession(server.settings(server.token(ttl="167h", explicit_max_ttl="167h")))
    session.open()
    session._lease = replace(session._lease, granted_s=720 * 3600.0, asked_s=720 * 3600.0)  # as SO:1699 makes it
    assert session.tend() is Step.RENEW
    assert "ends for good in 7.0 days" in caplog.text


def test_an_expired_approle_token_is_replaced(server: Server) -> None:
    session = VaultSession(server.approle("1s", "1s"))
    session.open()
    wait_for(lambda: session.token_ttl_s == 0.0)
    assert session.tend() is Step.LOGIN
    assert session.read_secrets([]).current("DB_PASS") == "hunter2"


def test_reading_with_a_token_that_ran_out_logs_in_again(server: Server) -> None:
    session = VaultSession(server.settings(token := server.token()))
    session.open()
    server.root.auth.token.revoke(token)
    server.settings(server.token())
    assert session.read_secrets([]).current("DB_PASS") == "hunter2"


def test_a_new_token_in_the_file_counts_without_a_restart(server: Server) -> None:
    session = VaultSession(server.settings(token := server.token()))
    session.open()
    server.root.auth.token.revoke(token)
    server.settings(server.token(ttl="5h"))
    assert session.tend() is Step.LOGIN
    assert session.token_ttl_s == pytest.approx(18_000, abs=10)


def test_a_session_stays_alive_past_the_longest_life_of_its_tokens(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="mutt.vault")
    session = VaultSession(server.approle("2s", "3s"))
    session.open()
    stop = threading.Event()
    thread = threading.Thread(target=session.keep_alive, args=(stop,))
    thread.start()
    try:
        wait_for(lambda: caplog.text.count("Vault login") >= 3)
        assert (session.token_ttl_s or 0) > 0
        assert session.read_secrets([]).current("DB_PASS") == "hunter2"
    finally:
        stop.set()
        thread.join(10)
    assert "Vault token renewed" in caplog.text
    assert "Vault trouble" not in caplog.text
    assert not thread.is_alive()


def test_a_sealed_vault_is_told_from_an_absent_one(own_server: tuple[Server, DevOpenBao]) -> None:
    server, process = own_server
    session = VaultSession(server.settings(server.token()))
    session.read_secrets([])
    server.root.adapter.put("/v1/sys/seal")
    assert trouble_of(session.check_health).code == "MUTT-V102"
    assert session.health == "error"
    assert trouble_of(VaultSession(server.settings("t")).open).code == "MUTT-V102"
    process.stop()
    assert trouble_of(session.check_health).code == "MUTT-V101"
    error = trouble_of(VaultSession(server.settings("t")).open)
    assert error.code == "MUTT-V101"
    assert server.address in error.message


def test_a_start_waits_for_a_vault_that_comes_later(tmp_path: Path) -> None:
    with servers.short_folder() as folder:
        process = DevOpenBao(servers.free_port(), folder / "log", servers.run_identity(), "root-token")
        path = tmp_path / "credential"
        path.write_text("root-token")
        session = VaultSession(Vault(addr=process.address, secret_id_file=str(path), startup_timeout=60))
        thread = threading.Thread(target=session.open)
        thread.start()
        with servers.running(process):
            thread.join(30)
            assert session.health == "ok"


def test_a_stop_ends_the_waiting(tmp_path: Path) -> None:
    path = tmp_path / "credential"
    path.write_text("t")
    address = f"http://127.0.0.1:{servers.free_port()}"
    session = VaultSession(Vault(addr=address, secret_id_file=str(path), startup_timeout=3600))
    stop = threading.Event()
    stop.set()
    assert trouble_of(lambda: session.open(stop)).code == "MUTT-V101"


class CountingSession(VaultSession):
    """Counts how often it looked."""

    looks = 0

    def check_health(self) -> None:
        self.looks += 1
        super().check_health()


def test_a_running_session_tells_trouble_once_and_recovers(
    own_server: tuple[Server, DevOpenBao], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="mutt.vault")
    server, process = own_server
    session = CountingSession(server.settings(str(server.root.token), renew_check_interval=1))
    session.open()
    process.stop()
    stop = threading.Event()
    thread = threading.Thread(target=session.keep_alive, args=(stop,))
    thread.start()
    try:
        wait_for(lambda: "Vault trouble MUTT-V101" in caplog.text)
        assert session.health == "error"
        told_after = session.looks
        wait_for(lambda: session.looks > told_after + 1)
        process.start()
        wait_for(lambda: "can be used again" in caplog.text)
        assert session.health == "ok"
    finally:
        stop.set()
        thread.join(10)
    assert caplog.text.count("Vault trouble") == 1


class _Page(BaseHTTPRequestHandler):
    """Something at the address that is no Vault."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>\x1b[31mhello</html>")

    def log_message(self, *_: object) -> None:
        """Be quiet."""


def test_something_else_at_the_address_is_told(tmp_path: Path) -> None:
    path = tmp_path / "credential"
    path.write_text("t")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as page:
        threading.Thread(target=page.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{page.server_address[1]}"
        session = VaultSession(Vault(addr=address, secret_id_file=str(path), startup_timeout=0))
        error = trouble_of(session.open)
        page.shutdown()
    assert error.code == "MUTT-V101"
    assert error.message.isprintable()
