"""`mutt up` and `mutt down` as a person uses them: real commands, a real platform, the state kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.engines.processes import alive
from tests.acceptance.frame import Answer, mutt
from tests.integration.platforms import environment, gone_within, processes_of, state_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def state() -> Iterator[Path]:
    with state_folder() as folder:
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
        yield folder


def said(state: Path, *words: str) -> Answer:
    """Run a command for this state folder without a settings file of its own."""
    return mutt(state, *words, env=environment(state))


def test_detached_platform_is_up_until_down_and_is_found_by_other_commands(state: Path) -> None:
    answer = said(state, "up", "--detach", "--ports", "auto", "-o", "json")
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)
    assert found["kind"] == "mutt.up"
    assert alive(found["pid"])
    assert {"simulator", "ingestor", "alerter", "forwarder", "remediation", "webui"} == set(found["services"])

    logs = said(state, "logs", "-n", "0", "-o", "jsonl", "-c", "up")
    services = {json.loads(line)["service"] for line in logs.out.splitlines()}
    assert (logs.code, services) == (0, {"ingestor", "alerter", "forwarder", "remediation", "webui"}), logs.err
    assert said(state, "logs", "valkey", "-n", "1", "-c", "up").code == 0

    key = state / "key"
    key.write_text("a-new-key-of-many-characters")
    key.chmod(0o600)
    changed = said(state, "vault", "set", "WEBUI_API_KEY", "--file", str(key), "-o", "json", "-c", "up")
    assert changed.code == 0, changed.err
    assert {one["state"] for one in json.loads(changed.out)["daemons"]} == {"has_read"}
    assert json.loads(said(state, "vault", "status", "-o", "json", "-c", "up").out)["missing"] == []

    again = said(state, "up", "--ports", "auto")
    assert (again.code, "MUTT-E110" in again.err) == (7, True)

    stopped = said(state, "down", "-o", "json")
    assert (stopped.code, json.loads(stopped.out)["outcome"]) == (0, "stopped")
    assert gone_within(state, 2), processes_of(state)
    assert "nothing runs" in said(state, "down").out
    assert "memory: " in said(state, "logs", "alerter", "-n", "0").out, "what it left is still there to be read"


def test_platform_that_cannot_start_says_why_and_leaves_nothing(state: Path) -> None:
    state.chmod(0o777)
    answer = said(state, "up", "--detach", "--ports", "auto")
    assert answer.code != 0
    assert "MUTT-E114" in answer.err
    assert processes_of(state) == []
