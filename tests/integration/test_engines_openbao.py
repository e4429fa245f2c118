"""The lasting OpenBao: made once, unsealed by itself, its secrets kept and never replaced."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.engines.engine import EngineError
from mutt_cli.adapters.engines.processes import alive, wait_until
from mutt_cli.adapters.engines.vault_setup import GENERATED, VaultSetup
from tests.servers import lasting_openbao, run_identity, short_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ME = run_identity()


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as path:
        yield path


def test_secrets_survive_a_killed_server_and_are_not_made_anew(folder: Path) -> None:
    with lasting_openbao(folder, ME) as server, VaultSetup(server.address, server.root_token) as setup:
        role_id = setup.ensure_role()
        secret_id = setup.new_secret_id()
        first = setup.ensure_secrets()
        assert server.child is not None
        os.kill(server.child.pid, signal.SIGKILL)
    with lasting_openbao(folder, ME) as server, VaultSetup(server.address, server.root_token) as setup:
        assert setup.ensure_role() == role_id
        assert setup.accepts(role_id, secret_id)
        assert setup.ensure_secrets() == first
        assert set(first) == set(GENERATED)


def test_a_secret_that_is_there_stays_when_a_new_one_is_made(folder: Path) -> None:
    with lasting_openbao(folder, ME) as server, VaultSetup(server.address, server.root_token) as setup:
        setup.ensure_role()
        first = setup.ensure_secrets(["INGEST_API_KEY"])
        second = setup.ensure_secrets(["INGEST_API_KEY", "MOOG_API_KEY"])
        assert second["INGEST_API_KEY"] == first["INGEST_API_KEY"]
        assert len(second) == 2
        assert setup.ensure_secrets(["INGEST_API_KEY"]) == second


def test_initialisation_that_was_cut_short_begins_again(folder: Path) -> None:
    with lasting_openbao(folder, ME) as server:
        root_file = server.keys / "openbao-root.json"
    root_file.write_bytes(b"")
    with lasting_openbao(folder, ME) as server, VaultSetup(server.address, server.root_token) as setup:
        setup.ensure_role()


def test_a_lost_root_token_never_costs_the_secrets(folder: Path) -> None:
    with lasting_openbao(folder, ME) as server:
        root_file = server.keys / "openbao-root.json"
    root_file.unlink()
    kept = sorted((folder / "data").rglob("*"))
    with pytest.raises(EngineError, match="is gone"), lasting_openbao(folder, ME):
        pass
    assert sorted((folder / "data").rglob("*")) == kept


def test_a_second_start_ends_the_leftover_of_the_first(folder: Path) -> None:
    with lasting_openbao(folder, ME) as first:
        assert first.child is not None
        left = first.child.pid
        with lasting_openbao(folder, ME):
            assert wait_until(lambda: not alive(left), 5)
