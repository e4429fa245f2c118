"""The delivery limit is one for all forwarders; who has to wait for it stays queued, and everybody is told why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.acceptance.moogsoft import KEYS, received_ms, send
from tests.stack import eventually, received_ids, running_stack

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

MOST = 12
WINDOW_S = 3


def test_two_forwarders_together_never_exceed_the_limit_in_any_window_and_lose_nothing(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    settings = {"RATE_LIMIT_MAX_REQUESTS": str(MOST), "RATE_LIMIT_WINDOW_SECONDS": str(WINDOW_S)}
    with running_stack(postgres, openbao, **settings) as stack:
        stack.start("ingestor", "alerter", "forwarder")
        stack.second("forwarder").start()
        eventually(lambda: stack.redis.exists(KEYS.heartbeat("moog", "pod-2")), "the second forwarder has its lease")
        event_ids = send(stack, 1, 4 * MOST)
        eventually(lambda: len(received_ids(stack)) >= MOST, "the first window is used")
        assert stack.redis.llen(KEYS.alert_queue) > 0, "the others wait in their queue"
        eventually(lambda: sorted(received_ids(stack)) == sorted(event_ids), "each arrives, once", 60)
        deliveries = "SELECT outcome, attempt, count(*) FROM event_history WHERE stage = 'forwarder' GROUP BY 1, 2"
        eventually(lambda: stack.query(deliveries) == [("delivered", 1, 4 * MOST)], "no attempt was used by waiting")
        assert not stack.redis.llen(KEYS.dlq_moog)
        # A permit is given at the claim; its post may come as much as half a window later, and no test is that slow.
        assert most_within(received_ms(stack), WINDOW_S * 500) <= MOST


def most_within(moments: list[int], length_ms: int) -> int:
    """The greatest number of moments in any span of this length."""
    return max(sum(start <= moment < start + length_ms for moment in moments) for start in moments)


def test_limit_that_holds_alerts_back_is_named_by_log_status_and_trace(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    settings = {"RATE_LIMIT_MAX_REQUESTS": "2", "RATE_LIMIT_WINDOW_SECONDS": "600"}
    with running_stack(postgres, openbao, **settings) as stack:
        stack.start("ingestor", "alerter", "forwarder")
        event_ids = send(stack, 1, 2)
        eventually(lambda: len(received_ids(stack)) == 2, "the limit is used up")
        assert "held by" not in stack.mutt("status").stdout, "nothing waits yet"
        event_ids = send(stack, 10, 30)
        eventually(lambda: stack.redis.llen(KEYS.alert_queue) == 30, "they wait")
        eventually(lambda: WORDS in stack.log("forwarder"), "the log says why")
        screen = stack.mutt("status").stdout
        assert f"forwarder, held by {WORDS}" in screen
        found = json.loads(stack.mutt("status", "-o", "json").stdout)
        assert {one["queue"]: one["held_by"] for one in found["queues"] if one["held_by"]} == {"alert": WORDS}
        story = json.loads(stack.mutt("trace", event_ids[-1], "-o", "json").stdout)
        assert (story["state"], story["now"][0]["held_by"]) == ("waiting", WORDS)
        assert f"waits for the delivery limit: {WORDS} is used up" in stack.mutt("trace", event_ids[-1]).stdout
        stack.redis.delete(KEYS.rate_limit_moog)
        eventually(lambda: len(received_ids(stack)) == 4, "two more permits, two more alerts")
        assert stack.log("forwarder").count("delivery limit reached") == 1, "once per episode, not per alert"


WORDS = "RATE_LIMIT_MAX_REQUESTS (2 in 600 s)"
