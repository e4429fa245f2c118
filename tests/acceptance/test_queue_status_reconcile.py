"""`mutt queue`, `mutt status` and `mutt reconcile` as an operator types them, on real servers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from mutt_cli.adapters.migrations import migrate
from tests.acceptance.frame import Answer, mutt
from tests.contract.protocol.workers import KEYS
from tests.integration.flow import Flow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.redis_client import Client
    from tests.servers import PostgresServer

    Shell = Callable[..., Answer]

TOTALS = (
    "balanced", "accepted", "generated", "injected", "forwarded", "unhandled", "suppressed", "deduplicated", "dead",
    "purged", "in_flight", "accounted", "waiting", "refused", "quarantined", "remainder", "missing", "missing_count",
    "extra", "extra_count",
)  # fmt: skip


@pytest.fixture
def flow(redis_client: Client, tmp_path: Path) -> Flow:
    return Flow(redis_client, tmp_path / "witness")


@pytest.fixture
def shell(tmp_path: Path, valkey: Valkey, postgres: PostgresServer, database: str) -> Shell:
    """Runs `mutt WORDS` against this test's servers."""
    with psycopg.connect(postgres.dsn_for(database), autocommit=True) as conn:
        migrate(conn)
    words = conninfo_to_dict(postgres.dsn_for(database))
    env = {
        "REDIS_SOCKET": str(valkey.socket),
        "POSTGRES_HOST": str(words["host"]),
        "POSTGRES_PORT": str(words.get("port") or 5432),
        "POSTGRES_DB": database,
        "INGESTOR_PORT": "1",
        "USER": "mk",
    }
    return lambda *words, **more: mutt(tmp_path, *words, env={**env, **more})


def asked(answer: Answer, code: int = 0) -> dict[str, Any]:
    assert answer.code == code, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    return found


def lose_one(flow: Flow) -> str:
    """Two alerts wait and one is taken away; returns its id."""
    lost, _kept = flow.send("LINK a", "LINK b")
    flow.decide()
    flow.client.rpop(KEYS.alert_queue)
    return lost


def test_a_balanced_ledger_is_exit_0_also_with_messages_in_flight(flow: Flow, shell: Shell) -> None:
    flow.send("LINK a", "nothing", "LINK b")
    flow.decide()
    answer = asked(shell("reconcile", "-o", "json"))
    assert tuple(name for name in answer if name in TOTALS) == TOTALS
    assert answer["kind"] == "mutt.reconcile"
    assert (answer["balanced"], answer["accepted"], answer["unhandled"], answer["in_flight"]) == (True, 3, 1, 2)
    assert shell("reconcile").out.startswith("balanced: ")


def test_a_lost_message_is_exit_1_with_its_id(flow: Flow, shell: Shell) -> None:
    lost = lose_one(flow)
    answer = asked(shell("reconcile", "-o", "json"), code=1)
    assert (answer["balanced"], answer["remainder"], answer["missing"]) == (False, 1, [lost])
    told = shell("reconcile")
    assert told.code == 1
    assert told.out.startswith("not balanced: 1 message is missing")
    assert f"missing   {lost}" in told.out


def test_the_ledger_by_source_and_minute_shows_where_it_is_off(flow: Flow, shell: Shell) -> None:
    lose_one(flow)
    by_source = asked(shell("reconcile", "--by", "source", "-o", "json"), code=1)
    (row,) = by_source["items"]
    assert (row["source"], row["accepted"], row["in_flight"], row["remainder"]) == ("api", 2, 1, 1)
    assert by_source["remainder"] == 1
    (minute,) = asked(shell("reconcile", "--by", "minute", "-o", "json"), code=1)["items"]
    assert minute["minute"].endswith("Z")
    assert {"UNHANDLED", "DEDUPLICATED"} <= set(shell("reconcile", "--by", "source", "-o", "wide").out.upper().split())
    assert shell("reconcile", "--by", "minute", "--until", "1h", "-o", "name").out == ""
    assert shell("reconcile", "--by", "host").code == 2


