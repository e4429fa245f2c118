"""The web UI as operators use it: real processes, the guides' requests, stores that go and come, keys that change."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import hvac
import pytest

from mutt_cli.keys import Keys
from tests import plain_http, servers
from tests.stack import SECRETS, WEB_KEY, Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

RULE = {"rule_name": "disk_full", "pattern": ".*disk.*full.*", "severity": "critical", "priority": 100, "enabled": True}

OUTCOME = "SELECT outcome FROM event_history WHERE event_id = '{}'"


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """The pipeline and the web UI, running."""
    with running_stack(postgres, openbao) as made:
        made.start("ingestor", "alerter", "forwarder", "webui")
        yield made


def ask(stack: Stack, method: str, path: str, key: str = WEB_KEY, **more: Any) -> httpx.Response:
    """One request with a key; nothing is raised for its status."""
    return plain_http.request(method, f"{stack.webui_url}{path}", headers={"X-API-Key": key}, timeout=15, **more)


def pid(stack: Stack) -> int:
    process = stack.daemons["webui"].process
    assert process is not None
    return process.pid


def reloads(stack: Stack) -> int:
    return stack.log("alerter").count("Reloading")


def test_a_rule_added_over_http_decides_the_next_event_and_its_author_is_known(stack: Stack) -> None:
    before = reloads(stack)
    made = ask(stack, "POST", "/api/v1/rules", json={**RULE, "reason": "asked for by storage"})
    assert made.status_code == 201, made.text
    eventually(lambda: reloads(stack) > before, "the alerter reads the rules again")
    event_id = stack.send({"source": "srv1", "message": "kernel: disk sda1 is full"})["event_id"]
    eventually(lambda: event_id in received_ids(stack), "the alert of the new rule arrives")

    (row,) = ask(stack, "GET", "/api/v1/audit-logs?limit=1").json()["logs"]
    assert (row["changed_by"], row["reason"], row["operation"]) == ("WEBUI_API_KEY", "asked for by storage", "CREATE")
    assert row["correlation_id"] == made.json()["operation"]
    (plan,) = stack.query(f"SELECT plan ->> 'correlation_id' FROM operations WHERE id = '{row['correlation_id']}'")  # noqa: S608
    assert plan == (made.headers["X-Correlation-ID"],)

    where = f"/api/v1/rules/{made.json()['id']}"
    before = reloads(stack)
    assert ask(stack, "PUT", where, json={"enabled": False}).json()["rule"]["version"] == 2
    eventually(lambda: reloads(stack) > before, "the alerter reads the rules again")
    event_id = stack.send({"source": "srv2", "message": "kernel: disk sdb1 is full"})["event_id"]
    rows = eventually(lambda: stack.query(OUTCOME.format(event_id)), "the event is in the history")
    assert rows == [("unhandled",)]


def test_an_alerter_reads_its_rules_again_when_it_is_told_and_not_only_when_it_looks(stack: Stack) -> None:
    """The revision stands still here, so nothing but the announcement can be the cause."""
    before = reloads(stack)
    assert stack.redis.publish(Keys().rules_updates, "1") == 1
    eventually(lambda: reloads(stack) > before, "the alerter reads the rules again")


def test_the_guides_checks_of_health_pages_and_metrics(stack: Stack) -> None:
    for path in ("/", "/rules", "/audit-logs", "/health", "/metrics"):
        assert plain_http.get(f"{stack.webui_url}{path}").status_code == 200
        assert httpx.head(f"{stack.webui_url}{path}").status_code == 200
    assert plain_http.get(f"{stack.webui_url}/health").text == '{"status": "healthy", "redis": "ok", "postgres": "ok"}'
    assert "pool" in plain_http.get(f"{stack.webui_url}/metrics").text
    assert "server" not in plain_http.get(f"{stack.webui_url}/").headers


def test_status_names_the_web_ui_as_running(stack: Stack) -> None:
    answer = stack.mutt("status", "-o", "json")
    services = {one["service"]: one["state"] for one in json.loads(answer.stdout)["services"]}
    assert services["webui"] == "ok"


def test_wrong_keys_are_logged_without_the_key(stack: Stack) -> None:
    assert ask(stack, "GET", "/api/v1/rules", key="guess-12345").status_code == 401
    eventually(lambda: "GET /api/v1/rules 401" in stack.log("webui"), "the refusal is in the access log")
    assert "guess-12345" not in stack.log("webui")
    assert WEB_KEY not in stack.log("webui")


def test_a_new_key_is_accepted_after_sighup_beside_the_old_one(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    def put(**secrets: str) -> None:
        vault = hvac.Client(url=openbao.address, token=openbao.root_token)
        vault.secrets.kv.v2.create_or_update_secret(path="mutt/web", secret=SECRETS | secrets)

    put()
    with running_stack(postgres, openbao, VAULT_SECRET_PATH="mutt/web") as stack:
        stack.start("webui")
        assert ask(stack, "GET", "/api/v1/rules", key="next").status_code == 401
        put(WEBUI_API_KEY_NEXT="next")
        os.kill(pid(stack), signal.SIGHUP)
        eventually(lambda: ask(stack, "GET", "/api/v1/rules", key="next").status_code == 200, "the new key is accepted")
        assert ask(stack, "GET", "/api/v1/rules").status_code == 200


def test_without_its_key_in_vault_it_does_not_start(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    vault = hvac.Client(url=openbao.address, token=openbao.root_token)
    vault.secrets.kv.v2.create_or_update_secret(path="mutt/keyless", secret={**SECRETS, "WEBUI_API_KEY": ""})
    with running_stack(postgres, openbao, VAULT_SECRET_PATH="mutt/keyless") as stack:
        daemon = stack.daemon("webui")
        daemon.start()
        assert daemon.process is not None
        assert daemon.process.wait(30) == 78
        assert "Required secret WEBUI_API_KEY not found in Vault" in stack.log("webui")


def test_it_outlives_both_stores_and_needs_no_restart(openbao: DevOpenBao) -> None:
    with servers.postgres_server() as postgres, running_stack(postgres, openbao) as stack:
        stack.start("webui")
        postgres.engine.stop()
        eventually(lambda: ask(stack, "GET", "/health").status_code == 503, "health tells that PostgreSQL is away")
        answer = ask(stack, "GET", "/api/v1/rules")
        assert (answer.status_code, answer.json()["code"]) == (500, "MUTT-P101")
        assert str(postgres.engine.sockets) not in answer.text
        assert plain_http.get(stack.webui_url).status_code == 500
        postgres.engine.start()
        eventually(lambda: ask(stack, "GET", "/api/v1/rules").status_code == 200, "rules are read again")
        stack.valkey.stop()
        eventually(lambda: ask(stack, "GET", "/health").json()["redis"] == "error", "health tells that Redis is away")
        assert ask(stack, "POST", "/api/v1/rules", json=RULE).status_code == 201
        assert "could not be announced" in stack.log("webui")
        stack.valkey.start()
        eventually(lambda: ask(stack, "GET", "/health").status_code == 200, "health is well again")
        assert stack.daemons["webui"].stop() == 0


def test_a_database_that_freezes_holds_nobody_up_for_long_and_is_used_again_when_it_thaws(openbao: DevOpenBao) -> None:
    with servers.postgres_server() as postgres, running_stack(postgres, openbao) as stack:
        stack.start("webui")
        ask(stack, "GET", "/api/v1/rules")
        with frozen(postgres), ThreadPoolExecutor(16) as pool:  # twice the threads of the worker
            held = list(pool.map(lambda _: ask(stack, "GET", "/api/v1/rules"), range(16)))
            assert {answer.json()["code"] for answer in held} == {"MUTT-P101"}
            health = ask(stack, "GET", "/health")
            assert (health.status_code, health.json()["postgres"]) == (503, "error")
            assert plain_http.get(stack.webui_url, timeout=15).status_code == 500
        eventually(lambda: ask(stack, "GET", "/api/v1/rules").status_code == 200, "rules are read again")


@contextmanager
def frozen(postgres: PostgresServer) -> Iterator[None]:
    """Every process of a server stands still: connections are taken by the kernel, and nothing answers."""
    first = int((postgres.engine.data / "postmaster.pid").read_text().splitlines()[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    everyone = [first, *map(int, children)]
    for one in everyone:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in everyone:
            os.kill(one, signal.SIGCONT)


def test_it_starts_while_both_stores_are_away(openbao: DevOpenBao) -> None:
    with servers.postgres_server() as postgres, running_stack(postgres, openbao) as stack:
        postgres.engine.stop()
        stack.valkey.stop()
        stack.daemon("webui").start()

        def health() -> int:
            try:
                return plain_http.get(f"{stack.webui_url}/health", timeout=15).status_code
            except httpx.TransportError:
                return 0

        eventually(lambda: health() == 503, "it answers that it is unhealthy")
        postgres.engine.start()
        stack.valkey.start()
        eventually(lambda: health() == 200, "it is healthy without a restart")


def test_numbers_are_of_all_workers(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    with running_stack(postgres, openbao) as stack:
        stack.daemon("webui").arguments = ("--workers", "2")
        stack.daemons["webui"].start()
        stack.wait_healthy("webui")
        for _ in range(20):  # each on a connection of its own, for whichever worker takes it
            assert ask(stack, "GET", "/api/v1/rules").status_code == 200
        line = 'mutt_webui_api_requests_total{endpoint="rules",status="2xx"} 20'
        eventually(lambda: line in plain_http.get(f"{stack.webui_url}/metrics").text, "all requests are counted")
