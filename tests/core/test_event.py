"""The door: what becomes an event, what is refused and why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.event import AcceptedEvent, Arrival, Limits, Refusal, accept, parse

ARRIVAL = Arrival("0192-e", "2026-11-23T22:33:00.000Z", "key1", "ing1", "10.0.0.9", "fallback-id")
LIMITS = Limits(max_bytes=1000, max_depth=32)


def door(raw: bytes, limits: Limits = LIMITS) -> dict[str, Any]:
    answer = accept(raw, ARRIVAL, limits)
    assert isinstance(answer, AcceptedEvent), answer
    fields: dict[str, Any] = json.loads(answer.element)
    return fields


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"[1]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"{", "json"),
        (b'{"a":NaN}', "json"),
        (b'{"a":1e400}', "json"),
        (b'{"a":"\xff"}', "json"),
        (b'{"a":"\\ud800"}', "json"),
        (b'{"a":9223372036854775808}', "number_range"),
        (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", "too_deep"),
        (b'{"a":"' + b"x" * 1000 + b'"}', "too_large"),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(raw: bytes, reason: str) -> None:
    answer = accept(raw, ARRIVAL, LIMITS)
    assert isinstance(answer, Refusal)
    assert answer.reason == reason


def test_any_object_is_accepted_and_its_fields_are_kept() -> None:
    fields = door(b'{"test":"event","n":-9223372036854775808}')
    assert (fields["test"], fields["n"]) == ("event", -9223372036854775808)


def test_fields_that_scripts_read_stand_first_whatever_the_sender_sends() -> None:
    hostile = b'{"event_id":"x","_source":"y","received_at":"z","source_addr":"a","message":"m"}'
    answer = accept(hostile, ARRIVAL, LIMITS)
    assert isinstance(answer, AcceptedEvent)
    assert answer.element.startswith(
        b'{"event_id":"0192-e","correlation_id":"fallback-id","received_at":"2026-11-23T22'
    )
    fields = json.loads(answer.element)
    assert fields["_source"] == "key1"
    assert fields["sender_fields"] == {"event_id": "x", "_source": "y", "received_at": "z", "source_addr": "a"}


def test_correlation_id_of_the_body_is_kept_if_printable_else_set_aside() -> None:
    assert door(b'{"correlation_id":"abc123-def456"}')["correlation_id"] == "abc123-def456"
    fields = door(b'{"correlation_id":"a\\u0007b"}')
    assert (fields["correlation_id"], fields["sender_fields"]["correlation_id"]) == ("fallback-id", "a\x07b")


def test_brackets_inside_strings_do_not_count_as_depth() -> None:
    assert door(b'{"m":"' + b"[{" * 100 + b'"}')["m"] == "[{" * 100


def test_host_is_hostname_else_host_else_source() -> None:
    assert door(b'{"host":"h","source":"s"}')["hostname"] == "h"
    assert door(b'{"source":"s"}')["hostname"] == "s"
    assert door(b'{"hostname":"n","host":"h"}')["hostname"] == "n"
    assert "hostname" not in door(b'{"source":5}')


def test_required_fields_are_asked_for_only_when_configured() -> None:
    answer = accept(b"{}", ARRIVAL, Limits(1000, 32, ("hostname",)))
    assert isinstance(answer, Refusal)
    assert answer.reason == "validation"


def test_event_without_a_message_is_matched_on_its_compact_object() -> None:
    answer = accept(b'{ "alarm" : { "link": "down" } }', ARRIVAL, LIMITS)
    assert isinstance(answer, AcceptedEvent)
    assert parse(answer.element).message == '{"alarm":{"link":"down"}}'


def test_hand_pushed_text_gets_an_id_from_its_bytes() -> None:
    one, two = parse(b"plain text"), parse(b"plain text")
    assert one.event_id == two.event_id != parse(b"other").event_id
    assert one.injected


@given(st.binary(max_size=300))
def test_parsing_an_element_never_raises(raw: bytes) -> None:
    assert parse(raw).event_id


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), st.lists))
def test_accepted_json_survives_the_door_unchanged(value: object) -> None:
    raw = json.dumps({"payload": value}).encode("utf-8", "surrogatepass")
    answer = accept(raw, ARRIVAL, Limits(10**6, 32))
    if isinstance(answer, AcceptedEvent):
        assert json.loads(answer.element)["payload"] == value


@pytest.mark.parametrize("tail", [b'"' + b'\\"' * 200_000, b'"' + b"\\" * 400_001, b'{"' * 200_000])
def test_depth_is_judged_in_linear_time(tail: bytes) -> None:
    """A quadratic scan would take minutes here; the time-out of the test is the measure."""
    accept(b"{" + b"[]" * 40 + tail, ARRIVAL, Limits(10**7, 32))


def test_severity_out_of_range_is_no_severity() -> None:
    element = b'{"event_id":"01930000-0000-7000-8000-000000000001","message":"m","syslog_severity":99}'
    assert parse(element).syslog_severity is None


def test_id_that_is_no_uuid_is_replaced_and_a_long_correlation_id_is_cut() -> None:
    event = parse(json.dumps({"event_id": "mine", "correlation_id": "c" * 9000, "message": "m"}).encode())
    assert (len(event.event_id), len(event.correlation_id)) == (36, 128)
