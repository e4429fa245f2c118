"""Events that no rule matched: which are of one kind, what is counted, and the alert that tells of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core import event
from mutt_cli.core.alert import Alert, moogsoft_payload, parse_element
from mutt_cli.core.enrich import Inventory
from mutt_cli.core.unhandled import LAST_IDS, MAX_MESSAGE, Counts, Kind, Tally, kind_of, meta_alert, read_counts

NOW = 1_800_000_000_000


def tally(*events: event.Event) -> list[Kind]:
    made = Tally()
    for each in events:
        made.add(each)
    found = made.take(NOW)
    assert len(made) == 0
    return found


def one(message: str, host: str = "core1", number: int = 1) -> event.Event:
    fields = {
        "event_id": f"01930000-0000-7000-8000-{number:012d}", "correlation_id": f"c{number}",
        "received_at": f"2027-01-15T08:00:{number % 60:02d}.000Z", "_source": "key1", "hostname": host,
        "message": message,
    }  # fmt: skip
    return event.parse(json.dumps(fields).encode())


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("fan 3 failed", "fan 12 failed", True),
        ("Jan  5 10:00:00 fan failed", "Jan  6 11:00:00 fan failed", True),
        ("peer 0xdeadbeef lost", "peer 0x12ab lost", True),
        ("fan failed", "psu failed", False),
    ],
)
def test_events_that_differ_in_numbers_and_times_are_of_one_kind(first: str, second: str, same: bool) -> None:
    assert (kind_of(one(first)) == kind_of(one(second))) == same


def test_hosts_are_different_kinds() -> None:
    assert kind_of(one("fan failed", "core1")) != kind_of(one("fan failed", "core2"))


@given(st.text(max_size=300), st.text(max_size=300))
def test_key_of_a_kind_survives_a_shell_whatever_the_host_calls_itself(host: str, message: str) -> None:
    source, digest = kind_of(one(message, host))
    assert source.isascii()
    assert 0 < len(source) <= 100
    assert not set(source) & set(" '\"\\\n\t*?[]{}$`;&|<>()")
    assert len(digest) == 16


def test_events_are_counted_by_kind_with_the_last_correlation_ids() -> None:
    found = tally(*(one(f"fan {n} failed", number=n) for n in range(1, 8)), one("psu failed", number=9))
    counts = found[0].counts
    assert [kind.counts.count for kind in found] == [7, 1]
    assert counts.correlation_ids == ("c3", "c4", "c5", "c6", "c7")
    assert counts.correlation_id == "c7"
    assert (counts.first_seen, counts.last_seen) == ("2027-01-15T08:00:01.000Z", "2027-01-15T08:00:07.000Z")
    assert len(counts.correlation_ids) == LAST_IDS


def test_example_message_is_bounded() -> None:
    [kind] = tally(one("x" * 10_000))
    assert len(kind.counts.message) == MAX_MESSAGE


def test_meta_alert_is_an_alert_that_names_the_kind_and_how_often_it_came() -> None:
    counts = Counts(
        "c7", ("c6", "c7"), 137, "2027-01-15T08:00:01.000Z", "2027-01-15T08:09:00.000Z", "lab1", "fan 3 failed"
    )
    inventory = Inventory(dev_hosts=frozenset({"lab1"}), teams={"lab1": "LAB"})
    element = meta_alert(Kind("lab1", "0" * 16, counts), "01930000-0000-7000-8000-000000000001", inventory, NOW)
    alert = parse_element(element)
    assert isinstance(alert, Alert)
    payload = moogsoft_payload(alert.content)
    assert payload["description"] == "137 events matched no rule since 2027-01-15T08:00:01.000Z: fan 3 failed"
    assert (payload["source"], payload["type"], payload["severity"]) == ("lab1", "mutt-unhandled", 2)
    assert (alert.source, alert.content["team"], alert.content["environment"]) == ("mutt", "LAB", "dev")
    assert payload["custom_info"]["event"]["unhandled_count"] == 137


@given(st.binary(max_size=100))
def test_value_that_somebody_else_wrote_is_no_counts(text: bytes) -> None:
    assert read_counts(text) is None
