"""Faults of Vault that no healthy server makes: each ends in a bounded time with a clear error, at start and later."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.vault import VaultSession
from mutt_cli.settings import Vault
from tests.vault_server import trouble_of, wait_for
from tests.vault_stub import Stub, stub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAULTS = {
    "hang": "does not answer (ReadTimeout)",
    "429": "HTTP 429",
    "500": "HTTP 500",
    "502": "HTTP 502",
    "472": "HTTP 472",
    "text": "not what its API promises",
    "list": "not what its API promises",
    "wrong types": "not what its API promises",
    "cut": "the answer broke off",
    "reset": "",
    "hang in the body": "does not answer (ConnectionError)",
}
HEALTHY_ON_HEALTH = {"429", "text", "list", "wrong types", "cut", "reset", "hang in the body"}
"""On sys/health 429 is an answer, and HEAD has no body that could break."""


@pytest.fixture
def vault() -> Iterator[Stub]:
    with stub() as made:
        yield made


def session_on(vault: Stub, folder: Path, role_id: str = "") -> VaultSession:
    path = folder / "credential"
    path.write_text("s.hunter2")
    settings = Vault(
        addr=vault.address, secret_id_file=str(path), startup_timeout=0, renew_check_interval=1, role_id=role_id
    )
    return VaultSession(settings)


@pytest.mark.parametrize("role_id", ["", "role"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_start_ends_with_a_clear_error(vault: Stub, tmp_path: Path, fault: str, role_id: str) -> None:
    vault.fault = fault
    session = session_on(vault, tmp_path, role_id)
    error = trouble_of(lambda: session.read_secrets(["DB_PASS"]))
    assert error.code == "MUTT-V101"
    assert FAULTS[fault] in error.message
    assert vault.address in error.message
    assert error.message.isprintable()
    assert error.why
    assert error.tries
    assert "hunter2" not in repr(error)
    assert session.health == "error"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_running_session_tells_it_once_goes_on_and_heals(
    vault: Stub, tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="mutt.vault")
    session = session_on(vault, tmp_path)
    assert session.read_secrets(["DB_PASS"]).current("DB_PASS") == "hunter2"
    looks: list[str] = []
    stop = threading.Event()
    thread = threading.Thread(target=session.keep_alive, args=(stop, lambda: looks.append(session.health)))
    thread.start()
    try:
        vault.fault = fault
        wait_for(lambda: looks[-2:] == ["error", "error"], 30)
        assert trouble_of(lambda: session.read_again(["DB_PASS"])).code == "MUTT-V101"
        vault.fault = ""
        wait_for(lambda: looks[-1] == "ok", 30)
        wait_for(lambda: "can be used again" in caplog.text)
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    assert caplog.text.count("Vault trouble MUTT-V101") == 1
    assert session.read_again(["DB_PASS"]).current("DB_PASS") == "hunter2"


@pytest.mark.parametrize("status", ["429", "473", "200"])
def test_a_standby_is_an_answer_on_health(vault: Stub, tmp_path: Path, status: str) -> None:
    vault.fault = status
    session_on(vault, tmp_path).check_health()


@pytest.mark.parametrize(("status", "code"), [("472", "MUTT-V101"), ("501", "MUTT-V102"), ("503", "MUTT-V102")])
def test_what_cannot_be_used_is_none(vault: Stub, tmp_path: Path, status: str, code: str) -> None:
    vault.fault = status
    session = session_on(vault, tmp_path)
    assert trouble_of(session.check_health).code == code
    assert session.health == "error"
