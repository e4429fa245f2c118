"""What is wrong with a dead letter is named, and the proposal makes it one that is taken."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.dead_letter import annotate
from mutt_cli.core.event import Arrival, Limits, Refusal, accept
from mutt_cli.core.message import Message
from mutt_cli.core.repair import Bench, Repair, propose
from mutt_cli.core.salvage import salvaged

LIMITS = Limits(4096, 8, ("message", "hostname"))
BENCH = Bench(LIMITS, 1_795_828_800_000)
ARRIVAL = Arrival("01a2", "2026-11-28T01:00:00.000Z", "api", "i", "127.0.0.1", "c")


def letter(element: bytes, reason: str = "error", error: str = "") -> Message:
    return Message(annotate(element, reason=reason, error=error, attempt=1, origin="ingest", at_ms=1))


def of_alert(error: str, reason: str = "http_400", **fields: Any) -> Repair:
    alert = {"event_id": "e", "hostname": "sw1", "message": "down", "severity": "major", **fields}
    return propose(letter(json.dumps(alert).encode(), reason, error), "alert", BENCH)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"message":"a","hostname":"h",}', "a"),
        ('{"message":"two\nlines","hostname":"h"}', "two\nlines"),
        ("{'message': 'single', 'hostname': 'h', 'up': True, 'x': None}", "single"),
        ('{"message":"cut sho', "cut sho"),
        ('{"message":"a","hostname":"h"} trailing', "a"),
        ('{"message":"nan","hostname":"h","x":NaN}', "nan"),
        ('{"message":"a, } b","hostname":"h",}', "a, } b"),
        ('{"message":"a","more":{"b":[1,2', "a"),
    ],
)
def test_text_that_is_almost_json_becomes_the_object_that_is_meant(text: str, message: str) -> None:
    found = salvaged(text)
    assert found is not None
    assert found[0]["message"] == message
    repair = propose(letter(text.encode()), "event", BENCH)
    assert repair.faults[0].kind == "json"
    assert repair.fields is not None


@pytest.mark.parametrize("text", ["", "plain", "[1]", "{", '{"a"', "{]"])
def test_what_no_mending_makes_an_object_is_none(text: str) -> None:
    assert salvaged(text) is None


@given(st.text(max_size=200))
def test_salvage_never_breaks(text: str) -> None:
    found = salvaged("{" + text)
    assert found is None or isinstance(found[0], dict)


def test_a_line_of_syslog_becomes_an_event() -> None:
    repair = propose(letter(b"<187>Nov 28 01:00:00 sw1 %LINK-3-UPDOWN: Gi0/1 down"), "event", BENCH)
    assert repair.possible
    assert repair.fields is not None
    assert (repair.fields["hostname"], "%LINK-3-UPDOWN" in repair.fields["message"]) == ("sw1", True)


def test_what_is_known_beside_the_text_is_kept() -> None:
    quarantined = json.dumps(
        {"raw": "text", "event_id": "kept", "_source": "api", "_delivery": {"wrapped": True, "reason": "json"}}
    ).encode()
    repair = propose(Message(quarantined), "event", Bench(Limits(4096, 8), BENCH.now_ms))
    assert repair.fields is not None
    assert (repair.fields["event_id"], repair.fields["_source"], repair.fields["message"]) == ("kept", "api", "text")


def test_another_encoding_is_read_and_said() -> None:
    repair = propose(letter('{"message":"Stör","hostname":"ä"}'.encode("cp1252")), "event", BENCH)
    assert [one.kind for one in repair.faults] == ["encoding"]
    assert repair.fields is not None
    assert repair.fields["message"] == "Stör"


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({"msg": "a", "host": "h"}, ["missing_field", "missing_field"]),
        ({"message": "a", "hostname": "h", "n": 2**70}, ["out_of_range"]),
        ({"message": "a", "hostname": "h", "d": [[[[[[[[[1]]]]]]]]]}, ["too_deep"]),
        ({"message": "a" * 9000, "hostname": "h"}, ["too_large"]),
    ],
)
def test_a_repaired_event_is_accepted(fields: dict[str, Any], kinds: list[str]) -> None:
    raw = json.dumps(fields).encode()
    repair = propose(letter(raw), "event", BENCH)
    assert [one.kind for one in repair.faults] == kinds
    assert repair.possible
    assert not isinstance(accept(msgspec.json.encode(repair.fields), ARRIVAL, LIMITS), Refusal)


def test_a_fault_without_a_remedy_is_told_and_not_possible() -> None:
    repair = propose(letter(b'{"message":"a"}'), "event", BENCH)
    assert [(one.what, one.repair) for one in repair.faults] == [("hostname is missing", "")]
    assert not repair.possible


@pytest.mark.parametrize(
    ("error", "field", "value"),
    [
        ("HTTP 400 Bad Request: severity: required", "severity", "warning"),
        ("HTTP 400: description is missing", "description", "down"),
        ("HTTP 400: source required", "source", "sw1"),
    ],
)
def test_the_field_that_moogsoft_names_is_mended(error: str, field: str, value: str) -> None:
    repair = of_alert(error)
    assert repair.fields is not None
    assert (repair.faults[0].kind, repair.fields[field]) == ("refused_field", value)


@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_a_severity_that_is_known_is_never_made_another_one(severity: str) -> None:
    repair = of_alert('HTTP 422: {"error":"severity must be one of clear, minor"}', severity=severity)
    assert repair.faults[0].repair == ""
    assert not repair.possible


def test_a_text_that_is_too_long_is_cut_to_what_the_answer_names() -> None:
    repair = of_alert("HTTP 400: description too long, at most 100 characters", description="x" * 500)
    assert repair.fields is not None
    assert len(repair.fields["description"]) == 100


def test_an_alert_that_was_too_large_is_made_half_as_large() -> None:
    repair = of_alert("HTTP 413", "http_413", message="x" * 3000)
    assert repair.fields is not None
    assert len(msgspec.json.encode(repair.fields)) < 2000


@pytest.mark.parametrize("reason", ["http_503", "circuit_open", "timeout"])
def test_trouble_of_the_way_is_no_fault_of_the_message(reason: str) -> None:
    assert of_alert("severity: required", reason).faults == []


@given(st.binary(max_size=300), st.sampled_from(["event", "alert", ""]))
def test_any_bytes_have_a_proposal_or_none(element: bytes, kind: Any) -> None:
    repair = propose(Message(element), kind, BENCH)
    assert repair.fields is None or repair.faults
