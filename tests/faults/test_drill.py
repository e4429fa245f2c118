"""Drills where something is broken: each ends with exit 1 and the stage at which its canary stands, and clears it away.

Interrupted in the middle it clears it away too; killed, the canary ends by itself and reaches nobody.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

from mutt_cli.daemons.behaviour import Behaviour
from mutt_cli.keys import Keys
from tests.stack import Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

KEYS: Final = Keys()
QUEUES: Final = (KEYS.ingest_queue, KEYS.alert_queue, KEYS.retry, KEYS.dlq_moog, KEYS.dlq_alerter, KEYS.dead)


@pytest.fixture
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """A pipeline whose leases end soon."""
    soon = {"HEARTBEAT_INTERVAL": "1", "HEARTBEAT_EXPIRY": "3", "MOOG_TIMEOUT": "1", "REMEDIATION_INTERVAL": "3600"}
    with running_stack(postgres, openbao, **soon) as made:
        made.start("ingestor", "alerter", "forwarder")
        yield made


def drill(stack: Stack, *words: str, code: int = 1) -> dict[str, Any]:
    done = stack.mutt("drill", "-o", "json", *words)
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert code == 0 or found["tries"]
    return found


def cleared(stack: Stack) -> None:
    """No queue holds anything, no label lives, and everything that came in is accounted for."""
    assert stack.redis.exists(*QUEUES) == 0
    assert stack.redis.keys(KEYS.drill("*")) == []
    account = json.loads(stack.mutt("reconcile", "-o", "json").stdout)
    assert (account["balanced"], account["in_flight"], account["missing_count"]) == (True, 0, 0)


@pytest.mark.parametrize(("name", "queue"), [("alerter", "ingest"), ("forwarder", "alert")])
def test_a_service_that_is_stopped_is_the_stage_and_is_named(stack: Stack, name: str, queue: str) -> None:
    stack.daemons[name].stop()
    found = drill(stack, "--timeout", "2s")
    assert (found["result"], found["stage"]) == ("late", name)
    assert f"no {name} is alive" in found["obstacles"]
    assert [one["stage"] for one in found["stages"]][-1] == {"ingest": "ingestor", "alert": "alerter"}[queue]
    cleared(stack)
    stack.start(name)
    drill(stack, code=0)
    cleared(stack)
    assert received_ids(stack) == []


def test_an_ingestor_that_is_away_is_the_stage(stack: Stack) -> None:
    stack.daemons["ingestor"].stop()
    found = drill(stack)
    assert (found["result"], found["stage"], found["event_id"]) == ("not_taken", "ingestor", None)
    cleared(stack)


def test_a_breaker_that_failures_have_opened_sets_it_aside_and_it_is_taken_out(stack: Stack) -> None:
    stack.redis.mset({KEYS.breaker("state"): "OPEN", KEYS.breaker("open_time"): str(stack.redis.time()[0] * 1000)})
    found = drill(stack, "--send")
    assert (found["result"], found["stage"]) == ("set_aside", "forwarder"), found
    assert "the breaker is open" in found["said"]
    cleared(stack)


def test_an_open_breaker_that_holds_alerts_back_is_named(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    with running_stack(postgres, openbao, CIRCUIT_BREAKER_OPEN_ACTION="hold") as stack:
        stack.start("ingestor", "alerter", "forwarder")
        stack.redis.mset({KEYS.breaker("state"): "OPEN", KEYS.breaker("open_time"): str(stack.redis.time()[0] * 1000)})
        found = drill(stack, "--timeout", "2s")
        assert (found["result"], found["stage"], found["obstacles"]) == ("late", "forwarder", ["the breaker is OPEN"])
        assert found["tries"][0] == "mutt breaker show"
        cleared(stack)


def test_a_posted_canary_that_moogsoft_does_not_take_is_late_between_two_tries_and_taken_out(stack: Stack) -> None:
    stack.simulator.behave(Behaviour(status=503))
    found = drill(stack, "--send", "--timeout", "3s")
    assert (found["result"], found["stage"]) == ("late", "forwarder")
    eventually(lambda: stack.redis.exists(*QUEUES) == 0, "nothing of it is tried again")
    stack.simulator.behave(Behaviour())
    assert received_ids(stack) == []


def test_a_canary_in_a_forwarders_hands_stays_there_and_the_drill_says_so(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with running_stack(postgres, openbao, MOOG_TIMEOUT="30") as stack:
        stack.start("ingestor", "alerter", "forwarder")
        stack.simulator.behave(Behaviour(delay_ms=9000))
        found = drill(stack, "--send", "--timeout", "4s")
        assert (found["result"], found["stage"]) == ("late", "forwarder")
        assert "inflight-forwarder-pod-1" in found["left"]
        [label] = stack.redis.keys(KEYS.drill("*"))
        assert json.loads(stack.redis.get(label) or b"null")["until"] == 0
        in_hand = KEYS.processing("moog", "pod-1")
        eventually(lambda: stack.redis.exists(in_hand, *QUEUES) == 0, "it has ended")
        assert received_ids(stack) == [found["event_id"]], "a post under way cannot be taken back"


def test_the_delivery_limit_that_is_used_up_is_named(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    with running_stack(postgres, openbao, RATE_LIMIT_MAX_REQUESTS="1", RATE_LIMIT_WINDOW_SECONDS="3600") as stack:
        stack.start("ingestor", "alerter", "forwarder")
        drill(stack, code=0)
        found = drill(stack, "--timeout", "2s")
        assert (found["result"], found["stage"]) == ("late", "forwarder")
        assert "the delivery limit" in found["said"]
        cleared(stack)


def test_an_alerter_that_does_not_know_the_label_is_told(stack: Stack) -> None:
    """As one of an earlier release: it decides the canary by the rules, and none matches."""
    stack.daemons["alerter"].pause()
    process = begun(stack, "--timeout", "20s")
    eventually(lambda: stack.redis.llen(KEYS.ingest_queue), "the canary waits")
    stack.redis.delete(*stack.redis.keys(KEYS.drill("*")))
    stack.daemons["alerter"].wake()
    out, err = process.communicate(timeout=30)
    found = json.loads(out)
    assert (process.returncode, found["result"], found["stage"]) == (1, "unexpected", "alerter"), err
    assert "older version" in found["said"]
    cleared(stack)


def test_a_forwarder_that_cannot_ask_for_the_label_asks_again_and_posts_nothing(stack: Stack) -> None:
    stack.redis.hset(KEYS.holds, "forwarder", "x")
    eventually(lambda: "switched off" in stack.log("forwarder"), "the forwarder obeys")
    process = begun(stack, "--timeout", "50s")
    eventually(lambda: stack.redis.llen(KEYS.alert_queue), "the canary waits", 30)
    stack.redis.execute_command("ACL", "SETUSER", "default", "-mget")  # type: ignore[no-untyped-call]
    try:
        stack.redis.hdel(KEYS.holds, "forwarder")
        eventually(lambda: "mget" in stack.log("forwarder"), "it was refused, and says so")
    finally:
        stack.redis.execute_command("ACL", "SETUSER", "default", "+mget")  # type: ignore[no-untyped-call]
    out, err = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["result"]) == (0, "ok"), err
    cleared(stack)
    assert received_ids(stack) == []


def begun(stack: Stack, *words: str) -> subprocess.Popen[bytes]:
    """A drill that is under way, of a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "mutt_cli", "drill", "-o", "json", *words], env=stack.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/",
    )  # fmt: skip


