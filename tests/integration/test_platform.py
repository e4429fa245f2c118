"""`mutt up` keeps what it was given and leaves nothing running, however it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis

from mutt_cli.adapters.engines.child import Child, Spec
from mutt_cli.adapters.engines.processes import alive, arguments, freeze
from mutt_cli.adapters.engines.vault_setup import VaultSetup
from mutt_cli.ops import platform as ops
from mutt_cli.ops.platform.layout import holder
from tests.integration.platforms import (
    environment,
    gone_within,
    processes_of,
    run_uids,
    settings_of,
    start,
    state_folder,
    up,
)
from tests.servers import run_identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.valkey import Valkey


@contextmanager
def bystander() -> Iterator[int]:
    """A process of the servers' account that has nothing to do with them."""
    child = Child(Spec(["/bin/sleep", "300"], run_identity(), Path(os.devnull)))
    try:
        yield child.pid
    finally:
        child.stop(((signal.SIGKILL, 5.0),))


@pytest.fixture
def state() -> Iterator[Path]:
    with state_folder() as folder:
        yield folder


def test_stores_start_in_order_and_stop_in_reverse(state: Path) -> None:
    with up(state) as platform:
        assert run_uids(state) == {run_identity().uid}
        assert platform.finish() == 0
    assert platform.steps("ok") == [
        "redis", "db", "vault", "secrets", "schema", "rules", "READY", "stop vault", "stop db", "stop redis",
    ]  # fmt: skip
    assert processes_of(state) == []


def test_killed_supervisor_leaves_nothing_running_and_loses_nothing(state: Path) -> None:
    with up(state, "simulator,ingestor,alerter,forwarder,webui") as platform:
        assert len(processes_of(state)) >= 8
        client = platform.redis()
        client.set("witness", "written")
        assert client.waitaof(1, 0, 5000)
        before = platform.settings()
        platform.process.kill()
        assert gone_within(state, 20), [arguments(pid) for pid in processes_of(state)]
    with up(state, "simulator,ingestor,alerter,forwarder,webui") as platform:
        assert platform.redis().get("witness") == b"written"
        assert platform.settings()["VAULT_ROLE_ID"] == before["VAULT_ROLE_ID"]
        assert "0 sample rules added" in next(line[2] for line in platform.lines if line[:2] == ["rules", "ok"])


def test_a_start_beside_dying_children_waits_for_them(state: Path) -> None:
    with up(state) as platform:
        platform.process.kill()
        platform.process.wait()
        with up(state) as again:
            assert again.redis().ping()


def test_second_server_on_the_same_folder_is_refused_and_harms_nothing(state: Path) -> None:
    with up(state) as platform:
        running = processes_of(state)
        second = start(state)
        refused = second.until("ERROR")
        assert refused[1] == "MUTT-E110"
        assert str(platform.process.pid) in refused[2]
        assert second.process.wait(10) == 7
        assert processes_of(state) == running
        assert platform.redis().ping()


def test_a_second_supervisor_process_of_the_same_program_is_no_leftover(state: Path) -> None:
    with up(state) as first, state_folder() as other, up(other) as second:
        assert first.redis().ping()
        assert second.redis().ping()


@pytest.mark.parametrize(("program", "step"), [("valkey-server", "redis"), ("postgres", "db"), ("bao", "vault")])
def test_killed_server_is_started_again(state: Path, program: str, step: str) -> None:
    with up(state) as platform:
        first = platform.pid_of(program)
        os.kill(first, signal.SIGKILL)
        assert "signal 9" in platform.until(step, "fail")[2]
        platform.until(step, "ok")
        assert platform.pid_of(program) != first


def test_killed_daemon_is_started_again(state: Path) -> None:
    with up(state, "simulator") as platform:
        first = platform.pid_of("simulator")
        os.kill(first, signal.SIGKILL)
        platform.until("simulator", "fail")
        platform.until("simulator", "ok")
        assert platform.pid_of("simulator") != first


@pytest.mark.parametrize("program", ["valkey-server", "postgres", "bao"])
def test_a_server_that_stands_still_is_woken_when_the_platform_stops(state: Path, program: str) -> None:
    with up(state) as platform:
        freeze(platform.pid_of(program))
        assert platform.finish() == 0
    assert gone_within(state, 2), processes_of(state)


def test_a_server_that_a_killed_supervisor_left_standing_still_does_not_stop_the_next(state: Path) -> None:
    with up(state) as platform:
        freeze(platform.pid_of("postgres"))
        platform.process.kill()
        platform.process.wait()
    with up(state) as platform:
        assert "db" in platform.steps("ok")


def test_stale_pid_file_with_somebody_elses_number_does_not_stop_postgres(state: Path) -> None:
    with up(state) as platform:
        postmaster = platform.pid_of("postgres")
        pid_file = state / "postgres" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        for pid in processes_of(state):
            os.kill(pid, signal.SIGSTOP if pid == platform.process.pid else signal.SIGKILL)
        platform.process.kill()
        assert gone_within(state, 10)
        assert not alive(postmaster)
    # A bystander of the account, as after a reboot: its number stands in the file that the crash left behind.
    with bystander() as pid:
        pid_file.write_text("\n".join([str(pid), *lines[1:]]) + "\n")
        with up(state) as platform:
            assert platform.pid_of("postgres") != pid
            assert alive(pid)


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
