"""Who waits for whom in a forwarder's hands."""

from __future__ import annotations

import json

from mutt_cli.core.alert import Alert, parse_element
from mutt_cli.core.hand import FORGET_AFTER_MS, Hand, InHand


def item(name: str, signature: str = "s") -> InHand:
    element = json.dumps({"event_id": name, "signature": signature}).encode()
    alert = parse_element(element)
    assert isinstance(alert, Alert)
    return InHand(element, alert, 0)


def lined_up(hand: Hand, *items: InHand) -> list[bool]:
    return [hand.line_up(one) for one in items]


def test_only_the_first_of_a_signature_is_sent_and_the_next_follows_it() -> None:
    hand, first, second, other = Hand(), item("1"), item("2"), item("3", "t")
    assert lined_up(hand, first, second, other) == [True, False, True]
    assert hand.leave_line(first) is second
    assert hand.leave_line(second) is None
    assert hand.leave_line(other) is None


def test_those_behind_a_retry_wait_with_it_in_order() -> None:
    hand, first, second, third = Hand(), item("1"), item("2"), item("3")
    lined_up(hand, first, second, third)
    assert hand.wait_for_retry(first, 5000) == [second, third]
    assert hand.elder_due_ms("s", 4999) == 5000
    assert hand.elder_due_ms("s", 5000) == 0


def test_result_of_an_item_that_was_claimed_again_is_not_ours() -> None:
    hand, old, new = Hand(), item("1"), item("1")
    hand.line_up(old)
    hand = Hand()
    hand.line_up(new)
    assert not hand.owns(old)
    assert hand.owns(new)


def test_what_redis_lost_frees_the_line_behind_it() -> None:
    hand, first, second = Hand(), item("1"), item("2")
    lined_up(hand, first, second)
    assert hand.keep_only([second.element]) == [second]
    assert not hand.owns(first)
    assert hand.leave_line(second) is None
    hand.release(second.element)
    assert len(hand) == 0


def test_losing_a_whole_line_sends_nothing() -> None:
    hand, first, second = Hand(), item("1"), item("2")
    lined_up(hand, first, second)
    assert hand.keep_only([]) == []
    assert len(hand) == 0


def test_line_that_cannot_be_sent_is_given_up_whole() -> None:
    hand, first, second = Hand(), item("1"), item("2")
    lined_up(hand, first, second)
    assert hand.whole_line(first) == [first, second]
    assert hand.line_up(item("3"))


def test_memories_of_retries_are_bounded() -> None:
    hand = Hand()
    for number in range(1500):
        one = item(str(number), f"s{number}")
        hand.line_up(one)
        hand.wait_for_retry(one, number)
    hand.prune(FORGET_AFTER_MS + 1499)
    assert hand.elder_due_ms("s1499", 0) == 0
