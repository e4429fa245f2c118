"""Which event a person means who knows a host, some words and about when; and what it means that there is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.event import Refusal
from mutt_cli.core.ids import uuid7, uuid7_floor
from mutt_cli.core.journal import Record
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.quarantine import letter
from mutt_cli.core.sighting import AnyOf, Wanted, see
from mutt_cli.core.verdict import movers
from mutt_cli.core.why_not import Around, Description, absence

T = 1_772_939_251_104
ID = uuid7(T, 1, 1)


def sought(host: str = "core-sw1", text: str = "Gi0/1 down", span: int = 600_000) -> Description:
    return Description(host, text, T - span, T + span)


def element(**more: Any) -> bytes:
    fields: dict[str, Any] = {
        "event_id": ID, "correlation_id": "c", "received_at": rfc3339(T), "_source": "api", "source_addr": "10.0.3.9",
        "hostname": "core-sw1", "message": "%LINK-3-UPDOWN: Gi0/1 Down",
    }  # fmt: skip
    return json.dumps(fields | more).encode()


def meant(wanted: Description, raw: bytes, queue: str = "ingest") -> bool:
    return wanted.may_fit(raw) and wanted.fits(see(queue, raw))


@pytest.mark.parametrize(
    ("host", "hostname", "is_it"),
    [
        ("core-sw1", "core-sw1", True), ("CORE-SW1", "core-sw1", True), ("core-sw1", "Core-SW1.example.net", True),
        ("core-sw1.example.net", "core-sw1", True), ("core-sw1", "core-sw11", False), ("core-sw1", "sw1", False),
        ("10.0.3.9", "10.0.3.9", True), ("10.0.3.8", "10", False), ("10.0.3.9", "core-sw1", True),
        ("10.0.3.8", "core-sw1", False),
    ],
)  # fmt: skip
def test_a_host_is_known_by_its_name_in_any_case_with_or_without_domain_or_by_its_address(
    host: str, hostname: str, *, is_it: bool
) -> None:
    assert meant(sought(host), element(hostname=hostname)) == is_it


def test_the_words_are_found_in_any_case_and_no_others() -> None:
    assert meant(sought(text="gi0/1 DOWN"), element())
    assert not meant(sought(text="gi0/2 down"), element())
    assert meant(sought(text=""), element())


@pytest.mark.parametrize(("away", "is_it"), [(0, True), (600_000, True), (600_001, False), (-600_000, True)])
def test_the_time_is_that_of_acceptance_both_ends_included(away: int, *, is_it: bool) -> None:
    assert meant(sought(), element(received_at=rfc3339(T + away))) == is_it


def test_what_was_pushed_by_hand_tells_no_time_and_may_be_meant() -> None:
    assert meant(sought(), b'{"hostname":"core-sw1","message":"Gi0/1 down"}')


def test_a_refused_item_is_known_by_its_text_though_it_has_no_fields() -> None:
    refusal = Refusal("json", "the event is not valid JSON")
    broken = letter(b'{"hostname":"core-sw1","message":"Gi0/1 down"', refusal, received_at=rfc3339(T), source="api")
    assert meant(sought(), broken, "quarantine")
    assert not meant(sought("core-sw2"), broken, "quarantine")
    whole = letter(element(), refusal, received_at=rfc3339(T + 600_001), source="api")
    assert not meant(sought(), whole, "quarantine"), "when it was refused counts, not what it says"
    binary = letter(b"core-sw1 Gi0/1 down \xff", refusal, received_at=rfc3339(T), source="api")
    assert meant(sought(), binary, "quarantine")


def record(**more: Any) -> Record:
    fields: dict[str, Any] = {"received_ms": T, "hostname": "core-sw1", "payload": element()} | more
    return Record(ID, "c", "alerter", "alerted", **fields)


def test_a_record_is_of_that_host_and_time_whatever_it_says() -> None:
    assert sought(text="other").is_of_host(record())
    assert not sought().is_of_host(record(received_ms=T + 600_001))
    assert not sought().is_of_host(record(hostname="core-sw2"))
    assert sought().is_of_host(record(received_ms=0)), "the id tells the time"
    assert sought().is_payload(element())
    assert not sought(text="other").is_payload(element())


# Letters of which only one case is ASCII (the Kelvin sign) may be ruled out by bytes; nobody types them.
TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\u212a\u0130"), max_size=12)


@given(before=TEXT, words=TEXT, after=TEXT, host=st.sampled_from(["core-sw1", "Core-SW1.a.net", "10.1.1.1"]))
def test_bytes_never_rule_out_what_fits(before: str, words: str, after: str, host: str) -> None:
    raw = element(hostname=host, message=before + words.upper() + after)
    wanted = sought(host, words)
    assert wanted.may_fit(raw) or not wanted.fits(see("ingest", raw))


@given(st.integers(1, (1 << 48) - 2), st.integers(0, 4095), st.integers(0, (1 << 62) - 1))
def test_ids_of_a_millisecond_lie_between_its_floor_and_the_next(ms: int, sequence: int, chance: int) -> None:
    assert uuid7_floor(ms) <= uuid7(ms, sequence, chance) < uuid7_floor(ms + 1)


def test_several_events_are_asked_for_at_once() -> None:
    other = uuid7(T, 2, 2)
    both = AnyOf((ID, other))
    assert both.needles() == (ID.encode(), other.encode())
    assert [both.fits(one, "") for one in (ID, other, uuid7(T, 3, 3))] == [True, True, False]
    by_content = "12345678-1234-8234-8234-123456789012"
    assert Wanted(by_content, whole_only=True).needles() == ()
    assert AnyOf((ID, by_content)).needles() == (), "bytes would rule out what has no id"


def first(**more: Any) -> str:
    return absence(sought(), Around(**more))[0]


def test_it_is_said_to_have_never_come_only_if_everything_was_looked_at() -> None:
    assert first(refused={}).startswith("it never came")
    assert first(refused=None, whole=False).endswith("whether it came cannot be told.")
    assert "HISTORY_DAYS" in first(forgotten=True, refused={})
    assert "3 events of core-sw1 came then" in first(unread=3)
    assert first(refused={"api": 2}).startswith("it was never accepted"), "it may be among what was refused whole"


def test_what_else_came_and_what_was_refused_is_told_beside_it() -> None:
    told = absence(sought(), Around(others=4, refused={"api": 1200, "unknown": 1}, intake="the intake is stopped"))
    assert "4 other events of core-sw1 came in that time." in told
    assert "by key: api 1,200, unknown 1." in told[2]
    assert told[-1] == "now: the intake is stopped"
    alone = absence(sought(), Around(refused={}))
    assert "no event of core-sw1 at all was decided" in alone[1]
    assert alone[2] == "the ingestor refused nothing in that time."


def test_what_moves_messages_out_of_a_queue_is_named_as_people_switch_it_off() -> None:
    assert movers("ingest") == movers("inflight-alerter-a1") == {"alerter"}
    assert movers("alert") == movers("retry") == movers("inflight-forwarder-f1") == {"forwarder", "breaker"}
    assert movers("dlq-moog") == {"remediation", "dlq/dlq-moog"}
    assert movers("dead") == movers("dlq-old-events") == movers("quarantine") == frozenset()
