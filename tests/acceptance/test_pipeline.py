"""Real events in, real alerts out: the whole way through real processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import plain_http
from tests.stack import API_KEY, Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """Ingestor, alerter and forwarder, running."""
    with running_stack(postgres, openbao) as made:
        made.start("ingestor", "alerter", "forwarder")
        yield made


def test_matching_event_reaches_moogsoft_and_its_story_is_in_the_history(stack: Stack) -> None:
    answer = stack.send({"source": "core-sw1", "message": "%LINK-3-UPDOWN: Gi0/1 changed to down"})
    event_id = answer["event_id"]

    eventually(lambda: event_id in received_ids(stack), "the alert arrives at the simulator")
    rows = eventually(
        lambda: len(found := stack.query(_STEPS.format(event_id))) == 2 and found, "both steps are in the history"
    )
    assert rows == [("alerter", "alerted", "link-down"), ("forwarder", "delivered", "link-down")]


_STEPS = "SELECT stage, outcome, rule_name FROM event_history WHERE event_id = '{}' ORDER BY recorded_at"


def test_batch_is_answered_item_by_item_and_the_bad_one_is_quarantined(stack: Stack) -> None:
    body = b'{"message":"fine"}\n[1,2]\n{"message":"also fine"}\n'
    headers = {"X-API-Key": API_KEY, "Content-Type": "application/x-ndjson"}
    answer = plain_http.post(f"{stack.ingest_url}/ingest", content=body, headers=headers)
    assert answer.status_code == 200
    assert [item["status"] for item in answer.json()["items"]] == ["queued", "refused", "queued"]
    assert stack.redis.llen("mutt:quarantine:ingest") >= 1


@pytest.mark.parametrize("key", [None, "", "wrong", "schlüssel", "x" * 10_000])
def test_wrong_key_is_401(stack: Stack, key: str | None) -> None:
    headers = {} if key is None else {"X-API-Key": key.encode()}
    answer = plain_http.post(f"{stack.ingest_url}/ingest", json={"message": "x"}, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert answer.json()["reason"] == "auth"


def test_health_body_is_the_documented_one(stack: Stack) -> None:
    eventually(
        lambda: (
            plain_http.get(f"{stack.ingest_url}/health").text == '{"status": "healthy", "redis": "ok", "vault": "ok"}'
        ),
        "the ingestor says it is healthy",
    )


def test_repeated_request_with_the_same_idempotency_key_queues_nothing_new(stack: Stack) -> None:
    headers = {"X-API-Key": API_KEY, "Idempotency-Key": "order-66"}
    first, second = (
        plain_http.post(f"{stack.ingest_url}/ingest", json={"message": "once"}, headers=headers).json()
        for _ in range(2)
    )
    assert first["event_id"] == second["event_id"]


def test_nul_in_a_host_name_costs_no_row_of_the_history(stack: Stack) -> None:
    event_id = stack.send({"hostname": "n\x00h", "message": "%LINK-3-UPDOWN: Gi8/2 changed to down"})["event_id"]
    rows = eventually(
        lambda: len(found := stack.query(_STEPS.format(event_id))) == 2 and found, "both steps are in the history"
    )
    assert [outcome for _, outcome, _ in rows] == ["alerted", "delivered"]
    assert stack.query("SELECT count(*) FROM event_history_rejects") == [(0,)]
