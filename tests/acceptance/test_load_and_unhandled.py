"""What no rule matches and what is too much at once, through real processes: counted, told, set aside, brought back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mutt_cli.keys import Keys
from tests.acceptance.test_remediation import balanced, ids_of, pipeline
from tests.stack import eventually, received_ids, running_stack

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer
    from tests.stack import Stack

KEYS = Keys()


def unmatched(number: int) -> dict[str, Any]:
    return {"hostname": "fan-host", "message": f"fan {number} of tray 0x{number:04x} failed"}


def kinds(stack: Stack) -> list[dict[str, Any]]:
    found = stack.redis.keys(KEYS.unhandled_pattern)
    return [json.loads(stack.redis.get(key) or b"null") for key in found]


def received(stack: Stack) -> list[dict[str, Any]]:
    path = stack.folder / "received.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line)["payload"] for line in lines]


def test_unmatched_events_of_one_kind_raise_one_meta_alert_and_the_ledger_balances(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with pipeline(postgres, openbao, UNHANDLED_THRESHOLD="5", JANITOR_INTERVAL="1") as stack:
        stack.send(*[unmatched(number) for number in range(1, 5)])
        eventually(lambda: [kind["count"] for kind in kinds(stack)] == [4], "four events are one kind")
        stack.send(*[unmatched(number) for number in range(5, 9)])
        [payload] = eventually(lambda: received(stack), "the meta-alert arrives at Moogsoft")
        assert payload["description"].startswith("8 events matched no rule since ")
        assert (payload["source"], payload["type"]) == ("fan-host", "mutt-unhandled")
        stack.send(*[unmatched(number) for number in range(9, 19)])
        eventually(lambda: [kind["count"] for kind in kinds(stack)] == [18], "the counts go on")
        [kind] = kinds(stack)
        assert kind["triggered"]
        assert len(kind["correlation_ids"]) == 5
        assert "janitor: unhandled events" in stack.log("alerter")
        account = balanced(stack)
        assert (account["unhandled"], account["generated"], account["forwarded"]) == (18, 1, 1)
        assert len(received(stack)) == 1
        told = stack.mutt("trace", payload["custom_info"]["event_id"])
        assert told.returncode == 0, told.stderr
        assert "delivered" in told.stdout


def test_events_over_the_shed_threshold_wait_in_the_dead_letter_queue_and_all_arrive_in_the_end(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    settings = {
        "ALERTER_SHED_MODE": "dlq", "ALERTER_QUEUE_WARN_THRESHOLD": "5", "ALERTER_QUEUE_SHED_THRESHOLD": "10",
        "DEDUPE_WINDOW": "0", "REMEDIATION_INTERVAL": "3600",
    }  # fmt: skip
    with running_stack(postgres, openbao, **settings) as stack:
        stack.start("ingestor", "forwarder")
        events = [{"hostname": f"sw{n}", "message": "LINK down"} for n in range(100)]
        sent = ids_of(stack.send(*events))
        stack.start("alerter")
        eventually(lambda: len(received_ids(stack)) == 10, "the newest ten are decided")
        assert set(received_ids(stack)) == set(sent[90:])
        assert stack.redis.llen(KEYS.dlq_alerter) == 90
        text = "Backpressure: Queue depth 100 exceeds shed threshold 10, shedding event"
        assert stack.log("alerter").count(text) == 90
        stack.start("remediation")
        eventually(lambda: set(received_ids(stack)) == set(sent), "what was shed comes back and arrives", 30)
        balanced(stack)
        assert len(received_ids(stack)) == 100
