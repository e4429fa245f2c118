"""`mutt chaos` on a platform of `mutt up`: what it breaks is seen, heals whatever becomes of it, and nothing is lost.

What the command says of itself is checked with other programs: the state of processes, `mutt health`, `mutt reconcile`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

from mutt_cli.adapters.engines.processes import arguments, children, everything, freeze, stands_still, wake
from mutt_cli.adapters.engines.processes import environment as environment_of
from mutt_cli.core.chaos import BY_NAME, CATALOGUE
from tests.acceptance.commands.world import validate
from tests.acceptance.frame import Answer
from tests.integration.platforms import environment, processes_of, state_folder
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S: Final = 240
WATCH: Final = "mutt_cli.ops.chaos.watch"
SHORT: Final = ("--for", "3s", "--yes")
LONG: Final = ("--for", "10m", "--yes")


@dataclass
class Platform:
    """One that `mutt up` runs, and the commands that are about it."""

    state: Path
    begun: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        """A command in a process of its own, from a terminal's point of view: it is interrupted and killed."""
        made = subprocess.Popen(
            [sys.executable, "-m", "mutt_cli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            stdin=subprocess.DEVNULL, env=environment(self.state, {"MUTT_CONTEXT": "up", **more}),
            start_new_session=True,
        )  # fmt: skip
        self.begun.append(made)
        return made

    def mutt(self, *words: str, code: int | None = 0, **more: str) -> Answer:
        """Run it to its end; JSON is held against its schema."""
        made = self.start(*words, **more)
        out, err = made.communicate(timeout=PATIENCE_S)
        assert code is None or made.returncode == code, f"mutt {' '.join(words)}: {made.returncode}\n{out}{err}"
        assert "Traceback" not in err
        if "json" in words and words[0] == "chaos" and out:
            validate(json.loads(out))
        return Answer(made.returncode, out, err)

    def json(self, *words: str, code: int | None = 0) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.mutt(*words, "-o", "json", code=code).out)
        return found

    def await_well(self, when: str, seconds: float) -> None:
        """Wait until health finds nothing; fails with what it finds."""
        try:
            eventually(lambda: self.mutt("health", "-q", code=None).code == 0, f"all is well {when}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.mutt('health', code=None).out}") from error

    def pid_of(self, part: str) -> int:
        """The process of a service or server: `alerter`, `valkey-server`."""
        record = json.loads((self.state / "platform.json").read_text())
        found = [(pid, arguments(pid)) for pid in children(record["pid"])]
        return next(pid for pid, words in found if words[-1] == part or words[0].endswith(f"/{part}"))

    def still(self, part: str) -> bool:
        return stands_still(self.pid_of(part))

    def broken(self, name: str, part: str) -> subprocess.Popen[str]:
        """A command that has broken a process and would wait for minutes."""
        made = self.start("chaos", name, *LONG)
        eventually(lambda: self.still(part), f"{part} stands still", 60)
        return made

    def watches(self) -> list[int]:
        """The processes that heal what a command can no longer heal."""
        return [pid for pid in everything() if WATCH in arguments(pid) and self._is_ours(pid)]

    def _is_ours(self, pid: int) -> bool:
        return environment_of(pid).get("MUTT_STATE_DIR") == str(self.state)


@pytest.fixture(scope="module")
def running() -> Iterator[Platform]:
    with state_folder() as folder:
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
        platform = Platform(folder)
        started = platform.mutt("up", "--detach", "--ports", "auto", MUTT_CONTEXT="")
        assert "is up" in started.out
        yield platform
        platform.mutt("down", MUTT_CONTEXT="")
        assert processes_of(folder) == []


@pytest.fixture
def platform(running: Platform) -> Iterator[Platform]:
    """Before each test all is well, and after it nothing stands still, nobody watches and nothing is missing."""
    running.await_well("before", 60)
    yield running
    for one in running.begun:
        if one.poll() is None:
            one.kill()
        one.communicate()
    running.begun.clear()
    running.await_well("afterwards", 90)
    assert running.json("reconcile")["balanced"] is True
    assert not (running.state / "chaos.json").exists()


