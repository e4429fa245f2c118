"""What `mutt up` has made: its settings, secrets, ports, accounts and schema, and what it says of itself."""

from __future__ import annotations

import json
import os
import signal
import socket
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis

from mutt_cli.adapters.engines.processes import arguments
from mutt_cli.adapters.engines.vault_setup import VaultSetup
from mutt_cli.ops import platform as ops
from mutt_cli.ops.platform.layout import holder
from tests.integration.platforms import (
    environment,
    gone_within,
    processes_of,
    settings_of,
    start,
    up,
)
from tests.servers import run_identity

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey


def test_taken_port_is_named_and_nothing_is_started(state: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        platform = start(state, "simulator", "fixed", {"SIMULATOR_PORT": str(port), "VAULT_ADDR": "http://127.0.0.1:1"})
        error = platform.until("ERROR")
    assert error[1] == "MUTT-E111"
    assert f"{port} (SIMULATOR_PORT)" in error[2]
    assert platform.process.wait(10) == 1
    assert platform.steps("start") == []


def test_configured_redis_is_used_instead_of_an_embedded_one(state: Path, valkey: Valkey) -> None:
    with up(state, more={"REDIS_SOCKET": str(valkey.socket)}) as platform:
        assert platform.settings()["REDIS_SOCKET"] == str(valkey.socket)
        assert not any("valkey-server" in word for pid in processes_of(state) for word in arguments(pid))
        assert any(line[0] == "redis" and "configured" in line[2] for line in platform.lines)


def test_platform_is_described_while_it_is_up_and_not_after(state: Path) -> None:
    with up(state) as platform:
        found = ops.running(environment(state))
        assert found is not None
        assert found.pid == platform.process.pid
        assert found.env_file == str(state / "mutt.env")
        stopped = ops.down(environment(state))
        assert stopped.outcome == "stopped"
        assert ops.running(environment(state)) is None
        assert ops.down(environment(state)).outcome == "not_running"


def test_files_with_keys_are_closed_and_belong_to_who_reads_them(state: Path) -> None:
    with up(state):
        pass
    account, ours = run_identity().uid, os.geteuid()
    expected = {
        "vault_secret_id": (account, 0o600),
        "etc/openbao-root.json": (ours, 0o600),
        "etc/openbao-seal.key": (account, 0o600),
        "mutt.env": (ours, 0o640 if ours == 0 else 0o600),
        "postgres": (account, 0o700),
        "run": (account, 0o700),
    }
    found = {name: ((state / name).stat().st_uid, (state / name).stat().st_mode & 0o777) for name in expected}
    assert found == expected


def test_no_generated_secret_is_in_the_settings_or_a_log(state: Path) -> None:
    with up(state, "simulator,ingestor") as platform:
        address = settings_of(state)["VAULT_ADDR"]
        token = json.loads((state / "etc" / "openbao-root.json").read_text())["root_token"]
        with VaultSetup(address, token) as setup:
            secrets = [*setup.ensure_secrets().values(), token, (state / "vault_secret_id").read_text().strip()]
        assert platform.finish() == 0
    readable = [state / "mutt.env", state / "etc" / "openbao.hcl", *(state / "log").iterdir()]
    found = [path.name for path in readable for secret in secrets if secret in path.read_text(errors="replace")]
    assert found == []


def test_schema_and_sample_rules_are_there_for_mutt_user(state: Path) -> None:
    with up(state) as platform:
        settings = platform.settings()
        where = f"host={settings['POSTGRES_HOST']} port={settings['POSTGRES_PORT']} dbname=mutt user=mutt_user"
        with psycopg.connect(where) as conn:
            rules = conn.execute("SELECT count(*) FROM alert_rules").fetchone()
    assert rules == (8,)


def test_tcp_opens_both_stores_on_loopback_and_the_database_asks_for_its_password(state: Path) -> None:
    with up(state, words=("--tcp",)):
        found, token = ops.running(environment(state)), json.loads((state / "etc" / "openbao-root.json").read_text())
        assert found is not None
        assert redis.Redis(port=found.ports["REDIS_PORT"]).ping()
        with VaultSetup(settings_of(state)["VAULT_ADDR"], token["root_token"]) as setup:
            password = setup.ensure_secrets()["DB_PASS"]
        where = f"host=127.0.0.1 port={found.ports['POSTGRES_PORT']} dbname=mutt user=mutt_user"
        with psycopg.connect(where, password=password) as conn:
            assert conn.execute("SELECT current_user").fetchone() == ("mutt_user",)
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(where)


def test_a_stop_while_starting_ends_what_was_started(state: Path) -> None:
    platform = start(state, "simulator,ingestor,alerter,forwarder")
    platform.until("db", "start")
    assert platform.finish(signal.SIGINT) == 0
    assert gone_within(state, 1)
    assert "READY" not in platform.steps("ok")


def test_long_state_folder_gets_short_sockets(state: Path) -> None:
    deep = state / ("d" * 60) / ("e" * 60)
    deep.parent.mkdir(parents=True)
    for folder in (state, deep.parent):
        folder.chmod(0o755)
    with up(deep) as platform:
        assert len(platform.settings()["REDIS_SOCKET"]) < 108
        with psycopg.connect(f"host={platform.settings()['POSTGRES_HOST']} dbname=mutt user=mutt_user") as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)


def test_started_at_is_recorded_so_a_recycled_pid_is_not_the_platform(state: Path) -> None:
    state.mkdir(mode=0o755)
    (state / "lock").write_text(f"{os.getpid()} 1\n")
    assert holder(state) is None
