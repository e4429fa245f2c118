"""What of a remainder can be put right, judged by plain values."""

from __future__ import annotations

from collections import Counter

import pytest

from mutt_cli.core.ledger_repair import (
    WHYS,
    Copy,
    Judged,
    emission,
    judge_extra,
    judge_lost,
    known_again,
    removed,
    taken_back,
    together,
)
from mutt_cli.core.reconciliation import ENDED, glimpse
from mutt_cli.core.transfer import Hand

MINUTE = "2026-11-28T01:00"
EVENT = (
    b'{"event_id":"01930000-0000-7000-8000-000000000001","received_at":"2026-11-28T01:00:07.000Z",'
    b'"_source":"api","message":"LINK"}'
)
ID = "01930000-0000-7000-8000-000000000001"
HAND = Hand("op-1", "mk@host", 1_800_000_000_000)


def copy(queue: str, rank: int, *, fixed: bool = True) -> Copy:
    return Copy(ID, queue, rank, fixed, EVENT)


def test_a_lost_event_is_sent_again_if_its_content_is_known_and_its_way_has_not_ended() -> None:
    last = {"a": "alerted", "b": "alerted", "c": "delivered", "d": "retry", "f": "alerted"}
    judged = judge_lost("abcdef", last, contents={"a", "c", "d"}, dead={"d"}, unread={"f"})
    assert (judged.emitted, judged.dead) == (("a",), ("d",))
    assert {one.why: one.ids for one in judged.left} == {
        "content_gone": ("b",), "never_decided": ("e",), "too_many": ("f",),
    }  # fmt: skip


@pytest.mark.parametrize("ended", sorted(ENDED))
def test_nothing_whose_way_has_ended_is_sent_again(ended: str) -> None:
    assert judge_lost("a", {"a": ended}, {"a"}, (), ()).empty


def test_of_several_copies_the_one_furthest_along_stays_and_one_in_hand_stays_before_all() -> None:
    there = [copy("alert", 4), copy("ingest", 2), copy("inflight-alerter-a1", 6, fixed=False)]
    judged = judge_extra([ID], {}, there)
    assert [(one.copy.queue, one.kept) for one in judged.removals] == [
        ("ingest", "inflight-alerter-a1"), ("alert", "inflight-alerter-a1"),
    ]  # fmt: skip
    two = judge_extra([ID], {ID: "alerted"}, there[:2])
    assert [(one.copy.queue, one.kept) for one in two.removals] == [("ingest", "alert")]


def test_every_copy_of_what_was_delivered_goes_but_those_in_hand() -> None:
    judged = judge_extra([ID], {ID: "delivered"}, [copy("alert", 4), copy("inflight-forwarder-f1", 6, fixed=False)])
    assert [(one.copy.queue, one.kept) for one in judged.removals] == [("alert", "")]
    assert [(one.why, one.ids) for one in judged.left] == [("in_hand", (ID,))]


@pytest.mark.parametrize("ended", sorted(ENDED - {"delivered"}))
def test_what_came_back_after_another_end_waits_for_a_person(ended: str) -> None:
    judged = judge_extra([ID], {ID: ended}, [copy("ingest", 2)])
    assert (judged.empty, [one.why for one in judged.left]) == (True, ["brought_back"])


def test_an_event_is_counted_in_only_as_often_as_the_ledger_has_forgotten() -> None:
    forgotten = Counter({MINUTE: 1})
    first, second = (emission(ID, (EVENT, 0), HAND, forgotten) for _ in range(2))
    assert (first.ledger, second.ledger) == (((MINUTE, "api", "accepted", 1),), ())
    assert glimpse(first.element) == glimpse(EVENT)
    assert (first.record.outcome, first.record.queue, first.record.operation_id) == ("replayed", "ingest", "op-1")
    back = taken_back(first.element, HAND, Counter({MINUTE: 1}))
    assert (back.target, back.ledger) == ("", ((MINUTE, "api", "accepted", -1),))


def test_what_no_ingestor_accepted_is_never_counted_as_accepted() -> None:
    by_hand = b'{"message":"LINK by hand"}'
    sent = emission(ID, (by_hand, 1_764_291_600_000), HAND, Counter({"2025-11-28T01:00": 1}))
    assert (sent.ledger, glimpse(sent.element).place) == ((), ("2025-11-28T01:00", "hand"))
    assert glimpse(sent.element).event_id == ID


def test_a_copy_that_goes_is_not_counted_out_and_its_event_goes_on_unless_it_has_ended() -> None:
    [one] = judge_extra([ID], {}, [copy("ingest", 2), copy("alert", 4)]).removals
    going, over = (removed(one, EVENT, HAND, ended=ended) for ended in (False, True))
    assert (going.target, going.ledger, going.record.outcome, going.record.queue) == ("", (), "moved", "alert")
    assert over.record.outcome in ENDED
    assert going.record.outcome not in ENDED


def test_known_ends_leave_the_balance_as_it_was() -> None:
    entries = known_again(Counter({MINUTE: 3}))
    assert [(name, number) for _, _, name, number in entries] == [("accepted", 3), ("accounted", 3)]


def test_judgements_add_up_and_every_reason_says_what_to_do() -> None:
    parts = [Judged(emitted=("a",), ended=Counter({MINUTE: 1})), Judged(dead=("b",), ended=Counter({MINUTE: 2}))]
    whole = together(parts)
    assert (whole.emitted, whole.dead, whole.ended) == (("a",), ("b",), Counter({MINUTE: 3}))
    assert all(why.told and why.tries for why in WHYS.values())
