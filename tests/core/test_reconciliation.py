"""What explains a remainder: rows, suspicious minutes, lost ids, and the entries that close it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.dead_letter import annotate
from mutt_cli.core.ids import uuid7
from mutt_cli.core.moment import unix_ms
from mutt_cli.core.reconciliation import (
    Glimpse,
    correction,
    glimpse,
    lost,
    rows,
    suspicious_minutes,
    within,
)

AT = unix_ms("2026-11-23T22:33:10Z") or 0
MINUTE = "2026-11-23T22:33"
ID = uuid7(AT, 0, 1)


def element(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_a_queued_event_tells_its_id_and_its_place_in_the_ledger() -> None:
    found = glimpse(element(event_id=ID, received_at="2026-11-23T22:33:10.000Z", _source="api", message="x"))
    assert found == Glimpse(ID, (MINUTE, "api"), counted=True)


def test_a_push_by_hand_is_not_counted_yet_and_a_dead_letter_is() -> None:
    by_hand = element(description="by hand")
    assert not glimpse(by_hand).counted
    failed = annotate(b"no JSON", reason="unreadable", error="", attempt=0, origin="alert", at_ms=AT)
    assert glimpse(failed) == Glimpse(glimpse(b"no JSON").event_id, (MINUTE, "hand"), counted=True)


@given(st.binary(max_size=60) | st.text(max_size=20).map(str.encode) | st.just(b'{"event_id":7,"_source":null}'))
def test_a_glimpse_is_taken_of_any_bytes(raw: bytes) -> None:
    assert glimpse(raw).event_id


def test_a_row_closes_if_what_came_went_or_is_held() -> None:
    entries = [
        (MINUTE, "api", "accepted", 5), (MINUTE, "api", "forwarded", 2), (MINUTE, "api", "accounted", 1),
        ("2026-11-23T22:34", "api", "accepted", 3), (MINUTE, "hand", "injected", 1),
    ]  # fmt: skip
    found = rows(entries, {(MINUTE, "api"): 2, ("2026-11-23T22:34", "api"): 1})
    assert [(row.minute, row.source, row.remainder) for row in found] == [
        (MINUTE, "api", 0), (MINUTE, "hand", 1), ("2026-11-23T22:34", "api", 2),
    ]  # fmt: skip
    assert suspicious_minutes(found) == {MINUTE, "2026-11-23T22:34"}
    by_source = rows(entries, {(MINUTE, "api"): 2, ("2026-11-23T22:34", "api"): 1}, "source")
    assert [(row.minute, row.source, row.remainder) for row in by_source] == [("", "api", 2), ("", "hand", 1)]


@pytest.mark.parametrize(
    ("moment", "inside"),
    [("22:33:00", True), ("22:33:59.999", True), ("22:34:00", True), ("22:35:00", False), ("22:32:59.999", False)],
)
def test_an_id_belongs_to_the_minute_in_which_it_was_made_or_the_one_before(moment: str, inside: bool) -> None:
    made = uuid7(unix_ms(f"2026-11-23T{moment}Z") or 0, 0, 1)
    assert within(made, frozenset({MINUTE})) is inside
    assert within("an id without a time", frozenset({MINUTE}))


@pytest.mark.parametrize(
    "outcome", ["alerted", "retry", "dead_lettered", "error", "shed", "returned", "replayed", "moved"]
)
def test_an_absent_id_whose_way_goes_on_is_lost(outcome: str) -> None:
    assert lost(["a", "b", "c"], {"c": 1}, {"a": outcome, "b": "delivered"}) == {"a"}


@pytest.mark.parametrize(
    "outcome", ["delivered", "unhandled", "deduplicated", "suppressed", "dead", "purged", "accounted"]
)
def test_an_absent_id_whose_way_ended_is_not_lost(outcome: str) -> None:
    assert lost(["a"], {}, {"a": outcome}) == set()
    assert lost(["a"], {}, {}) == {"a"}


def test_a_correction_closes_each_row_under_its_own_minute_and_source() -> None:
    entries = [(MINUTE, "api", "accepted", 2), (MINUTE, "hand", "injected", 1)]
    found = rows(entries, {(MINUTE, "hand"): 2, (MINUTE, "api"): 1})
    written = correction([ID], ["by-hand"], 0, found, "2026-11-24T00:00")
    assert written == [(MINUTE, "api", "accounted", 1), (MINUTE, "hand", "accounted", -1)]
    assert all(row.remainder == 0 for row in rows([*entries, *written], {(MINUTE, "hand"): 2, (MINUTE, "api"): 1}))


@given(st.integers(-9, 9), st.integers(0, 4), st.integers(0, 4))
def test_a_correction_always_sums_up_to_the_remainder(remainder: int, missing: int, extra: int) -> None:
    named = [uuid7(AT, n, 1) for n in range(missing)]
    entries = correction(named, [f"x{n}" for n in range(extra)], remainder, [], MINUTE)
    assert sum(entry[3] for entry in entries) == remainder
