"""What each answer of the ingest API means for a batch."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.ingest_reply import Accepted, BadBody, Meaning, Never, NotNow, Reply, Taken, meaning
from mutt_cli.core.intake import Refused

ACCEPTED = {"index": 0, "status": "queued", "event_id": "e0", "correlation_id": "c0"}
REFUSED = {"index": 1, "status": "refused", "reason": "not_an_object", "detail": "it is a list"}


def told(status: int, body: object, lines: tuple[int, ...] = (7, 9), wait: float | None = None) -> Meaning:
    return meaning(Reply(status, json.dumps(body).encode(), wait), lines)


def test_items_of_an_answer_are_told_by_the_lines_they_came_from() -> None:
    answer = {"status": "partial", "accepted": 1, "refused": 1, "queue_depth": 4, "items": [ACCEPTED, REFUSED]}
    assert told(200, answer) == Taken((Accepted(7, "e0", "c0"),), (Refused(9, "not_an_object", "it is a list"),))


def test_answer_to_a_single_object_stands_for_the_one_item() -> None:
    answer = {"status": "queued", "event_id": "e0", "correlation_id": "c0", "queue_depth": 1}
    assert told(200, answer, lines=(3,)) == Taken((Accepted(3, "e0", "c0"),), ())


@pytest.mark.parametrize(
    "body",
    [
        {"status": "queued", "items": [ACCEPTED]},
        {"status": "queued", "items": [ACCEPTED, ACCEPTED]},
        {"status": "queued", "items": [ACCEPTED, REFUSED, {**REFUSED, "index": 2}]},
        {"status": "queued", "items": [{**ACCEPTED, "event_id": ""}, REFUSED]},
        {"status": "queued", "items": [{**ACCEPTED, "status": "perhaps"}, REFUSED]},
        {"status": "queued", "event_id": "e", "correlation_id": "c"},
        {},
        "hello",
    ],
)
def test_answer_that_does_not_account_for_each_item_is_not_believed(body: object) -> None:
    said = told(200, body)
    assert isinstance(said, Never)
    assert said.kind == "stranger"


@pytest.mark.parametrize("status", [503, 429])
def test_rate_limit_asks_for_the_wait_it_names(status: int) -> None:
    body = {"status": "error", "reason": "rate_limit", "detail": "1000 in 60 s"}
    assert told(status, body, wait=12.0) == NotNow("rate_limit", 12.0, maybe=False)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_failure_on_the_way_leaves_open_whether_the_events_arrived(status: int) -> None:
    assert told(status, "<html>") == NotNow(f"HTTP {status}", None, maybe=True)


def test_redis_trouble_leaves_open_whether_the_events_arrived() -> None:
    assert told(503, {"status": "error", "reason": "redis"}) == NotNow("redis", None, maybe=True)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_refused_body_is_told_with_its_reason(status: int) -> None:
    assert told(status, {"status": "error", "reason": "too_large", "detail": "d"}) == BadBody("too_large", "d")


@pytest.mark.parametrize(("status", "kind"), [(401, "auth"), (403, "auth"), (404, "stranger"), (302, "stranger")])
def test_answers_that_no_repetition_changes_end_it(status: int, kind: str) -> None:
    said = told(status, {"status": "error", "reason": "auth", "detail": "d"})
    assert isinstance(said, Never)
    assert said.kind == kind


@given(st.integers(100, 599), st.binary(max_size=60))
def test_any_answer_has_a_meaning(status: int, body: bytes) -> None:
    assert not isinstance(meaning(Reply(status, body), (1, 2)), Taken)
