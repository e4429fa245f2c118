"""`mutt trace` by its own command line: the story of real events through real processes, historian or not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.stack import Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """Ingestor, alerter and forwarder; a test that stops one starts it again."""
    with running_stack(postgres, openbao) as made:
        made.start("ingestor", "alerter", "forwarder")
        yield made


def delivered(stack: Stack, message: str = "%LINK-3-UPDOWN: Gi0/1 changed to down", **more: str) -> dict[str, Any]:
    answer = stack.send({"hostname": "core-sw1", "message": message, **more})
    eventually(lambda: answer["event_id"] in received_ids(stack), "the alert arrives at the simulator")
    return answer


def ended(stack: Stack, identifier: str) -> dict[str, Any]:
    """The story in JSON, once its way has ended."""

    def story() -> dict[str, Any] | None:
        told: dict[str, Any] = json.loads(stack.mutt("trace", identifier, "--json").stdout)
        return told if told["ended"] else None

    found: dict[str, Any] = eventually(story, "the way of the event ends")
    return found


def test_a_story_is_told_from_ingest_to_the_answer_with_times_per_stage(stack: Stack) -> None:
    answer = delivered(stack, "%LINK-3-UPDOWN: Gi0/2 changed to down")
    told = ended(stack, answer["event_id"])
    assert (told["kind"], told["state"], told["verdict"]) == ("mutt.trace", "delivered", "delivered.")
    assert [(step["stage"], step["outcome"]) for step in told["steps"]] == [
        ("ingestor", "accepted"), ("ingest", "waited"), ("alerter", "alerted"), ("alert", "waited"),
        ("forwarder", "delivered"),
    ]  # fmt: skip
    assert [step["waited_seconds"] is not None for step in told["steps"]] == [False, True, False, True, False]
    assert told["steps"][-1]["response_code"] == 200
    assert told["payload"]["message"] == "%LINK-3-UPDOWN: Gi0/2 changed to down"

    text = stack.mutt("trace", answer["correlation_id"][:8]).stdout
    lines = text.splitlines()
    assert "core-sw1   critical" in lines[0]
    assert re.search(r"\d\d:\d\d:\d\d\.\d{3}Z  ingestor    accepted from 127\.0\.0\.1.* \+0\.000", text)
    assert re.search(r"alerter     rule \d+ link-down v\d+: alert.* \+\d+\.\d{3} +pod-1", text)
    assert re.search(r"forwarder   HTTP 200, delivered   try 1, .* s  ", text)
    assert lines[-1] == "verdict: delivered."


def test_a_stopped_historian_hides_nothing(stack: Stack) -> None:
    stack.daemons["forwarder"].stop()
    answer = stack.send({"hostname": "core-sw1", "message": "BGP peer 10.0.0.1 lost"})
    eventually(lambda: stack.redis.llen("mutt:alert_queue") == 1, "the alerter has decided")
    assert json.loads(stack.mutt("trace", answer["event_id"], "--json").stdout)["now"][0]["queue"] == "alert"
    stack.daemons["alerter"].stop()
    stack.daemons["forwarder"].start()
    told = ended(stack, answer["event_id"])
    assert stack.redis.xlen("mutt:journal") >= 1
    assert [step["stage"] for step in told["steps"]] == ["ingestor", "ingest", "alerter", "alert", "forwarder"]
    stack.daemons["alerter"].start()
    stack.wait_healthy("alerter")
    stack.wait_healthy("forwarder")


def test_following_ends_with_the_event(stack: Stack) -> None:
    stack.daemons["forwarder"].stop()
    answer = stack.send({"hostname": "core-sw1", "message": "power supply 2 failed"})
    eventually(lambda: stack.redis.llen("mutt:alert_queue") == 1, "the alerter has decided")
    impatient = stack.mutt("trace", answer["event_id"], "-f", "--timeout", "1s")
    assert (impatient.returncode, "verdict" in impatient.stdout) == (8, False)
    assert "waits for a forwarder" in impatient.stderr
    command = [sys.executable, "-m", "mutt_cli", "trace", "-f", answer["event_id"]]
    with subprocess.Popen(command, env=stack.environment, stdout=subprocess.PIPE, text=True, cwd="/") as follower:
        assert follower.stdout is not None
        first = [follower.stdout.readline() for _ in range(5)]
        assert "alerter" in first[-1]
        stack.daemons["forwarder"].start()
        rest = follower.stdout.read()
        assert follower.wait(30) == 0
    assert [line.split()[1] for line in rest.splitlines()[:2]] == ["alert", "forwarder"]
    assert rest.endswith("verdict: delivered.\n")
    stack.wait_healthy("forwarder")


def test_exit_codes_tell_ambiguous_unknown_and_wrong_use(stack: Stack) -> None:
    for message in ("quiet one", "quiet two"):
        stack.send({"message": message, "correlation_id": f"incident-{message}"})
    ambiguous = stack.mutt("trace", "incident-")
    assert (ambiguous.returncode, ambiguous.stdout) == (2, "")
    assert "incident-quiet one" in ambiguous.stderr
    assert "MUTT-U017" in ambiguous.stderr
    unknown = stack.mutt("trace", "nobody-knows-this")
    assert (unknown.returncode, unknown.stdout) == (3, "")
    assert stack.mutt("trace", "short").returncode == 2
    assert ended(stack, "incident-quiet two")["state"] == "unhandled"


def test_no_try_names_a_command_that_does_not_exist(stack: Stack) -> None:
    answer = stack.send({"message": "a rule knows nothing of this"})
    told = ended(stack, answer["event_id"])
    for one in told["tries"]:
        assert stack.mutt(one.split()[1], "--help").returncode == 0, one


def test_the_correlation_id_of_a_hostile_sender_is_shown_harmless(stack: Stack) -> None:
    answer = delivered(stack, "LINK \x1b[31m down \u202e")
    shown = stack.mutt("trace", answer["event_id"]).stdout
    assert "\x1b" not in shown
    assert "\\x1b[31m" in shown
    assert "\\u202e" in shown
