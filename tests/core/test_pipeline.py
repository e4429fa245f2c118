"""The map of the pipeline holds together: every queue has a key, a reader and a drainer."""

from __future__ import annotations

from dataclasses import replace

from mutt_cli.core.pipeline import QUEUES, STAGES, drainers, in_flow_order, in_hand, undrained, worker_of
from mutt_cli.keys import Keys

KEYS = Keys()


def test_every_dead_letter_queue_has_a_drainer() -> None:
    assert undrained() == ()


def test_a_dead_letter_queue_that_nobody_drains_is_found() -> None:
    without = tuple(stage for stage in STAGES if stage.name != "remediation")
    assert undrained(without) == ("dlq-alerter", "dlq-moog")
    nobody = tuple(replace(queue, by_hand=False) for queue in QUEUES)
    assert undrained(queues=nobody) == ("dlq-old-events", "dead", "quarantine")


def test_a_failure_that_goes_to_no_queue_is_found() -> None:
    lost = tuple(replace(stage, failures=("limbo",)) if stage.name == "forwarder" else stage for stage in STAGES)
    assert undrained(lost) == ("limbo",)


def test_every_queue_is_filled_and_emptied_by_somebody() -> None:
    filled = {name for stage in STAGES for name in (*stage.produces, *stage.failures)} | {"dlq-old-events"}
    assert {queue.name for queue in QUEUES} == filled
    assert all(drainers(queue.name) for queue in QUEUES)


def test_names_and_keys_are_the_documented_ones() -> None:
    assert {queue.name: queue.key(KEYS) for queue in QUEUES} == {
        "ingest": "mutt:ingest_queue",
        "alert": "mutt:alert_queue",
        "retry": "mutt:retry:moog",
        "dlq-alerter": "mutt:dlq:alerter",
        "dlq-moog": "mutt:dlq:moog",
        "dlq-old-events": "mutt:dlq:old_events",
        "dead": "mutt:dlq:dead",
        "quarantine": "mutt:quarantine:ingest",
    }
    assert drainers("dlq-moog") == ("remediation",)
    assert drainers("retry") == ("forwarder",)
    assert drainers("dead") == ("operator",)


def test_the_list_of_a_worker_is_named_after_its_service() -> None:
    hand = in_hand("moog", "pod-1")
    assert (hand.name, hand.key(KEYS)) == ("inflight-forwarder-pod-1", "mutt:processing:moog:pod-1")
    assert worker_of(hand.name) == ("moog", "pod-1")
    assert worker_of("inflight-alerter-a-b.2") == ("alerter", "a-b.2")
    assert worker_of("inflight-alerter-") is None
    assert worker_of("ingest") is None


def test_everything_in_flight_is_met_once_in_the_order_of_the_way() -> None:
    order = [queue.name for queue in in_flow_order([("moog", "f"), ("alerter", "a")])]
    assert len(order) == len(set(order))
    assert set(order) == {queue.name for queue in QUEUES if queue.in_flight} | {
        "inflight-alerter-a", "inflight-forwarder-f",
    }  # fmt: skip
    way = ["ingest", "inflight-alerter-a", "alert", "inflight-forwarder-f", "retry", "dlq-moog"]
    assert [name for name in order if name in way] == way
