"""History gives way before alerts."""

from __future__ import annotations

import pytest

from mutt_cli.core.journal import Record
from mutt_cli.core.pressure import Pressure, pressure, shrink

MATCHED = Record("e1", "c1", "alerter", "alerted", payload=b"raw")
UNMATCHED = Record("e2", "c2", "alerter", "unhandled", payload=b"raw")


@pytest.mark.parametrize(
    ("used", "level"),
    [(99, 0), (100, 1), (149, 1), (150, 2), (199, 2), (200, 3), (249, 3), (250, 4), (9999, 4)],
)
def test_levels_rise_with_the_journal(used: int, level: int) -> None:
    assert pressure(used, 100, "shed") == level


def test_with_stop_alerters_stop_at_the_cap_and_no_history_is_left_out() -> None:
    assert pressure(100, 100, "stop") == Pressure.ALERTERS_STOP


def test_payloads_go_first_then_rows_of_unmatched_events_and_each_is_counted() -> None:
    both = [MATCHED, UNMATCHED]
    assert shrink(both, Pressure.NONE) == (both, 0)
    bare, skipped = shrink(both, Pressure.NO_PAYLOADS)
    assert ([one.payload for one in bare], skipped) == ([None, None], 2)
    kept, skipped = shrink(both, Pressure.NO_UNMATCHED)
    assert ([one.event_id for one in kept], skipped) == (["e1"], 2)