def test_accepting_a_remainder_needs_a_reason_and_closes_it_once(flow: Flow, shell: Shell) -> None:
    lost = lose_one(flow)
    refused = shell("reconcile", "--accept")
    assert (refused.code, refused.out) == (2, "")
    assert "--reason" in refused.err
    planned = shell("reconcile", "--accept", "--reason", "INC-7", "--dry-run")
    assert planned.code == 1
    assert f"missing {lost}" in planned.err
    assert shell("reconcile", "--accept", "--reason", "INC-7", MUTT_READ_ONLY="1").code == 7
    assert shell("reconcile").code == 1
    done = asked(shell("reconcile", "--accept", "--reason", "INC-7", "-o", "json"))
    assert (done["balanced"], done["accounted"], done["correction"]["named"]) == (True, 1, 1)
    assert shell("reconcile", "--accept", "--reason", "INC-7").err == "nothing to accept\n"
    assert flow.client.hget(KEYS.ledger, "accounted") == b"1"


def test_without_postgresql_or_where_nothing_may_be_changed_nothing_is_repaired(
    flow: Flow, shell: Shell, tmp_path: Path
) -> None:
    lose_one(flow)
    away = shell("reconcile", "--repair", "-o", "json", POSTGRES_HOST=str(tmp_path))
    assert (away.code, away.out, json.loads(away.err)["code"][:6]) == (5, "", "MUTT-P")
    assert shell("reconcile", "--repair", MUTT_READ_ONLY="1").code == 7
    assert flow.client.llen(KEYS.ingest_queue) == 0
    told = shell("reconcile")
    assert "next      mutt reconcile --repair --dry-run" in told.out
    assert asked(shell("reconcile", "--repair", "-o", "json"))["repair"]["done"]["emitted"] == 1


def test_a_reason_without_accept_is_a_usage_error(shell: Shell) -> None:
    assert shell("reconcile", "--reason", "x").code == 2


def test_without_redis_the_ledger_cannot_be_read(shell: Shell, tmp_path: Path) -> None:
    answer = shell("reconcile", "-o", "json", REDIS_SOCKET=str(tmp_path / "no.sock"))
    assert (answer.code, answer.out) == (5, "")
    assert json.loads(answer.err)["code"] == "MUTT-R101"


def test_queue_depth_is_a_bare_number_by_name_and_by_key(flow: Flow, shell: Shell) -> None:
    flow.send("LINK a", "LINK b", "LINK c")
    assert shell("queue", "depth", "ingest").out == "3\n"
    assert shell("queues", "depth", "mutt:ingest_queue").out == "3\n"
    flow.take()
    assert shell("queue", "depth", "inflight-alerter-a1").out == "3\n"
    assert shell("queue", "depth", "mutt:processing:alerter:a1").out == "3\n"
    assert asked(shell("queue", "depth", "retry", "-o", "json"))["depth"] == 0


def test_queue_depth_without_a_name_is_a_line_for_each_queue(flow: Flow, shell: Shell) -> None:
    flow.send("LINK a")
    lines = shell("queue", "depth").out.splitlines()
    assert lines[0] == "ingest\t1"
    assert [line.partition("\t")[0] for line in lines] == [
        "ingest", "alert", "retry", "dlq-alerter", "dlq-moog", "dlq-old-events", "dead", "quarantine",
        "inflight-alerter-a1", "inflight-forwarder-f1",
    ]  # fmt: skip
    assert asked(shell("queue", "depth", "-o", "json"))["items"][0] == {
        "queue": "ingest", "key": "mutt:ingest_queue", "depth": 1,
    }  # fmt: skip


def test_an_unknown_queue_is_exit_3_with_a_near_name(flow: Flow, shell: Shell) -> None:
    answer = shell("queue", "depth", "ingst")
    assert (answer.code, answer.out) == (3, "")
    assert "did you mean ingest?" in answer.err
    assert shell("queue", "depth", "inflight-alerter-nobody").code == 3


