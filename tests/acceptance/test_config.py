"""Settings change while every daemon runs: as an operator types it, and by hand with redis-cli's commands."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import dynamic_store
from mutt_cli.keys import Keys
from tests import plain_http
from tests.stack import API_KEY, Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    import httpx

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

KEYS = Keys()
EVENT = {"source": "core-sw1", "message": "%LINK-3-UPDOWN: Gi0/1 changed to down"}
MANY = [EVENT | {"source": f"core-sw{number}"} for number in range(20)]
ALL = {"ingestor pod-1-1", "ingestor pod-1-2", "alerter pod-1", "forwarder pod-1", "remediation pod-1"}


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """All four daemons, the ingestor with two workers; every test takes its changes back."""
    with running_stack(postgres, openbao, REMEDIATION_INTERVAL="3600") as made:
        made.daemon("ingestor").arguments = ("--workers", "2")
        made.daemons["ingestor"].start()
        made.start("alerter", "forwarder", "remediation")
        made.wait_healthy("ingestor")
        eventually(lambda: running(made) == ALL, "every process says what it runs with")
        yield made


def running(stack: Stack) -> set[str]:
    return {f"{one.service} {one.name}" for one in dynamic_store.readers(stack.redis, KEYS)}


@pytest.fixture(autouse=True)
def as_before(stack: Stack) -> Iterator[None]:
    yield
    for key in stack.redis.scan_iter(match=KEYS.config_pattern):
        name = key.decode().rpartition(":")[2]
        stack.redis.delete(key)
        stack.redis.publish(KEYS.config_updates, name)


def config(stack: Stack, *words: str) -> subprocess.CompletedProcess[str]:
    done = stack.mutt("config", *words)
    assert done.returncode == 0, done.stderr
    return done


def post(stack: Stack) -> httpx.Response:
    return plain_http.post(f"{stack.ingest_url}/ingest", json=EVENT, headers={"X-API-Key": API_KEY}, timeout=10)


def test_set_is_acknowledged_by_every_process_and_says_how_to_take_it_back(stack: Stack) -> None:
    done = config(stack, "set", "alerter_queue_shed_threshold", "5000", "--publish", "--reason", "INC-1182")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("alerter_queue_shed_threshold: 2000 (default) -> 5000")
    assert "acknowledged by 5/5 daemons" in lines[1]
    assert lines[2] == "undo:  mutt config unset alerter_queue_shed_threshold"
    assert stack.redis.get("mutt:config:alerter_queue_shed_threshold") == b"5000"
    last = [json.loads(line)["message"] for line in stack.log("alerter").splitlines()[-20:]]
    assert any(line.startswith("config: alerter_queue_shed_threshold ") for line in last)
    command, reason, result = stack.query("SELECT command, reason, result FROM operations ORDER BY started_at")[-1]
    assert (command, reason, result) == ("config set", "INC-1182", "done")
    again = config(stack, "set", "alerter_queue_shed_threshold=5000")
    assert "is so already" in again.stdout
    assert "5/5" in config(stack, "publish").stdout


def test_a_protected_deployment_wants_a_reason_and_names_itself(stack: Stack) -> None:
    production = replace(stack, environment=stack.environment | {"ENV": "production"})
    refused = production.mutt("config", "set", "unhandled_threshold=90")
    assert refused.returncode == 2
    assert "wants a reason" in refused.stderr
    assert stack.redis.get(KEYS.config("unhandled_threshold")) is None
    done = config(production, "set", "unhandled_threshold=90", "--reason", "INC-1182")
    assert done.stderr.startswith("[PROD local] redis ")


def test_a_reason_that_is_no_utf8_is_kept_as_far_as_it_can_be(stack: Stack) -> None:
    config(stack, "set", "unhandled_threshold=80", "--reason", os.fsdecode(b"caf\xe9 INC-7"))
    assert stack.query("SELECT reason FROM operations ORDER BY started_at")[-1] == ("caf? INC-7",)


def test_get_and_list_tell_source_and_effect(stack: Stack) -> None:
    config(stack, "set", "RATE_LIMIT_MAX_REQUESTS=200")
    assert config(stack, "get", "moog_rate_limit").stdout == "200\n"
    found: dict[str, Any] = json.loads(config(stack, "get", "moog_rate_limit", "-o", "json").stdout)
    assert (found["source"], found["in_effect"]) == ("dynamic", "1/1")
    assert [(one["service"], one["state"]) for one in found["daemons"]] == [("forwarder", "in_effect")]
    rows = json.loads(config(stack, "list", "-o", "json").stdout)["items"]
    row = next(one for one in rows if one["key"] == "INGEST_QUEUE_CAP")
    assert (row["source"], row["in_effect"]) == ("default", "2/2")
    config(stack, "unset", "moog_rate_limit")
    assert config(stack, "get", "moog_rate_limit").stdout == "1000000\n"


def test_a_dry_run_changes_nothing(stack: Stack) -> None:
    done = config(stack, "set", "moog_rate_limit=7", "--dry-run")
    assert "1000000 (file) -> 7" in done.stdout
    assert stack.redis.get(KEYS.config("moog_rate_limit")) is None


def test_a_setting_that_is_read_at_start_only_is_not_announced_and_names_file_and_restart(stack: Stack) -> None:
    done = stack.mutt("config", "set", "INGEST_THREADS=8", "--dry-run")
    assert done.returncode == 0
    assert f"into {stack.environment['MUTT_ENV_FILE']}" in done.stderr
    assert "systemctl restart mutt-ingestor" in done.stderr
    refused = stack.mutt("config", "unset", "INGEST_THREADS")
    assert (refused.returncode, "needs a restart of ingestor" in refused.stderr) == (1, True)


def test_a_lowered_cap_makes_every_worker_of_the_ingestor_refuse_with_503(stack: Stack) -> None:
    stack.redis.lpush(KEYS.old_events, *range(3))
    config(stack, "set", "alerter_queue_warn_threshold=1", "max_ingest_queue_size=1")
    # A batch larger than the cap is refused whatever the alerter has taken.
    for _ in range(12):
        answer = plain_http.post(f"{stack.ingest_url}/ingest", json=MANY, headers={"X-API-Key": API_KEY}, timeout=10)
        assert (answer.status_code, answer.json()["reason"]) == (503, "queue_full")
    config(stack, "unset", "max_ingest_queue_size")
    assert post(stack).status_code == 200
    kept_out = f"{12 * len(MANY)}".encode()
    eventually(lambda: stack.redis.hget(KEYS.ledger, "unserved") == kept_out, "each event that was kept out is counted")


def test_a_delivery_limit_set_by_hand_holds_alerts_and_lets_them_go(stack: Stack) -> None:
    stack.redis.set("mutt:config:moog_rate_limit", "1")
    stack.redis.set("mutt:config:moog_rate_period", "86400")
    stack.redis.publish("mutt:config:updates", "moog_rate_limit")
    eventually(lambda: "config: moog_rate_limit (RATE_LIMIT_MAX_REQUESTS)" in stack.log("forwarder"), "it is told")
    post(stack)
    eventually(lambda: stack.redis.zcard(KEYS.rate_limit_moog) >= 1, "the permit is used up")
    answer = stack.send(*[one | {"source": f"limited-{one['source']}"} for one in MANY])
    ids = {item["event_id"] for item in answer["items"]}
    eventually(lambda: stack.redis.llen(KEYS.alert_queue) == len(ids), "the alerts wait")
    assert not ids & set(received_ids(stack))
    config(stack, "unset", "moog_rate_limit")
    eventually(lambda: ids <= set(received_ids(stack)), "they arrive")


def test_remediation_is_switched_off_and_on_and_its_interval_is_shortened_in_the_middle_of_one(stack: Stack) -> None:
    config(stack, "set", "remediation_enabled=false")
    eventually(lambda: "Remediation is switched off" in stack.log("remediation"), "it idles")
    assert not stack.redis.exists(KEYS.remediation_lease)
    config(stack, "set", "remediation_enabled=true")
    eventually(lambda: stack.redis.exists(KEYS.remediation_lease), "it is active")
    cycles = stack.log("remediation").count("Remediation cycle")
    config(stack, "set", "remediation_interval=1")
    eventually(lambda: stack.log("remediation").count("Remediation cycle") >= cycles + 2, "cycles come quickly")


def test_an_alerter_reloads_its_rules_as_often_as_it_is_told(stack: Stack) -> None:
    loads = stack.log("alerter").count("Reloading rule cache")
    config(stack, "set", "cache_reload_interval=1")
    eventually(lambda: stack.log("alerter").count("Reloading rule cache") > loads + 1, "rules are loaded again", 30)


def test_an_alerter_warns_and_sheds_at_the_thresholds_of_now(stack: Stack) -> None:
    config(stack, "set", "alerter_shed_mode=dlq", "alerter_queue_warn_threshold=1", "alerter_queue_shed_threshold=2")
    stack.send(*MANY)
    eventually(lambda: "exceeds shed threshold 2, shedding event" in stack.log("alerter"), "it sheds")
    config(stack, "set", "alerter_shed_mode=none")
    stack.send(*MANY)
    eventually(lambda: "shed mode none: nothing is shed" in stack.log("alerter"), "it only warns")


def test_deliveries_go_where_and_wait_as_long_as_they_are_told(stack: Stack) -> None:
    address = f"http://127.0.0.1:{stack.simulator.port}/elsewhere"
    config(stack, "set", f"moog_webhook_url={address}", "moog_timeout=60")
    lease = KEYS.heartbeat("moog", "pod-1")
    eventually(lambda: stack.redis.pttl(lease) > 90_000, "the lease outlasts a post")
    event_id = stack.send(EVENT | {"source": "core-elsewhere"})["event_id"]
    eventually(lambda: event_id in received_ids(stack), "the alert arrives")
    lines = (stack.folder / "received.jsonl").read_text().splitlines()
    paths = {json.loads(line)["path"] for line in lines if event_id in line}
    assert paths == {"/elsewhere"}


def test_a_value_for_a_time_is_told_with_its_end_and_comes_back_by_itself(stack: Stack) -> None:
    done = config(stack, "set", "unhandled_threshold=70", "--for", "6s")
    assert "goes back by itself at " in done.stdout
    found = json.loads(config(stack, "get", "unhandled_threshold", "-o", "json").stdout)
    assert (found["value"], found["source"]) == (70, "dynamic")
    eventually(lambda: stack.redis.get(KEYS.config("unhandled_threshold")) is None, "it is over")
    refused = stack.mutt("config", "set", "unhandled_threshold=70", "--for", "6s", "--confirm-within", "1m")
    assert refused.returncode == 2


def test_taking_a_change_back_gives_a_value_for_a_time_its_end_again(stack: Stack) -> None:
    config(stack, "set", "unhandled_threshold=10")
    config(stack, "set", "unhandled_threshold=70", "--for", "8s")
    done = config(stack, "set", "unhandled_threshold=90")
    back = stack.mutt("undo", done.stdout.partition("mutt undo ")[2].split()[0])
    assert "goes back by itself at" in back.stdout, back.stderr
    assert stack.redis.get(KEYS.config("unhandled_threshold")) == b"70"
    eventually(lambda: stack.redis.get(KEYS.config("unhandled_threshold")) == b"10", "its time is over")
    config(stack, "unset", "unhandled_threshold")


def test_a_daemon_that_does_not_obey_is_named_and_the_answer_is_partial(stack: Stack) -> None:
    dynamic_store.note_reader(stack.redis, KEYS, dynamic_store.Reader("alerter", "other", "host-b", 7, "off"))
    done = stack.mutt("config", "set", "unhandled_threshold=50")
    assert done.returncode == 6
    assert "alerter other on host-b (pid 7) does not obey: DYNAMIC_CONFIG_ENABLED=false" in done.stdout
    stack.redis.hdel(KEYS.config_readers, "alerter:other")


def test_heartbeats_carry_the_revision_that_is_published(stack: Stack) -> None:
    revision = json.loads(config(stack, "set", "unhandled_threshold=60", "-o", "json").stdout)["revision"]
    beats = [KEYS.heartbeat("alerter", "pod-1"), KEYS.heartbeat("moog", "pod-1")]

    def told() -> list[Any]:
        return [json.loads(beat)["config_version"] for beat in stack.redis.mget(beats) if beat is not None]

    eventually(lambda: told() == [revision, revision], "both tell it with their next beat")
