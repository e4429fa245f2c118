"""What is to be expected of a queue."""

from __future__ import annotations

import pytest

from mutt_cli.core.drain import drain_steps, resume_steps
from mutt_cli.core.env_lines import line_of, with_setting
from mutt_cli.core.forecast import Movement, forecast
from mutt_cli.core.hold import Hold
from mutt_cli.core.rates import Rate, read_rate


def test_a_queue_that_fills_says_when_it_is_full() -> None:
    found = forecast(Movement("ingest", 100, 300, 2.0, cap=1300, came_in=400))
    assert (found.net_per_s, found.full_s, found.empty_s) == (100.0, 10.0, None)
    assert (found.in_per_s, found.out_per_s, found.trend) == (200.0, 100.0, "filling")


def test_a_queue_that_drains_says_when_it_is_empty() -> None:
    found = forecast(Movement("alert", 300, 100, 2.0, went_out=300))
    assert (found.net_per_s, found.empty_s, found.full_s, found.in_per_s) == (-100.0, 1.0, None, 50.0)


def test_another_rate_is_weighed_against_what_comes_in() -> None:
    assert forecast(Movement("ingest", 100, 300, 2.0, came_in=400), 300.0).empty_s == 3.0
    assert forecast(Movement("ingest", 100, 300, 2.0, cap=1000, came_in=400), 150.0).full_s == 14.0


def test_a_queue_that_stands_still_is_judged_by_what_its_drainer_is_set_to() -> None:
    found = forecast(Movement("dlq-moog", 10_000, 10_000, 2.0, planned_per_s=10 / 300))
    assert found.empty_s == pytest.approx(300_000, rel=0.001)  # 83 h, as contradictions.md C-52 has it
    assert forecast(Movement("dead", 5, 5, 2.0)).empty_s is None
    assert forecast(Movement("dead", 0, 0, 2.0)).empty_s == 0.0


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1000/1m", Rate(1000, 60)), ("200/60s", Rate(200, 60)), ("5/s", Rate(5, 1)), ("1,000/2h", Rate(1000, 7200)),
        ("0/1m", None), ("10", None), ("10/0s", None), ("10/1.5s", None), ("-1/1m", None), ("ten/1m", None),
    ],
)  # fmt: skip
def test_a_rate_is_so_many_in_whole_seconds(text: str, rate: Rate | None) -> None:
    assert read_rate(text) == rate


def test_a_hold_tells_who_since_when_until_when_and_why() -> None:
    hold = Hold("mk@bastion", "INC-1182", since=1_772_939_526_000, until=1_772_943_126_000)
    assert hold.phrase == "by mk@bastion since 2026-03-08T03:12:06Z until 04:12:06Z: INC-1182"
    assert Hold("mk").phrase == "by mk until somebody ends it"


def test_draining_pauses_remediation_first_and_opens_the_intake_last() -> None:
    steps = [(one.kind, one.service) for one in drain_steps("all", stop=True)]
    assert steps[:2] == [("hold", "remediation"), ("hold", "ingestor")]
    assert steps[-1] == ("stop", "ingestor")
    back = [(one.kind, one.service) for one in resume_steps(frozenset({"ingestor", "remediation"}), frozenset())]
    assert back[0] == ("start", "forwarder")
    assert back[-2:] == [("lift", "remediation"), ("lift", "ingestor")]


def test_a_line_replaces_the_last_of_its_setting_and_the_others_go() -> None:
    content = "# A=1\nA=2\nB=3 # remark\nOLD_A=4\n"
    assert with_setting(content, ("A", "OLD_A"), "A=9") == "# A=1\nB=3 # remark\nA=9\n"
    assert with_setting("B=1", ("A",), "A=9") == "B=1\nA=9\n"
    assert line_of("A", "two words") == 'A="two words"'
    with pytest.raises(ValueError, match="line break"):
        line_of("A", "x\ny")
