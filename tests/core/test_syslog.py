"""What each dialect's header says, and what is done where it says nothing."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.syslog import SyslogEvent, parse
from mutt_cli.core.syslog.priority import FACILITIES

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DATA = Path(__file__).parent.parent / "data"


class Expected(msgspec.Struct):
    """One line of the expectations beside the log: written once from the parser's answer, then read by eye."""

    family: str
    vendor: str
    event: SyslogEvent


LINES = (DATA / "syslog_families.log").read_bytes().splitlines()
EXPECTED = [
    msgspec.json.decode(line, type=Expected) for line in (DATA / "syslog_families.jsonl").read_bytes().splitlines()
]
PAIRS = list(zip(LINES, EXPECTED, strict=True))


def at(line: str, zone: str = "UTC", now: datetime = NOW) -> str | None:
    return parse(line, now, ZoneInfo(zone)).timestamp


@pytest.mark.parametrize(("line", "expected"), PAIRS)
def test_line_of_the_families_file_becomes_the_event_written_beside_it(line: bytes, expected: Expected) -> None:
    assert expected.event == parse(line, NOW)


def test_families_file_covers_the_vendors_and_families_it_promises() -> None:
    vendors = {"ios", "iosxr", "nxos", "asa", "junos", "junos-sd", "eos", "fortinet", "huawei", "linux", "rfc5424"}
    assert vendors <= {expected.vendor for expected in EXPECTED}
    assert len({expected.family for expected in EXPECTED}) >= 24
    assert len(LINES) >= 120


@pytest.mark.parametrize(("line", "expected"), PAIRS)
def test_message_is_the_end_of_the_line_word_for_word(line: bytes, expected: Expected) -> None:
    assert line.decode().endswith(expected.event.message)


@given(st.binary(max_size=200))
def test_any_bytes_make_an_event_whose_text_is_recoverable(line: bytes) -> None:
    assert_recoverable(line)


PIECES = st.sampled_from(
    (
        b"<189>", b"<13>", b"1 ", b"45: ", b"*", b".", b" CET", b": ", b" ", b"core1", b"RP/0/RP0/CPU0:", b"sshd[1]: ",
        b"Nov 23 10:00:00", b"2026-11-23T10:00:00Z", b"2026 Nov 23 10:00:00", b"%LINK-3-UPDOWN: ", b"%%01A/4/X(l)[1]:",
        b'date=2026-11-23 time=10:00:00 devname="', b"level=", b'[a@1 b="', b"\\", b'"', b"]", b"- ", b"\xff", b"\0",
    )
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map(b"".join))
def test_any_order_of_header_pieces_makes_an_event_whose_text_is_recoverable(line: bytes) -> None:
    assert_recoverable(line)


def assert_recoverable(line: bytes) -> None:
    event = parse(line, NOW)
    text = line.rstrip(b"\r\n\0")
    assert event == msgspec.json.decode(msgspec.json.encode(event), type=SyslogEvent)
    assert event == parse(line, NOW)
    if event.raw_base64 is None:
        assert text.decode().endswith(event.message)
    else:
        assert text == base64.b64decode(event.raw_base64)
    assert event.message or not text


@given(st.text(max_size=60))
def test_text_with_lone_surrogates_makes_an_event_that_json_can_carry(text: str) -> None:
    assert msgspec.json.encode(parse(text + "\ud800", NOW))


def test_line_that_is_not_understood_is_the_message_whole() -> None:
    assert SyslogEvent("no header: at all") == parse("no header: at all\r\n", NOW)


def test_line_that_is_not_utf8_shows_its_bytes_and_keeps_them() -> None:
    event = parse(b"<13>caf\xe9", NOW)
    assert event.message == "caf\\xe9"
    assert base64.b64decode(event.raw_base64 or "") == b"<13>caf\xe9"