def test_queue_list_shows_depth_age_consumers_and_drainer(flow: Flow, shell: Shell) -> None:
    flow.send("LINK a")
    flow.client.lpush(KEYS.dead, "no JSON")
    items = {row["queue"]: row for row in asked(shell("queue", "list", "-o", "json"))["items"]}
    ingest = items["ingest"]
    assert (ingest["depth"], ingest["consumers"], ingest["drained_by"]) == (1, 1, ["alerter"])
    assert 0 <= ingest["oldest_age_seconds"] < 60
    assert (items["dlq-moog"]["drained_by"], items["dlq-moog"]["consumers"]) == (["remediation"], 0)
    assert (items["dead"]["depth"], items["dead"]["oldest_age_seconds"], items["dead"]["drained_by"]) == (
        1, None, ["operator"],
    )  # fmt: skip
    assert shell("queue", "list", "-o", "name").out.splitlines()[0] == "ingest"


def test_status_is_drawn_with_everything_on_it(flow: Flow, shell: Shell) -> None:
    flow.send("LINK a")
    found = asked(shell("status", "-o", "json"))
    assert found["kind"] == "mutt.status"
    assert {one["name"]: one["state"] for one in found["backends"]} == {"redis": "ok", "db": "ok", "vault": "off"}
    states = {(one["service"], one["state"]) for one in found["services"]}
    assert {("alerter", "ok"), ("forwarder", "ok"), ("ingestor", "down")} <= states
    assert (found["ledger"]["balanced"], found["ledger"]["in_flight"]) == (True, 1)
    assert found["breaker"]["state"] == "CLOSED"
    assert (found["state"], len(found["queues"])) == ("crit", 10)
    assert {"svc.ingestor", "svc.remediation", "svc.webui"} <= {one["check"] for one in found["findings"]}
    screen = shell("status")
    assert screen.code == 0
    assert "ledger    balanced: 1 came in, 0 went out, 1 in flight" in screen.out


def test_status_says_critical_when_a_message_is_lost(flow: Flow, shell: Shell) -> None:
    lose_one(flow)
    found = asked(shell("status", "-o", "json"))
    assert (found["state"], found["ledger"]["remainder"]) == ("crit", 1)
    ledger = next(one for one in found["findings"] if one["check"] == "ledger")
    assert (ledger["state"], ledger["remedy"], ledger["caused_by"]) == ("crit", "mutt reconcile", None)


def test_status_tells_of_dead_letters_and_what_to_do(flow: Flow, shell: Shell) -> None:
    flow.client.lpush(KEYS.dlq_moog, "{}")
    flow.client.lpush(KEYS.dead, "{}", "{}")
    flow.client.lpush(KEYS.quarantine, "{}")
    found = {one["check"]: one for one in asked(shell("status", "-o", "json"))["findings"]}
    assert found["dlq.moog.depth"]["text"] == "1 set aside, and no remediation is at work to bring it back"
    assert found["dlq.moog.depth"]["caused_by"] == "svc.remediation"
    assert found["dlq.dead.depth"]["text"] == "2 poison messages need a person"
    assert found["dlq.dead.depth"]["remedy"] == "mutt dlq list dead --by reason"


def test_status_of_a_service_is_a_line_per_instance(flow: Flow, shell: Shell) -> None:
    flow.alerter.lease.leave()
    found = asked(shell("status", "moog-forwarder", "-o", "json"))
    assert [(one["service"], one["instance"], one["state"]) for one in found["items"]] == [("forwarder", "f1", "ok")]
    assert found["state"] == "crit"
    assert shell("status", "alertr").code == 3


def test_status_is_drawn_also_when_nothing_answers(shell: Shell, tmp_path: Path) -> None:
    away = {
        "REDIS_SOCKET": str(tmp_path / "no.sock"),
        "POSTGRES_HOST": str(tmp_path),
        "VAULT_ADDR": "http://127.0.0.1:1",
    }
    found = asked(shell("status", "-o", "json", **away))
    assert [one["state"] for one in found["backends"]] == ["error", "error", "error"]
    assert all(one["detail"] for one in found["backends"])
    assert (found["state"], found["queues"], found["ledger"]) == ("crit", [], None)
    assert shell("status", **away).code == 0
