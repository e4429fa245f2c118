"""The `_delivery` object: what goes in comes out, and the original survives it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.dead_letter import (
    MAX_REASONS,
    annotate,
    message_id,
    open_letter,
    payload_hash,
    raise_attempt,
    replayed,
    strip,
)
from mutt_cli.core.ids import adopt, element_id

T0 = 1_772_939_260_003  # 2026-03-08T03:07:40.003Z
ALERT = b'{"event_id":"0195c3a0-0000-7000-8000-000000000001","severity":"major","attempt":2,"n":1.10}'


def failed(element: bytes, reason: str = "http_400", at_ms: int = T0, **more: Any) -> bytes:
    given = {"error": "HTTP 400 Bad Request", "attempt": 1, "origin": "mutt:alert_queue", **more}
    return annotate(element, reason=reason, at_ms=at_ms, **given)


def delivery(element: bytes) -> dict[str, Any]:
    return dict(json.loads(element)["_delivery"])


texts = st.text(st.characters(exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner),
    max_leaves=8,
)  # fmt: skip
names = st.sampled_from(["raw", "raw_base64", "_delivery", "event_id", "attempt", "message"]) | texts
objects = st.dictionaries(names, json_values, max_size=5).map(msgspec.json.encode)
elements = st.binary(max_size=80) | objects | json_values.map(msgspec.json.encode) | json_values.map(
    lambda value: json.dumps(value, indent=1).encode()
)  # fmt: skip


@given(elements, st.text(max_size=30))
def test_strip_undoes_annotate_for_any_bytes(element: bytes, error: str) -> None:
    original = strip(element)
    once = failed(element, error=error)
    twice = failed(once, "timeout", error=error)
    assert strip(once) == original
    assert strip(twice) == original
    assert strip(original) == original
    assert isinstance(json.loads(twice)["_delivery"], dict)


@given(elements)
def test_hash_and_id_outlive_failures_retries_and_replays(element: bytes) -> None:
    expected = payload_hash(element), message_id(element)
    for later in (failed(element), raise_attempt(element, 3), replayed(failed(raise_attempt(element, 1)))):
        assert (payload_hash(later), message_id(later)) == expected


@given(objects.filter(lambda element: b'"_delivery"' not in element))
def test_strip_gives_back_the_very_bytes_of_a_compact_object(element: bytes) -> None:
    assert strip(failed(element)) == element


@given(st.lists(st.tuples(st.text(max_size=2), st.integers(0, 2**40)), min_size=1, max_size=40))
def test_history_counts_every_failure_in_bounded_space(failures: list[tuple[str, int]]) -> None:
    element = ALERT
    for reason, at_ms in failures:
        element = failed(element, reason, at_ms)
    lines = delivery(element)["history"]
    assert sum(line["count"] for line in lines) == len(failures)
    assert len(lines) <= MAX_REASONS + 1


def test_first_failure_writes_the_whole_story() -> None:
    assert delivery(failed(ALERT, crashes=1)) == {
        "reason": "http_400",
        "error": "HTTP 400 Bad Request",
        "attempts": 1,
        "first_failed_at": "2026-03-08T03:07:40.003Z",
        "last_failed_at": "2026-03-08T03:07:40.003Z",
        "origin": "mutt:alert_queue",
        "crashes": 1,
        "replays": 0,
        "history": [
            {
                "reason": "http_400",
                "count": 1,
                "first_at": "2026-03-08T03:07:40.003Z",
                "last_at": "2026-03-08T03:07:40.003Z",
            }
        ],
    }


def test_later_failures_keep_the_first_time_and_count_per_reason() -> None:
    element = failed(failed(failed(ALERT), "http_503", T0 + 1_000), "http_503", T0 + 2_000, crashes=2)
    story = open_letter(element).delivery
    assert story is not None
    assert (story.reason, story.first_failed_ms, story.last_failed_ms) == ("http_503", T0, T0 + 2_000)
    assert [(line.reason, line.count) for line in story.history] == [("http_400", 1), ("http_503", 2)]
    assert (story.crashes, story.count("http_503"), story.count("shed")) == (2, 2, 0)


def test_replay_counts_itself_and_begins_the_attempts_anew() -> None:
    element = replayed(replayed(failed(ALERT, attempt=5)))
    assert json.loads(element)["attempt"] == 0
    assert (delivery(element)["replays"], delivery(element)["attempts"]) == (2, 0)
    assert delivery(failed(element))["replays"] == 2


def test_text_is_wrapped_and_unwrapped() -> None:
    element = failed(b"not json at all")
    assert json.loads(element)["raw"] == "not json at all"
    assert strip(element) == b"not json at all"


def test_bytes_that_are_no_utf8_are_kept_as_base64() -> None:
    element = failed(b"\xff\x00\xfe")
    assert json.loads(element)["raw_base64"] == "/wD+"
    assert strip(element) == b"\xff\x00\xfe"
    assert "raw_base64" in json.loads(failed(b'{"message":"\xff"}'))


def test_crashes_of_all_rounds_add_up() -> None:
    assert delivery(failed(failed(ALERT, "crash", crashes=3), "crash", crashes=3))["crashes"] == 6


@pytest.mark.parametrize("element", [
    b'{"a":NaN}', b'{"a":"\\ud800"}', b'{"a":1', b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"[1, 2]", b"",
])  # fmt: skip
def test_json_that_is_no_readable_object_is_kept_as_text(element: bytes) -> None:
    assert strip(failed(element)) == element
    assert set(json.loads(failed(element))) == {"raw", "_delivery"}


@pytest.mark.parametrize("element", [
    b'{"a":' + b"9" * 5_000 + b"}", b'{"a":1e999}', b'{"a":1.10}', b'{"a":"\\u0041\\/"}', b'{"_delivery ":[1e5]}',
])  # fmt: skip
def test_numbers_and_escapes_stay_as_written(element: bytes) -> None:
    assert strip(failed(element)) == element


def test_brackets_inside_text_do_not_count_as_depth() -> None:
    element = msgspec.json.encode({"message": '[{\\"' * 500})
    assert "message" in json.loads(failed(element))


@pytest.mark.parametrize("element", [b'{"raw":"x"}', b'{"raw_base64":"eA=="}', b'{"raw":"x","wrapped":true}'])
def test_object_with_a_raw_field_is_not_mistaken_for_a_wrapping(element: bytes) -> None:
    assert strip(element) == element
    assert strip(failed(element)) == element


@pytest.mark.parametrize("element", [
    b'{"raw":7,"_delivery":{"wrapped":true}}', b'{"raw_base64":"?","_delivery":{"wrapped":true}}',
    b'{"_delivery":{"wrapped":true}}', b'{"raw_base64":"\xc3\xa9","_delivery":{"wrapped":true}}',
])  # fmt: skip
def test_mark_without_text_is_an_object_like_any_other(element: bytes) -> None:
    assert strip(strip(failed(element))) == strip(element)


def buried(element: bytes, **facts: str) -> bytes:
    """As the script leaves the third crash: quoted, with the facts beside it."""
    story = {"reason": "crash", "crashes": 3, "last_failed_at": "2026-03-08T03:07:41.000Z", "wrapped": True}
    return msgspec.json.encode({"correlation_id": "", **facts, "raw": element.decode(), "_delivery": story})


def test_alert_quoted_by_a_crash_keeps_its_earlier_history() -> None:
    dead = buried(failed(ALERT), event_id="0195c3a0-0000-7000-8000-000000000001", _source="key1")
    letter = open_letter(dead)
    assert letter.body == ALERT
    assert letter.delivery is not None
    assert (letter.delivery.reason, letter.delivery.crashes, letter.delivery.origin) == ("crash", 3, "mutt:alert_queue")
    assert (letter.delivery.count("http_400"), letter.delivery.count("crash")) == (1, 1)
    assert (payload_hash(dead), message_id(dead)) == (payload_hash(ALERT), message_id(ALERT))


def test_broken_text_quoted_by_a_crash_keeps_the_facts_beside_it() -> None:
    again = failed(replayed(buried(b'{"event_id":"e1","m":[1,', event_id="e1", _source="key1")), "unreadable")
    assert strip(again) == b'{"event_id":"e1","m":[1,'
    assert message_id(again) == "e1"
    assert json.loads(again)["_source"] == "key1"
    assert delivery(again)["crashes"] == 3


def test_message_adopted_from_a_hand_keeps_its_hash() -> None:
    for element in (b'{"severity":"warning"}', b'{"correlation_id":"mine","severity":"warning"}'):
        adopted = adopt(element, message_id(element), "2026-03-08T03:07:41.000Z", "hand")
        assert payload_hash(failed(raise_attempt(adopted, 1))) == payload_hash(element)


@pytest.mark.parametrize("junk", [
    b"7", b'"x"', b"[]", b'{"history":7}', b'{"history":[7,{"count":-4,"reason":[]},{"reason":"a","count":1e400}]}',
    b'{"crashes":"many","replays":true,"attempts":-3,"first_failed_at":"yesterday","reason":null}',
])  # fmt: skip
def test_junk_written_by_hand_into_delivery_is_replaced(junk: bytes) -> None:
    element = failed(b'{"a":1,"_delivery":' + junk + b"}")
    assert (delivery(element)["crashes"], delivery(element)["replays"]) == (0, 0)
    assert strip(element) == b'{"a":1}'


def test_times_written_as_milliseconds_by_a_script_are_understood() -> None:
    letter = open_letter(b'{"a":1,"_delivery":{"reason":"crash","last_failed_at":%d}}' % T0)
    assert letter.delivery is not None
    assert letter.delivery.last_failed_ms == T0
    assert letter.delivery.history[0].last_ms == T0


def test_error_text_is_bounded_and_clean() -> None:
    error = delivery(failed(ALERT, error="\x1b[31m\ud800" + "x" * 1_000))["error"]
    assert len(error) == 300
    assert error.isprintable()


def test_payload_hash_is_the_one_a_person_can_compute() -> None:
    element = b'{"event_id":"0195c3a0-0000-7000-8000-000000000001","n":1.10}'
    assert payload_hash(failed(element)) == hashlib.sha256(element).hexdigest()
    assert payload_hash(failed(b"some text")) == hashlib.sha256(b"some text").hexdigest()


def test_retry_gives_a_message_pushed_by_hand_the_id_of_its_content() -> None:
    element = b'{"severity":"warning"}'
    retried = json.loads(raise_attempt(element, 1))
    assert retried == {"event_id": element_id(element), "severity": "warning", "attempt": 1}


def test_retry_leaves_all_else_alone() -> None:
    assert raise_attempt(ALERT, 3) == ALERT.replace(b'"attempt":2', b'"attempt":3')
    assert delivery(raise_attempt(failed(ALERT), 3)) == delivery(failed(ALERT))


def test_different_messages_with_useless_ids_stay_different() -> None:
    assert message_id(b'{"event_id":1}') != message_id(b'{"event_id":2}')
    assert message_id(b'{"event_id":"a\\nb"}') == message_id(raise_attempt(b'{"event_id":"a\\nb"}', 1))