@pytest.mark.parametrize("code", [0, 13, 165, 191])
def test_pri_gives_facility_and_severity(code: int) -> None:
    event = parse(f"<{code}>x", NOW)
    assert (FACILITIES[code // 8], code % 8) == (event.syslog_facility, event.syslog_severity)


@pytest.mark.parametrize("pri", ["<192>", "<007>", "<-1>", "<>", "<1a>"])
def test_pri_that_is_none_stays_in_the_message(pri: str) -> None:
    assert SyslogEvent(pri + "x") == parse(pri + "x", NOW)


def test_pri_wins_over_the_digit_of_the_mnemonic() -> None:
    assert parse("<189>45: %LINK-3-UPDOWN: x", NOW).syslog_severity == 5


def test_digit_of_the_mnemonic_is_the_severity_where_there_is_no_pri() -> None:
    event = parse("%LINK-3-UPDOWN: x", NOW)
    assert (event.syslog_severity, event.severity) == (3, "error")


def test_fortinet_level_wins_over_a_pri_that_a_relay_rewrote() -> None:
    assert parse('<13>date=2026-11-23 time=10:00:00 devname="f" level="alert" msg="x"', NOW).syslog_severity == 1


@pytest.mark.parametrize(
    ("word", "numbers"), {"critical": (0, 1, 2), "error": (3,), "warning": (4,), "notice": (5,), "debug": (7,)}.items()
)
def test_each_severity_has_one_word(word: str, numbers: tuple[int, ...]) -> None:
    assert {word} == {parse(f"<{number}>x", NOW).severity for number in numbers}


def test_device_time_wins_over_the_relays() -> None:
    assert at("Nov 23 10:00:00 10.1.1.1 45: Nov 23 09:59:59.870: %A-3-B: x") == "2026-11-23T09:59:59.870Z"


@pytest.mark.parametrize("mark", ["*", "."])
def test_relays_time_wins_over_a_clock_that_is_not_synchronised(mark: str) -> None:
    event = parse(f"Nov 23 10:00:00 10.1.1.1 45: {mark}Jan  1 00:00:59.870: %A-3-B: x", NOW)
    assert (event.timestamp, event.clock_synced) == ("2026-11-23T10:00:00Z", False)


def test_time_that_is_not_synchronised_is_used_where_it_is_the_only_one() -> None:
    assert at("<187>45: *Nov 22 09:59:59.870: %A-3-B: x") == "2026-11-22T09:59:59.870Z"


def test_missing_year_is_this_year_up_to_a_day_ahead() -> None:
    assert at("Nov 24 11:59:59 h a: x") == "2026-11-24T11:59:59Z"


def test_missing_year_is_last_year_beyond_a_day_ahead() -> None:
    assert at("Nov 24 12:00:01 h a: x") == "2025-11-24T12:00:01Z"


def test_december_line_read_in_january_belongs_to_last_year() -> None:
    assert at("Dec 31 23:59:59 h a: x", now=datetime(2027, 1, 1, tzinfo=UTC)) == "2026-12-31T23:59:59Z"


def test_january_line_read_in_december_belongs_to_next_year() -> None:
    assert at("Jan  1 00:00:01 h a: x", now=datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == "2027-01-01T00:00:01Z"


def test_leap_day_without_a_year_is_the_last_one() -> None:
    assert at("Feb 29 10:00:00 h a: x") == "2024-02-29T10:00:00Z"


@pytest.mark.parametrize("stamp", ["Feb 30 10:00:00", "Nov 23 25:00:00", "Nov 00 10:00:00", "2026-13-01T10:00:00Z"])
def test_time_that_cannot_be_leaves_the_line_whole(stamp: str) -> None:
    assert SyslogEvent(f"{stamp} h a: x") == parse(f"{stamp} h a: x", NOW)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2039, 12, 31)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_missing_year_is_never_more_than_a_day_ahead_nor_a_year_back(when: datetime) -> None:
    stamp = parse(f"{when:%b} {when.day:2} {when:%H:%M:%S} h a: x", NOW).timestamp
    assert stamp is not None
    distance = datetime.fromisoformat(stamp) - NOW
    if (when.month, when.day) != (2, 29):
        assert timedelta(days=-365) < distance <= timedelta(days=1)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("Nov 23 2026 10:00:00.123 UTC:", "2026-11-23T10:00:00.123Z"),
        ("Nov 23 10:00:00 CET:", "2026-11-23T09:00:00Z"),
        ("Nov 23 2026 10:00:00+01:00", "2026-11-23T09:00:00Z"),
        ("Nov 23 10:00:00 -0500", "2026-11-23T15:00:00Z"),
        ("Nov 23 10:00:00 2026", "2026-11-23T10:00:00Z"),
        ("Mon Nov 23 10:00:00 2026", "2026-11-23T10:00:00Z"),
        ("2026 Nov 23 10:00:00.5 EST:", "2026-11-23T15:00:00.500Z"),
        ("2026-11-23T10:00:00.123456789+05:30", "2026-11-23T04:30:00.123456Z"),
        ("2026-11-23 10:00:00,250", "2026-11-23T10:00:00.250Z"),
        ("2026/11/23 10:00:00", "2026-11-23T10:00:00Z"),
        ("2026-11-23T23:59:60Z", "2026-11-23T23:59:59Z"),
    ],
)
def test_each_way_to_write_a_time_is_read(stamp: str, expected: str) -> None:
    assert at(f"<187>{stamp} h a: x") == expected


