"""The alert queue's element and Moogsoft's payload."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.alert import Alert, Unreadable, moogsoft_payload, moogsoft_severity, parse_element
from mutt_cli.core.dead_letter import annotate, raise_attempt
from mutt_cli.core.ids import element_id

ALERT: dict[str, Any] = {
    "event_id": "0195c3a0-0000-7000-8000-000000000001",
    "correlation_id": "probe-77",
    "received_at": "2026-03-08T03:07:40.003Z",
    "_source": "netops-key",
    "severity": "major",
    "description": "Interface Gi0/1 is down",
    "source": "core-sw1",
    "hostname": "core-sw1",
    "message": "%LINK-3-UPDOWN: Interface Gi0/1, changed state to down",
    "rule": {"id": 12, "version": 3, "name": "link-down", "priority": 90},
    "team": "netops",
    "environment": "prod",
    "signature": "9f3c1a7be2",
    "matched_at": "2026-03-08T03:07:40.120Z",
    "suppressed_since_last": 4,
    "sequence": 17,
    "attempt": 2,
    "event": {"facility": "local7", "source_addr": "10.1.2.3", "site": "Zug", "_private": "no"},
}
ELEMENT = msgspec.json.encode(ALERT)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
contents = st.dictionaries(st.sampled_from([*ALERT, "timestamp", "_delivery", "x"]) | texts, values)


def parsed(element: bytes) -> Alert:
    alert = parse_element(element)
    assert isinstance(alert, Alert)
    return alert


def test_full_alert_becomes_moogsofts_fields() -> None:
    assert moogsoft_payload(ALERT) == {
        "signature": "9f3c1a7be2",
        "source_id": "10.1.2.3",
        "external_id": "probe-77",
        "manager": "MUTT",
        "source": "core-sw1",
        "class": "netops",
        "agent": "MUTT",
        "agent_location": "Zug",
        "type": "link-down",
        "severity": 4,
        "description": "Interface Gi0/1 is down",
        "agent_time": 1_772_939_260,
        "custom_info": {
            "event_id": "0195c3a0-0000-7000-8000-000000000001",
            "rule": {"id": 12, "version": 3, "name": "link-down", "priority": 90},
            "environment": "prod",
            "severity": "major",
            "received_at": "2026-03-08T03:07:40.003Z",
            "matched_at": "2026-03-08T03:07:40.120Z",
            "suppressed_since_last": 4,
            "sequence": 17,
            "event": {"facility": "local7", "source_addr": "10.1.2.3", "site": "Zug"},
        },
    }


def test_hand_test_of_the_guides_keeps_its_three_fields() -> None:
    payload = moogsoft_payload(
        {"severity": "warning", "description": "Test alert from MUTT", "source": "mutt-ops-test"}
    )
    assert (payload["severity"], payload["description"], payload["source"]) == (
        2,
        "Test alert from MUTT",
        "mutt-ops-test",
    )
    assert "agent_time" not in payload
    assert "external_id" not in payload


@given(contents)
def test_any_object_becomes_a_bounded_payload_that_can_be_sent(content: dict[str, Any]) -> None:
    payload = moogsoft_payload(content)
    assert payload["severity"] in range(6)
    assert payload["description"]
    assert payload["source"]
    assert payload["signature"]
    assert len(msgspec.json.encode(payload)) < 64_000
    assert not [
        name for name in (*payload, *payload["custom_info"], *payload["custom_info"]["event"]) if name[:1] == "_"
    ]


@given(st.binary(max_size=60) | contents.map(msgspec.json.encode) | values.map(msgspec.json.encode))
def test_any_bytes_are_an_alert_or_unreadable(element: bytes) -> None:
    alert = parse_element(element)
    if isinstance(alert, Alert):
        assert alert.event_id
        assert alert.signature
        assert moogsoft_payload(alert.content)


def test_huge_hand_made_alert_is_cut_visibly() -> None:
    content = {
        "description": "x" * 100_000,
        "source": "y" * 9_999,
        "event": {f"field{n}": "z" * 5_000 for n in range(500)},
    }
    payload = moogsoft_payload(content)
    assert payload["description"].endswith("…")
    assert len(payload["description"]) == 4_000
    assert len(payload["source"]) == 255
    kept = payload["custom_info"]["event"]
    assert len(kept) + payload["custom_info"]["fields_left_out"] == 500
    assert len(msgspec.json.encode(payload)) < 32_000


def test_original_fields_share_a_bounded_room_and_small_ones_still_fit() -> None:
    content = {"event": {**{f"field{n}": "z" * 900 for n in range(40)}, "small": 1}}
    info = moogsoft_payload(content)["custom_info"]
    assert len(msgspec.json.encode(info["event"])) < 17_000
    assert info["fields_left_out"] == 41 - len(info["event"])
    assert info["event"]["small"] == 1


@pytest.mark.parametrize(("value", "expected"), [
    ("clear", 0), ("OK", 0), ("info", 1), ("notice", 1), ("debug", 1), ("Warning ", 2), ("minor", 3), ("major", 4),
    ("error", 4), ("err", 4), ("critical", 5), ("alert", 5), ("EMERG", 5), (0, 0), (5, 5), ("3", 3),
    (6, 1), (-1, 1), ("purple", 1), (None, 1), (True, 1), (4.0, 1), ([], 1), ("²", 1), (10**400, 1),
])  # fmt: skip
def test_severity_words_and_numbers(value: object, expected: int) -> None:
    assert moogsoft_severity(value) == expected


@pytest.mark.parametrize(
    ("syslog", "expected"), [(0, 5), (1, 5), (2, 5), (3, 4), (4, 2), (5, 1), (6, 1), (7, 1), (8, 1)]
)
def test_syslog_severity_speaks_where_the_alert_does_not(syslog: int, expected: int) -> None:
    assert moogsoft_severity(None, syslog) == expected
    assert moogsoft_severity("clear", syslog) == 0


def test_parsed_alert_knows_what_the_forwarder_needs() -> None:
    alert = parsed(ELEMENT)
    assert (alert.event_id, alert.correlation_id, alert.source, alert.hostname) == (
        "0195c3a0-0000-7000-8000-000000000001",
        "probe-77",
        "netops-key",
        "core-sw1",
    )
    assert (alert.rule_id, alert.rule_version, alert.rule_name, alert.sequence, alert.attempt) == (
        12,
        3,
        "link-down",
        17,
        2,
    )
    assert (alert.received_ms, alert.signature, alert.delivery) == (1_772_939_260_003, "9f3c1a7be2", None)


def test_earlier_failures_are_known_but_not_sent() -> None:
    again = annotate(ELEMENT, reason="http_503", error="HTTP 503", attempt=5, origin="mutt:alert_queue", at_ms=1)
    alert = parsed(again)
    assert alert.delivery is not None
    assert alert.delivery.reason == "http_503"
    assert moogsoft_payload(alert.content) == moogsoft_payload(ALERT)


def test_alert_pushed_by_hand_keeps_id_and_signature_through_retries() -> None:
    element = b'{"severity":"warning","description":"Test","source":"me"}'
    first, second = parsed(element), parsed(raise_attempt(element, 1))
    assert first.event_id == second.event_id == element_id(element)
    assert first.signature == second.signature
    assert second.attempt == 1


def test_signature_of_hand_made_alerts_tells_sources_apart() -> None:
    one, two = (
        moogsoft_payload({"source": "a", "message": "down"}),
        moogsoft_payload({"source": "b", "message": "down"}),
    )
    assert one["signature"] != two["signature"]


@pytest.mark.parametrize(("element", "reason"), [
    (b"hello", "not a JSON object"), (b"[1]", "not a JSON object"), (b'{"a":NaN}', "not a JSON object"),
    (b'{"a":1e999}', "Number out of range"), (b'{"a":' + b"9" * 5_000 + b"}", "out of range"),
])  # fmt: skip
def test_what_cannot_be_sent_says_why(element: bytes, reason: str) -> None:
    answer = parse_element(element)
    assert isinstance(answer, Unreadable)
    assert reason in answer.reason


def test_text_that_failed_once_is_still_unreadable_when_it_comes_back() -> None:
    wrapped = annotate(b"hello", reason="unreadable", error="not a JSON object", attempt=0, origin="q", at_ms=1)
    assert parse_element(wrapped) == Unreadable("not a JSON object")


def test_unknown_fields_of_a_hand_made_alert_travel_along() -> None:
    payload = moogsoft_payload({"test": "event"})
    assert json.loads(payload["description"]) == {"test": "event"}
    assert payload["custom_info"]["event"] == {"test": "event"}
