"""Elements of every queue, read for what they tell; and how one event is known among others."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core import event as events
from mutt_cli.core.dead_letter import annotate
from mutt_cli.core.sighting import Wanted, may_fit, see

ID = "0197a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"
CORRELATION = "9b1e77c0-5d1f-4c3e-8a02-1b6f0c9e77aa"
EVENT = json.dumps(
    {
        "event_id": ID, "correlation_id": CORRELATION, "received_at": "2026-03-08T03:07:31.104Z", "_source": "core",
        "_ingestor": "ing-1", "source_addr": "10.0.3.9", "hostname": "sw1", "severity": "3", "message": "LINK down",
    }, separators=(",", ":"),
).encode()  # fmt: skip
MOMENT = 1_772_939_251_104


def letter(element: bytes, **more: object) -> bytes:
    words = {"reason": "http_400", "error": "no", "attempt": 3, "origin": "alert", "at_ms": MOMENT + 5} | more
    return annotate(element, **words)  # type: ignore[arg-type]


def test_an_event_tells_who_sent_it_and_when_it_was_accepted() -> None:
    one = see("ingest", EVENT)
    assert (one.event_id, one.correlation_id, one.received_ms) == (ID, CORRELATION, MOMENT)
    assert (one.sender, one.ingestor, one.source, one.hostname) == ("10.0.3.9", "ing-1", "core", "sw1")
    assert (one.message, one.severity, one.delivery, one.matched_ms) == ("LINK down", "3", None, 0)


def test_an_alert_tells_its_rule_and_its_attempts() -> None:
    alert = json.loads(EVENT) | {
        "rule": {"id": 42, "version": 3, "name": "link-down"}, "matched_at": "2026-03-08T03:07:31.163Z", "attempt": 2,
    }  # fmt: skip
    one = see("retry", json.dumps(alert).encode(), due_ms=7)
    assert (one.rule_id, one.rule_version, one.rule_name, one.attempt) == (42, 3, "link-down", 2)
    assert (one.matched_ms, one.due_ms) == (MOMENT + 59, 7)


def test_a_dead_letter_tells_its_failure_and_keeps_its_hash() -> None:
    before, after = see("alert", EVENT), see("dlq-moog", letter(EVENT))
    assert after.delivery is not None
    assert (after.delivery.reason, after.delivery.last_failed_ms) == ("http_400", MOMENT + 5)
    assert (after.event_id, after.payload_hash) == (ID, before.payload_hash)


def test_an_event_that_a_crash_quoted_is_the_event_it_was() -> None:
    delivery = {"reason": "crash", "wrapped": True, "crashes": 3}
    quoted = {"event_id": ID, "correlation_id": CORRELATION, "raw": EVENT.decode(), "_delivery": delivery}
    one = see("dead", json.dumps(quoted).encode())
    assert (one.event_id, one.correlation_id, one.hostname, one.message) == (ID, CORRELATION, "sw1", "LINK down")


def test_text_that_was_wrapped_keeps_the_facts_beside_it() -> None:
    broken = {"raw_base64": base64.b64encode(b"\xff{").decode(), "event_id": ID, "correlation_id": "theirs-77"}
    facts = {"received_at": "2026-03-08T03:07:31.104Z", "_source": "core", "_delivery": {"wrapped": True}}
    one = see("dead", json.dumps(broken | facts).encode())
    assert (one.event_id, one.correlation_id, one.received_ms, one.source) == (ID, "theirs-77", MOMENT, "core")


@pytest.mark.parametrize("raw", [b"plain text", b'{"message":"x"}', b'{ "event_id": "router-7" }', b"[1]", b"\xff\x00"])
def test_what_a_hand_pushed_has_the_id_that_an_alerter_will_give_it(raw: bytes) -> None:
    one = see("ingest", raw)
    made = events.parse(raw).event_id
    assert (one.event_id, one.correlation_id) == (made, made)
    assert may_fit(raw, Wanted(made).needles())


def test_what_carries_no_id_is_never_ruled_out_by_its_bytes() -> None:
    raw = b'{"message":"x"}'
    wanted = Wanted(see("ingest", raw).event_id[:8])
    assert may_fit(raw, wanted.needles())


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        (ID, True), (ID.upper(), True), (ID.replace("-", ""), True), (CORRELATION, True), (CORRELATION[:8], True),
        (CORRELATION[:7], False), (ID[:8], False), (ID[:-1], False), (CORRELATION[1:], False), ("", False),
    ],
)  # fmt: skip
def test_an_event_id_counts_in_full_and_a_correlation_id_from_eight_characters(text: str, fits: bool) -> None:
    assert Wanted(text).fits(ID, CORRELATION) is fits


def test_only_the_id_counts_where_only_the_id_was_asked_for() -> None:
    assert not Wanted(CORRELATION, whole_only=True).fits(ID, CORRELATION)
    assert Wanted(ID, whole_only=True).fits(ID, CORRELATION)


def test_other_elements_are_ruled_out_by_their_bytes() -> None:
    assert not may_fit(EVENT, Wanted("0197a1b2-0000-7000-8000-000000000000").needles())


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"]), min_size=8, max_size=128), st.booleans())
def test_bytes_never_rule_out_what_fits(correlation: str, ascii_only: bool) -> None:
    element = json.dumps({"event_id": ID, "correlation_id": correlation}, ensure_ascii=ascii_only)
    quoted = json.dumps({"event_id": "other", "raw": element}, ensure_ascii=ascii_only)
    needles = Wanted(correlation[: max(8, len(correlation) // 2)]).needles()
    assert may_fit(element.encode(), needles)
    assert may_fit(quoted.encode(), needles)


@given(st.binary(), st.sampled_from(["ingest", "alert", "dlq-moog", "dead"]))
def test_reading_never_fails(element: bytes, queue: str) -> None:
    see(queue, element)
    see(queue, annotate(element, reason="r", error="e", attempt=1, origin="o", at_ms=1))
