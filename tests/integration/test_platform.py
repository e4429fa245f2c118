"""`mutt up` keeps what it was given and leaves nothing running, however it ends."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.engines.child import Child, Spec
from mutt_cli.adapters.engines.processes import alive, arguments, freeze
from tests.integration.platforms import (
    gone_within,
    processes_of,
    run_uids,
    start,
    state_folder,
    up,
)
from tests.servers import run_identity

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def bystander() -> Iterator[int]:
    """A process of the servers' account that has nothing to do with them."""
    child = Child(Spec(["/bin/sleep", "300"], run_identity(), Path(os.devnull)))
    try:
        yield child.pid
    finally:
        child.stop(((signal.SIGKILL, 5.0),))


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