def last_operation(platform: Platform) -> dict[str, Any]:
    found: dict[str, Any] = platform.json("op", "list", "-n", "1")["items"][0]
    return found


def test_without_a_name_it_lists_what_can_be_broken_and_breaks_nothing(platform: Platform) -> None:
    found = platform.json("chaos")
    assert [one["name"] for one in found["items"]] == [one.name for one in CATALOGUE]
    assert {one["here"] for one in found["items"]} == {True}
    told = platform.mutt("chaos").out
    assert all(one.cause in told and one.check in told for one in CATALOGUE)


def test_what_stands_still_is_seen_and_healed_and_everything_accounted_for(platform: Platform) -> None:
    found = platform.json("chaos", "alerter-stopped", "--for", "8s", "--yes", "--reason", "exercise")
    [one] = found["rounds"]
    assert (found["state"], one["result"], one["ended_by"]) == ("ok", "ok", "time")
    assert one["broken_seconds"] == pytest.approx(8, abs=2)
    assert [seen["check"] for seen in one["seen"]] == ["svc.alerter"]
    assert one["accepted"] >= one["answered"] > 0
    assert (one["balanced"], one["remainder"], one["missing"]) == (True, 0, [])
    assert one["recovered"] is True
    operation = last_operation(platform)
    assert (operation["operation"], operation["state"], operation["reason"]) == (one["operation"], "done", "exercise")
    assert "MUTT-G005" in platform.mutt("undo", one["operation"], "--yes", code=7).err


BY_NIGHT = ("redis-stopped", "vault-sealed", "intake-stopped", "rule-unusable")


@pytest.mark.parametrize(
    "name", ["db-killed", "moogsoft-503", *(pytest.param(one, marks=pytest.mark.nightly) for one in BY_NIGHT)]
)
def test_each_kind_of_fault_heals_without_loss(platform: Platform, name: str) -> None:
    [one] = platform.json("chaos", name, *SHORT)["rounds"]
    assert (one["name"], one["result"], one["balanced"]) == (name, "ok", True)
    assert platform.mutt("rule", "list", "-o", "name").out.count("chaos-") == 0


@pytest.mark.nightly
@pytest.mark.timeout(420)  # it waits 300 s until all is well, and says what is not
def test_what_chance_has_chosen_is_told_only_when_it_is_over(platform: Platform) -> None:
    planned = platform.mutt("chaos", "any", "--dry-run")
    made = platform.start("chaos", "any", *SHORT)
    out, err = made.communicate(timeout=400)
    assert made.returncode == 0, out + err
    assert not [name for name in BY_NAME if name in planned.out + planned.err + err]
    [name] = [name for name in BY_NAME if out.startswith(f"{name}:")]
    assert BY_NAME[name].cause in out


@pytest.mark.nightly
def test_one_after_the_other_each_is_an_operation_of_its_own(platform: Platform) -> None:
    found = platform.json("chaos", "webui-stopped", "remediation-stopped", *SHORT)
    assert [one["name"] for one in found["rounds"]] == ["webui-stopped", "remediation-stopped"]
    assert len({one["operation"] for one in found["rounds"]}) == 2


def test_a_dry_run_shows_the_plan_and_changes_nothing(platform: Platform) -> None:
    before = last_operation(platform)["operation"] if platform.json("op", "list")["items"] else None
    planned = platform.mutt("chaos", "forwarder-stopped", "--dry-run", "-o", "json")
    found = json.loads(planned.out)
    assert (found["dry_run"], found["operation"], found["rounds"]) == (True, None, [])
    assert "mutt doctor forwarder-stopped" in planned.err
    assert not platform.still("forwarder")
    assert (last_operation(platform)["operation"] if platform.json("op", "list")["items"] else None) == before


def test_it_asks_before_it_breaks_anything(platform: Platform) -> None:
    told = platform.mutt("chaos", "forwarder-stopped", code=2)
    assert "MUTT-U007" in told.err
    assert not platform.still("forwarder")


def test_a_name_that_nobody_knows_is_told_with_the_one_that_was_meant(platform: Platform) -> None:
    told = platform.mutt("chaos", "redis-stoped", "--yes", code=3)
    assert "did you mean redis-stopped" in told.err


