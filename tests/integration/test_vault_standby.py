"""Two Vault servers that stand by for each other, and a client that knows the standby."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.vault import VaultSession
from mutt_cli.core.lease import Step
from mutt_cli.errors import AuthError
from tests.vault_nodes import Node, nodes
from tests.vault_server import Server, trouble_of, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Node, Node, Server]]:
    """The leader, the standby, and MUTT's secret in them; settings point at the standby."""
    with nodes() as maker:
        leader, standby = maker.node(), maker.node()
        leader.start()
        server = Server(leader.initialise(), tmp_path)
        standby.start(leader)
        wait_for(lambda: standby.health() == 429, 60)
        server.address = standby.address
        yield leader, standby, server


def test_a_standby_is_as_good_as_its_leader(pair: tuple[Node, Node, Server]) -> None:
    _, standby, server = pair
    session = VaultSession(server.settings(server.token()))
    wait_for(lambda: opens(session))
    assert session.read_secrets(["DB_PASS"]).current("DB_PASS") == "hunter2"
    assert session.tend() is Step.NOTHING
    assert standby.health() == 429
    session.check_health()
    assert session.health == "ok"


def test_the_death_of_the_leader_is_waited_out(
    pair: tuple[Node, Node, Server], caplog: pytest.LogCaptureFixture
) -> None:
    """A standby reads by itself; logging in and renewing are its leader's."""
    caplog.set_level(logging.INFO, logger="mutt.vault")
    leader, standby, server = pair
    settings = server.approle("4s", "1h", addr=standby.address, renew_check_interval=1)
    session = VaultSession(settings)
    wait_for(lambda: opens(session))
    stop = threading.Event()
    thread = threading.Thread(target=session.keep_alive, args=(stop,))
    thread.start()
    try:
        leader.kill()
        wait_for(lambda: "Vault trouble MUTT-V101" in caplog.text, 60)
        error = trouble_of(VaultSession(settings).open)
        assert error.message.startswith(f"Vault at {standby.address} stands by for {leader.address}, which does not")
        assert error.code == "MUTT-V101"
        leader.start()
        wait_for(lambda: "can be used again" in caplog.text, 60)
        wait_for(lambda: session.health == "ok")
        assert session.read_again(["DB_PASS"]).current("DB_PASS") == "hunter2"
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def opens(session: VaultSession) -> bool:
    """A credential made at the leader a moment ago may not be known to the standby yet."""
    try:
        session.login()
    except AuthError:
        return False
    return True
