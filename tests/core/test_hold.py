"""Holds as people and the audit read them, and which of two lasts longer."""

from __future__ import annotations

import msgspec
import pytest

from mutt_cli.core.hold import Hold, told

SINCE, UNTIL = 1_795_854_253_622, 1_795_854_553_622
HOLD = Hold("mk@bastion", "INC-1", "op-1", "dlq pause", SINCE, UNTIL)


def test_the_audit_tells_moments_in_words_and_nothing_that_was_not_said() -> None:
    assert told(msgspec.to_builtins(HOLD)) == {
        "actor": "mk@bastion", "reason": "INC-1", "operation": "op-1", "command": "dlq pause",
        "since": "2026-11-28T08:24:13.622Z", "until": "2026-11-28T08:29:13.622Z",
    }  # fmt: skip
    assert told(msgspec.to_builtins(Hold("mk"))) == {"actor": "mk"}


def test_a_phrase_says_who_since_when_until_when_and_why() -> None:
    assert HOLD.phrase == "by mk@bastion since 2026-11-28T08:24:13Z until 08:29:13Z: INC-1"
    assert Hold("mk").words == "mk until somebody ends it"


@pytest.mark.parametrize(
    ("mine", "theirs", "longer"), [(0, UNTIL, True), (UNTIL, UNTIL, False), (UNTIL, UNTIL - 1, True), (UNTIL, 0, False)]
)
def test_a_hold_without_an_end_outlasts_every_other_and_is_outlasted_by_none(
    mine: int, theirs: int, *, longer: bool
) -> None:
    assert Hold(until=mine).outlasts(theirs) is longer
