"""Input of any kind into event objects: formats told apart, bad lines named, nothing sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.intake import FORMATS, Format, Item, Outcome, Reading, Refused, detect, made, read

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
READING = Reading(NOW)


def outcomes(text: bytes, form: Format = "auto", reading: Reading = READING, size: int = 7) -> list[Outcome]:
    chunks = (text[at : at + size] for at in range(0, len(text), size))
    return [outcome for some in read(chunks, form, reading) for outcome in some]


def refusals(found: list[Outcome]) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in found if isinstance(one, Refused)]


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b'{"message":"x"}\n{"message":"y"}\n', "ndjson"),
        (b'{"message":"x"}', "ndjson"),
        (b'{\n  "message": "x"\n}', "json"),
        (b'{"message": "x",\n "hostname": "h"}', "json"),
        (b'\n[{"message":"x"}]', "json"),
        (b"[ ]", "json"),
        (b"[12345.678901] eth0: link down\n", "syslog"),
        (b"<189>45: %SYS-5-CONFIG_I: x\n", "syslog"),
        (b"", "syslog"),
    ],
)
def test_format_is_told_from_the_first_line(head: bytes, form: str) -> None:
    assert detect(head) == form


def test_syslog_line_becomes_an_event_object() -> None:
    assert outcomes(b"<13>Nov 23 10:00:00 web1 sshd[1]: hello\n") == [
        Item(
            1,
            b'{"message":"hello","hostname":"web1","timestamp":"2026-11-23T10:00:00Z","severity":"notice",'
            b'"syslog_severity":5,"syslog_facility":"user","app":"sshd","procid":"1"}',
        )
    ]


def test_host_of_the_reading_fills_lines_without_one_and_no_others() -> None:
    found = outcomes(b"<189>45: %A-5-B: x\nNov 23 10:00:00 web1 app: y\n", reading=Reading(NOW, hostname="core1"))
    hosts = [msgspec.json.decode(one.body)["hostname"] for one in found if isinstance(one, Item)]
    assert hosts == ["core1", "web1"]


def test_ndjson_line_is_sent_as_it_is() -> None:
    assert outcomes(b'{"b": 1e2, "a":2}\r\n\n{"c":3}') == [Item(1, b'{"b": 1e2, "a":2}'), Item(3, b'{"c":3}')]


def test_json_over_several_lines_becomes_one_line() -> None:
    assert outcomes(b'[\n{"a": 1.0,\n"b": [1,\n2]},\n{"c":3}\n]') == [
        Item(2, b'{"a":1.0,"b":[1,2]}'),
        Item(5, b'{"c":3}'),
    ]


def test_byte_order_mark_is_dropped() -> None:
    assert outcomes(b'\xef\xbb\xbf{"a":1}\n') == [Item(1, b'{"a":1}')]


@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_bad_items_are_named_by_line_and_the_rest_goes_on(form: Format) -> None:
    text = b'{"a":1}\n{"a":}\n{"b":2}\n' if form == "ndjson" else b'[{"a":1},\n{"a":},\n{"b":2}]'
    found = outcomes(text, form)
    assert refusals(found) == [(2, "json")]
    assert len(found) == 3


def test_json_value_that_is_no_object_is_refused() -> None:
    assert refusals(outcomes(b'[1, {"a":1}, null]', "json")) == [(1, "not_an_object"), (1, "not_an_object")]


def test_value_that_nests_too_deep_is_refused() -> None:
    assert refusals(outcomes(b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "ndjson", size=65536)) == [(1, "json")]


def test_array_that_is_cut_off_keeps_its_whole_values_and_says_so() -> None:
    found = outcomes(b'[{"a":1},\n{"b":2}')
    assert [one.line for one in found if isinstance(one, Item)] == [1, 2]
    assert refusals(found) == [(2, "json")]


@pytest.mark.parametrize(
    ("form", "text"),
    [("syslog", b"a\n" + b"x" * 200 + b"\nb"), ("ndjson", b'{"a":1}\n{"a":"' + b"x" * 200 + b'"}\n{"b":2}')],
)
def test_line_over_the_cap_is_reported_and_not_fatal(form: Format, text: bytes) -> None:
    found = outcomes(text, form, Reading(NOW, cap=100))
    assert refusals(found) == [(2, "too_large")]
    assert len(found) == 3


def test_line_that_grows_over_the_cap_as_json_is_refused() -> None:
    assert refusals(outcomes(b"\x01" * 90, "syslog", Reading(NOW, cap=100))) == [(1, "too_large")]


def test_items_come_out_with_the_chunk_that_ends_them() -> None:
    taken: list[bytes] = []

    def chunks() -> Iterator[bytes]:
        for chunk in (b"one\ntw", b"o\nthree\n"):
            taken.append(chunk)
            yield chunk

    found = read(chunks(), "syslog", READING)
    assert (len(next(found)), len(taken)) == (1, 1)
    assert (len(next(found)), len(taken)) == (2, 2)


@given(st.binary(max_size=80), st.sampled_from(FORMATS), st.integers(1, 9))
def test_any_bytes_in_any_format_never_raise_and_items_are_one_line_of_json(
    text: bytes, form: Format, size: int
) -> None:
    for outcome in outcomes(text, form, size=size):
        if isinstance(outcome, Item):
            assert b"\n" not in outcome.body
            assert isinstance(msgspec.json.decode(outcome.body), dict)


def test_made_events_are_numbered_and_carry_host_message_and_time() -> None:
    found = [outcome for some in made(2500, "core1", "link down", NOW) for outcome in some]
    assert [one.line for one in found] == list(range(1, 2501))
    assert found[-1] == Item(2500, b'{"hostname":"core1","message":"link down","timestamp":"2026-11-23T12:00:00Z"}')