def test_a_redis_that_goes_away_in_the_middle_is_told_and_the_canary_ends_by_itself_when_it_is_back(
    stack: Stack,
) -> None:
    stack.daemons["forwarder"].stop()
    process = begun(stack, "--send", "--timeout", "6s")
    eventually(lambda: stack.redis.llen(KEYS.alert_queue), "the canary waits", 30)
    stack.valkey.stop()
    out, err = process.communicate(timeout=60)
    stack.valkey.start()
    assert process.returncode == 1, err
    found = json.loads(out)
    assert (found["result"], "ends by itself" in found["left"]) == ("late", True), found
    [label] = stack.redis.keys(KEYS.drill("*"))
    until = json.loads(stack.redis.get(label) or b"null")["until"]
    eventually(lambda: stack.redis.time()[0] * 1000 > until, "its time is over")
    stack.start("forwarder")
    eventually(lambda: stack.redis.exists(*QUEUES) == 0, "it ended")
    assert received_ids(stack) == []


@pytest.mark.parametrize(("name", "queue"), [("alerter", KEYS.ingest_queue), ("forwarder", KEYS.alert_queue)])
def test_ctrl_c_in_the_middle_clears_the_canary_away(stack: Stack, name: str, queue: str) -> None:
    stack.daemons[name].stop()
    process = begun(stack, "--send")
    eventually(lambda: stack.redis.llen(queue), "the canary waits", 30)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    cleared(stack)
    [row] = stack.query("SELECT result, id FROM operations WHERE command = 'drill'")
    assert row[0] == "interrupted"
    assert "MUTT-G011" in stack.mutt("op", "resume", row[1], "--yes").stderr


@pytest.mark.parametrize(("name", "queue"), [("alerter", KEYS.ingest_queue), ("forwarder", KEYS.alert_queue)])
def test_a_drill_that_is_killed_leaves_a_canary_that_ends_by_itself_and_reaches_nobody(
    stack: Stack, name: str, queue: str
) -> None:
    stack.daemons[name].stop()
    process = begun(stack, "--send", "--timeout", "5s")
    eventually(lambda: stack.redis.llen(queue), "the canary waits", 30)
    process.kill()
    process.wait(30)
    [label] = stack.redis.keys(KEYS.drill("*"))
    assert 0 < stack.redis.ttl(label) <= 86_400
    until = json.loads(stack.redis.get(label) or b"null")["until"]
    assert stack.redis.llen(queue) == 1
    eventually(lambda: stack.redis.time()[0] * 1000 > until, "its time is over")
    stack.start(name)
    eventually(lambda: stack.redis.exists(*QUEUES) == 0 and stack.redis.hget(KEYS.ledger, "suppressed"), "it ended")
    account = json.loads(stack.mutt("reconcile", "-o", "json").stdout)
    assert (account["balanced"], account["suppressed"], account["in_flight"]) == (True, 1, 0)
    assert received_ids(stack) == []
    drill(stack, code=0)
