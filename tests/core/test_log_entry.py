"""A line of a log becomes a value, whatever wrote it and whatever is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.log_entry import LEVELS, head, level_named, read_line, read_record
from mutt_cli.core.log_line import json_line, text_line

AT = "2026-11-28T01:05:26.123Z"
AT_MS = 1795827926123
SERVICE_OF = {"mutt-moog-forwarder": "forwarder"}


def record(**fields: Any) -> bytes:
    return json.dumps({"__REALTIME_TIMESTAMP": str(AT_MS * 1000), **fields}).encode()


def test_our_json_is_read_back_as_it_was_logged() -> None:
    line = json_line(
        {"timestamp": AT, "level": "ERROR", "message": "it broke", "service": "alerter", "version": "2.5",
         "pod_name": "pod-1", "correlation_id": "abc123-def456", "status": "fail", "attempt": 3}
    )  # fmt: skip
    entry = read_line("remediation", line.encode())
    assert (entry.at_ms, entry.service, entry.level, entry.message) == (AT_MS, "alerter", "ERROR", "it broke")
    assert (entry.pod, entry.correlation_id) == ("pod-1", "abc123-def456")
    assert entry.fields == {"status": "fail", "attempt": 3}
    assert head(line.encode()) == (AT.encode(), b"ERROR")


def test_our_text_form_has_its_level_and_its_fields() -> None:
    entry = read_line("alerter", text_line(AT, "WARNING", "slow", {"correlation_id": "abc", "status": "fail"}).encode())
    assert (entry.at_ms, entry.level, entry.correlation_id) == (AT_MS, "WARNING", "abc")
    assert entry.fields == {"status": "fail"}
    assert entry.message.startswith("slow")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2026-11-28 01:05:26.123 UTC [77] LOG:  checkpoint starting", "[77] LOG:  checkpoint starting"),
        ("2026-11-28T01:05:26.123Z RUNNING on", "RUNNING on"),
    ],
)
def test_a_server_s_own_form_keeps_its_words_and_has_its_time(line: str, message: str) -> None:
    entry = read_line("postgres", line.encode())
    assert (entry.at_ms, entry.level, entry.message) == (AT_MS, "", message)


@pytest.mark.parametrize("line", [b"Traceback (most recent call last):", b"\xff\xfe", b"{not json", b"{}", b"[1]", b""])
def test_what_has_no_form_is_a_message_without_a_time(line: bytes) -> None:
    assert read_line("alerter", line).at_ms is None


def test_a_record_of_the_journal_names_service_host_and_level() -> None:
    told = record(MESSAGE="Started.", PRIORITY="3", _HOSTNAME="srv1", _SYSTEMD_UNIT="mutt-moog-forwarder.service")
    entry = read_record(told, SERVICE_OF)
    assert entry is not None
    assert (entry.at_ms, entry.service, entry.host, entry.level) == (AT_MS, "forwarder", "srv1", "ERROR")


def test_json_inside_a_record_wins_over_what_journald_knows() -> None:
    inner = json_line({"timestamp": "2026-11-28T01:05:20.000Z", "level": "INFO", "message": "hello"})
    entry = read_record(record(MESSAGE=inner, PRIORITY="3"), {})
    assert entry is not None
    assert (entry.at_ms, entry.level, entry.message) == (AT_MS - 6123, "INFO", "hello")


def test_a_message_that_is_no_utf_8_comes_as_numbers() -> None:
    entry = read_record(record(MESSAGE=list(b"caf\xe9")), {})
    assert entry is not None
    assert entry.message == "caf\\xe9"


@pytest.mark.parametrize(("digit", "level"), [("0", "CRITICAL"), ("4", "WARNING"), ("5", "INFO"), ("7", "DEBUG")])
def test_priorities_are_levels(digit: str, level: str) -> None:
    entry = read_record(record(MESSAGE="x", PRIORITY=digit), {})
    assert entry is not None
    assert entry.level == level


@pytest.mark.parametrize(("word", "level"), [("err", "ERROR"), ("Warn", "WARNING"), ("crit", "CRITICAL"), ("x", None)])
def test_levels_are_known_by_the_words_people_type(word: str, level: str | None) -> None:
    assert level_named(word) == level


@given(st.binary(max_size=200))
def test_any_bytes_are_an_entry(line: bytes) -> None:
    assert read_line("alerter", line).level in {"", *LEVELS}
    read_record(line, {})
