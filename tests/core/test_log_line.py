"""A log line is one line, printable and bounded, whatever somebody put into it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mutt_cli.core.log_line import LONGEST_LINE, json_line, text_line

HOSTILE = (
    "two\r\nlines",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "nul\x00byte",
    "half a pair \ud83d and \udcff",
    "c1 \x9b31m, del \x7f",
    "line\u2028paragraph\u2029next\x85line\x0b\x0c\x1c",
    "left\u202eright\u2066isolate",
    'quote" back\\slash',
    "tag \U000e0041",
)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_json_line_is_one_printable_line_that_says_the_same(text: str) -> None:
    line = json_line({"message": text, "nested": {"deep": 1}, "number": 3})
    assert line.isprintable()
    said = json.loads(line)["message"]
    assert said == text.encode("utf-8", "backslashreplace").decode()


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_text_line_is_one_printable_line(text: str) -> None:
    line = text_line("2026-11-27T22:00:00.000Z", "INFO", text, {"host": text})
    assert line.isprintable()
    assert line.startswith("2026-11-27T22:00:00.000Z INFO ")
    assert " host=" in line


@pytest.mark.parametrize(
    "value",
    [b"\xff", object(), {1: "\ud800"}, float("nan"), 1 << 70, ("a", {"b"})],
    ids=lambda value: type(value).__name__,
)
def test_what_json_does_not_know_is_text_and_no_failure(value: Any) -> None:
    assert json_line({"message": "m", "value": value}).startswith('{"message":"m","value":')


def test_long_texts_are_cut_so_that_the_line_stays_whole() -> None:
    fields = {"message": "m" * 100_000, "correlation_id": "c" * 128}
    line = json_line(fields)
    assert len(line) < LONGEST_LINE
    assert json.loads(line)["message"].endswith("m…")
    assert json.loads(line)["correlation_id"] == "c" * 128
    assert len(text_line("t", "INFO", **fields_of(fields))) < LONGEST_LINE


def fields_of(fields: dict[str, str]) -> dict[str, Any]:
    return {"message": fields["message"], "fields": {"correlation_id": fields["correlation_id"]}}