def test_time_without_a_zone_is_in_the_default_zone() -> None:
    assert at("Jul  1 10:00:00 h a: x", zone="Europe/Berlin") == "2026-07-01T08:00:00Z"


def test_ambiguous_zone_name_is_the_default_zones_if_it_has_that_name() -> None:
    assert at("<187>45: Nov 23 10:00:00 CST: %A-3-B: x", zone="Asia/Shanghai") == "2026-11-23T02:00:00Z"
    assert at("<187>45: Nov 23 10:00:00 CST: %A-3-B: x") == "2026-11-23T16:00:00Z"


def test_unknown_zone_name_is_kept_beside_a_time_in_the_default_zone() -> None:
    event = parse("<187>45: Nov 23 10:00:00 BERLN: %A-3-B: x", NOW)
    assert (event.timestamp, event.time_zone) == ("2026-11-23T10:00:00Z", "BERLN")


@pytest.mark.parametrize("name", ["FW", "EST", "CORE"])
def test_host_that_looks_like_a_zone_is_a_host_before_a_program(name: str) -> None:
    event = parse(f"Nov 23 10:00:00 {name} sshd[1]: x", NOW)
    assert (event.hostname, event.timestamp) == (name, "2026-11-23T10:00:00Z")


def test_host_before_a_mnemonic_may_end_with_a_colon() -> None:
    assert parse("Nov 23 10:00:00 FW: %ASA-4-106023: x", NOW).hostname == "FW"


def test_ipv6_host_is_no_late_year() -> None:
    assert parse("Nov 23 10:00:00 2001:db8::1 dhcpd: x", NOW).hostname == "2001:db8::1"


def test_program_without_a_host_is_a_program() -> None:
    event = parse("<13>Nov 23 10:00:00 sshd[12]: x", NOW)
    assert (event.hostname, event.app, event.procid, event.message) == (None, "sshd", "12", "x")


def test_time_inside_an_ordinary_programs_message_stays_there() -> None:
    assert parse("Nov 23 10:00:00 h app: 2026-11-23 09:00:00 started", NOW).message == "2026-11-23 09:00:00 started"


def test_two_sequence_numbers_give_the_devices_own() -> None:
    assert parse("<189>000123: 000045: *Nov 23 10:00:00: %A-3-B: x", NOW).sequence == 45


def test_structured_data_is_unescaped_and_repeats_are_a_list() -> None:
    event = parse(r'<13>1 - h a - - [e@1 k="a\"b\\c\]d" k="2" k="3"][f@1] x', NOW)
    assert event.structured_data == {"e@1": {"k": ['a"b\\c]d', "2", "3"]}, "f@1": {}}
    assert event.message == "x"


def test_broken_structured_data_stays_in_the_message() -> None:
    assert parse('<13>1 - h a - - [e@1 k="v x', NOW).message == '[e@1 k="v x'


def test_rfc5424_line_without_a_message_has_its_msgid_and_data_for_one() -> None:
    assert parse('<13>1 - h a - UP [e@1 k="v"]', NOW).message == 'UP [e@1 k="v"]'


def test_byte_order_mark_before_an_rfc5424_message_is_no_part_of_it() -> None:
    assert parse("<34>1 - h su - ID47 - \ufeff'su root' failed", NOW).message == "'su root' failed"


def test_quality_of_the_senders_clock_is_taken_from_structured_data() -> None:
    assert parse('<13>1 - h a - - [timeQuality tzKnown="1" isSynced="1"] x', NOW).clock_synced is True


def test_now_in_another_zone_gives_the_same_year() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=14)))
    assert at("Nov 24 11:59:59 h a: x", now=there) == at("Nov 24 11:59:59 h a: x")


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "unit", ["<", "a:", "1", "x[", '[a b="', "%A", "A_", "A-", "k=", 'k="', "1: ", "a/1/", " ", "\\"]
)
def test_long_hostile_line_is_read_in_linear_time(unit: str) -> None:
    line = unit * (400_000 // len(unit))
    for head in ("", "<13>", "<13>1 - h a - - ", "Nov 23 10:00:00 ", "date=2026-11-23 time=10:00:00 "):
        assert line.endswith(parse(head + line, NOW).message[-1000:])
