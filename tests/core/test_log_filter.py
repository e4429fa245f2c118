"""Which lines are wanted: bytes rule out only what is not, and the value decides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.log_entry import read_line
from mutt_cli.core.log_filter import SLACK_MS, LogFilter
from mutt_cli.core.log_groups import MOST, LogGroups
from mutt_cli.core.log_line import json_line
from mutt_cli.core.moment import rfc3339

NOON = 1795867200000
TEXTS = st.sampled_from(["", "circuit", "Circuit", "straße", 'a"b', "back\\slash", "ERROR", "c-1", "\x1b[31m"])


def line(message: str = "hello", at_ms: int = NOON, level: str = "INFO", **fields: object) -> bytes:
    return json_line({"timestamp": rfc3339(at_ms), "level": level, "message": message, **fields}).encode()


def takes(wanted: LogFilter, raw: bytes) -> bool:
    return wanted.may(raw) and wanted.takes(read_line("alerter", raw))


def test_a_level_means_that_or_worse() -> None:
    wanted = LogFilter(level="WARNING")
    assert [takes(wanted, line(level=one)) for one in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")] == [
        False, False, True, True, True,
    ]  # fmt: skip
    assert not takes(wanted, b"a line without a level")


def test_an_id_is_found_as_a_field_by_its_beginning_and_in_the_text() -> None:
    wanted = LogFilter(correlation_id="9b1e77c0")
    assert takes(wanted, line(correlation_id="9b1e77c0-aaaa"))
    assert takes(wanted, b"2026-11-28T12:00:00Z INFO Forwarded alert with correlation_id=9b1e77c0-aaaa")
    assert not takes(wanted, line(correlation_id="other"))


def test_a_text_is_found_in_message_or_values_in_any_case_and_not_in_names() -> None:
    wanted = LogFilter(text="circuit")
    assert takes(wanted, line("Circuit breaker is OPEN"))
    assert takes(wanted, line(reason="CIRCUIT_OPEN"))
    assert not takes(wanted, line(circuit="x"))


def test_times_include_the_first_moment_and_not_the_last() -> None:
    wanted = LogFilter(since_ms=NOON, until_ms=NOON + 10)
    assert [takes(wanted, line(at_ms=NOON + one)) for one in (-1, 0, 9, 10)] == [False, True, True, False]
    assert not wanted.too_old(NOON - SLACK_MS)
    assert wanted.too_old(NOON - SLACK_MS - 1)
    assert wanted.too_new(NOON + 10 + SLACK_MS)


@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["", "INFO", "ERROR"]))
def test_bytes_rule_out_nothing_that_is_wanted(message: str, value: str, text: str, level: str) -> None:
    wanted = LogFilter(level=level, text=text, correlation_id=value, until_ms=NOON + 1)
    raw = line(message, level="ERROR", correlation_id=value)
    if wanted.takes(read_line("alerter", raw)):
        assert wanted.may(raw)


def test_lines_are_counted_per_minute_in_order_of_time() -> None:
    groups = LogGroups("minute")
    for second in (130, 10, 20):
        groups.add(read_line("alerter", line(at_ms=NOON + second * 1000)))
    assert [(one.value, one.count) for one in groups.ordered()] == [("2026-11-28T12:00Z", 2), ("2026-11-28T12:02Z", 1)]


def test_other_fields_are_counted_the_most_frequent_first() -> None:
    groups = LogGroups("status")
    for raw in (line(status=200), line(status=500), line(status=500), line()):
        groups.add(read_line("webui", raw))
    assert [(one.value, one.count) for one in groups.ordered()] == [("500", 2), ("", 1), ("200", 1)]


def test_what_moogsoft_answered_is_counted_with_what_became_of_the_alert() -> None:
    groups = LogGroups("status")
    groups.add(read_line("forwarder", line(status="retry", http_status=503)))
    assert list(groups.found) == ["retry HTTP 503"]


def test_values_beyond_a_bound_are_counted_together() -> None:
    groups = LogGroups("n")
    for number in range(MOST + 5):
        groups.add(read_line("alerter", line(n=number)))
    assert (len(groups.found), groups.others) == (MOST, 5)