def test_where_it_is_protected_nothing_is_broken_whatever_flag_is_given(platform: Platform) -> None:
    words = ("chaos", "alerter-stopped", "--yes", "--confirm", "local", "--force", "unwell", "--reason", "no")
    env = {"MUTT_CONTEXT": "local", "MUTT_ENV_FILE": str(platform.state / "mutt.env"), "ENV": "production"}
    told = platform.mutt(*words, code=7, **env)
    assert "MUTT-G056" in told.err
    assert not platform.still("alerter")
    assert "MUTT-G056" in platform.mutt("chaos", "any", "--dry-run", code=7, **env).err


def test_what_mutt_up_has_not_started_is_not_broken(platform: Platform) -> None:
    told = platform.mutt("chaos", "alerter-stopped", "--yes", code=7, MUTT_CONTEXT="local")
    assert "MUTT-G057" in told.err
    assert "mutt up" in told.err
    listed = platform.mutt("chaos", "-o", "json", MUTT_CONTEXT="local")
    assert {one["here"] for one in json.loads(listed.out)["items"]} == {False}


@pytest.mark.nightly
def test_where_something_is_wrong_already_nothing_is_broken(platform: Platform) -> None:
    victim = platform.pid_of("alerter")
    freeze(victim)
    try:
        eventually(lambda: platform.mutt("health", "-q", code=None).code == 2, "health has seen it", 60)
        told = platform.mutt("chaos", "webui-stopped", *SHORT, code=7)
    finally:
        wake(victim)
    assert "MUTT-G058" in told.err
    assert "svc.alerter" in told.err
    assert not platform.still("webui")


def test_ctrl_c_heals_at_once_and_the_ledger_is_checked_all_the_same(platform: Platform) -> None:
    made = platform.broken("forwarder-stopped", "forwarder")
    made.send_signal(signal.SIGINT)
    eventually(lambda: not platform.still("forwarder"), "it goes on", 5)
    out, err = made.communicate(timeout=PATIENCE_S)
    assert made.returncode == 0, err
    assert "Ctrl-C" in out
    assert "nothing was lost" in out
    assert platform.watches() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_it_heals_and_ends(platform: Platform, number: signal.Signals) -> None:
    made = platform.broken("webui-stopped", "webui")
    made.send_signal(number)
    made.communicate(timeout=PATIENCE_S)
    assert made.returncode == 128 + number
    assert not platform.still("webui")
    assert last_operation(platform)["state"] == "stopped"


@pytest.mark.parametrize(("name", "part"), [
    ("alerter-stopped", "alerter"), pytest.param("db-stopped", "postgres", marks=pytest.mark.nightly),
])  # fmt: skip
def test_what_a_killed_command_broke_is_healed_by_undo(platform: Platform, name: str, part: str) -> None:
    made = platform.broken(name, part)
    made.kill()
    _, err = made.communicate()
    operation = next(line.split()[3] for line in err.splitlines() if line.startswith("undo: "))
    assert platform.still(part), "nobody has healed it yet"
    assert "MUTT-G011" in platform.mutt("op", "resume", operation, "--yes", code=7).err
    told = platform.mutt("undo", operation, "--yes")
    assert "SIGCONT" in told.out + told.err
    assert not platform.still(part)
    for pid in platform.watches():
        os.kill(pid, signal.SIGKILL)


def test_what_a_killed_command_broke_heals_by_itself_when_its_time_is_over(platform: Platform) -> None:
    made = platform.start("chaos", "redis-stopped", "--for", "6s", "--yes")
    eventually(lambda: platform.still("valkey-server"), "Valkey stands still", 60)
    made.kill()
    made.communicate()
    eventually(lambda: not platform.still("valkey-server"), "the watch has woken it", 30)
    eventually(lambda: platform.watches() == [], "the watch has ended")


def test_one_thing_at_a_time(platform: Platform) -> None:
    made = platform.broken("remediation-stopped", "remediation")
    assert "MUTT-G059" in platform.mutt("chaos", "webui-stopped", *SHORT, code=7).err
    made.send_signal(signal.SIGTERM)
    made.communicate(timeout=PATIENCE_S)
