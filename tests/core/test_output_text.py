"""Hostile text cannot move a cursor, reorder a line, or look like markup."""

from __future__ import annotations

import io
import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.present.arrange import Arrangement, arranged
from mutt_cli.present.console import print_listing
from mutt_cli.present.encode import json_text
from mutt_cli.present.output import Column, Document, Envelope, Listing, render
from mutt_cli.present.text import safe
from tests.core.test_output import NOON

HOSTILE = (
    "\x1b]0;owned\x07",
    "\x9b2J",
    "a\nb\tc\r",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "\ud800",
    "\x00",
    "\u2028",
    "\U000e0041",
)
ANSI = re.compile("\x1b\\[[0-9;]*m")


def table(listing: Listing, *, width: int = 80, color: bool = False, ascii_only: bool = False) -> str:
    stream = io.StringIO()
    print_listing(arranged(listing, Arrangement()), stream, color=color, width=width, ascii_only=ascii_only)
    return stream.getvalue()


@pytest.mark.parametrize("text", HOSTILE)
def test_invisible_characters_are_spelled(text: str) -> None:
    assert safe(text).isprintable()
    assert safe(text) != text


def test_escape_is_spelled_as_hex() -> None:
    assert safe("\x1b[31m \x9b \u202e \ud800 \U000e0041") == "\\x1b[31m \\x9b \\u202e \\ud800 \\U000e0041"


@pytest.mark.parametrize("text", ["match [a-z]+ [error] disk", ":up: :100:", "[/var]", "Grüße 東京 😀", "\\d+\\x1b"])
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text
    assert text in table(Listing("k", (Column("pattern"),), ({"pattern": text},)))


@given(st.text(st.characters(codec=None)))
def test_nothing_unsafe_survives(text: str) -> None:
    for one in safe(text):
        assert unicodedata.category(one) not in {"Cc", "Cs"}
        assert unicodedata.bidirectional(one) not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(st.text(st.characters(codec=None)))
def test_json_stays_the_same_value_without_a_raw_control(text: str) -> None:
    written = json_text(text)
    assert json.loads(written) == json.loads(json.dumps(text))
    assert "\x9b" not in written
    assert "\u202e" not in written
    written.encode()


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["table", "csv", "name", "json", "jsonl", "yaml"])
def test_every_format_is_printable_lines(text: str, form: str) -> None:
    results: tuple[Listing | Document, ...] = (
        Listing("k", (Column("m"),), ({"m": text},)),
        Document("k", {"m": text}, text=(text,), name=text),
    )
    for result in results:
        for line in render(result, form, Envelope("c", NOON)).split("\n"):  # type: ignore[arg-type]
            assert all(part.isprintable() for part in line.split("\t"))


@pytest.mark.parametrize("text", HOSTILE)
def test_terminal_table_is_printable_but_for_our_own_colours(text: str) -> None:
    shown = table(Listing("k", (Column("m", "free"), Column("s", "state")), ({"m": text, "s": text},)), color=True)
    assert all(line.isprintable() for line in ANSI.sub("", shown).split("\n"))


def test_terminal_cuts_free_text_and_never_an_id() -> None:
    identity = "0" * 60
    listing = Listing("k", (Column("id"), Column("message", "free")), ({"id": identity, "message": "m" * 200},))
    row = table(listing, width=80).splitlines()[1]
    assert row.startswith(identity)
    assert row.rstrip().endswith("m…")
    assert len(row.rstrip()) <= 80
    assert table(listing, ascii_only=True).rstrip().endswith("m...")


def test_terminal_narrower_than_the_ids_gets_a_long_line_instead_of_half_an_id() -> None:
    listing = Listing("k", (Column("id"), Column("other")), ({"id": "a" * 60, "other": "b" * 60},))
    row = table(listing, width=40).splitlines()[1]
    assert "a" * 60 in row
    assert "b" * 60 in row


def test_numbers_align_right_and_wide_characters_count_double() -> None:
    rows = ({"name": "東京", "depth": 5}, {"name": "oslo", "depth": 12345})
    lines = table(Listing("k", (Column("name"), Column("depth", "count")), rows)).splitlines()
    assert lines[1].rstrip() == "東京       5"
    assert lines[2].rstrip() == "oslo  12,345"


def test_colour_is_only_there_when_asked_for_and_the_word_stays() -> None:
    listing = Listing("k", (Column("state", "state"),), ({"state": "crit"},))
    assert "\x1b" not in table(listing)
    assert "\x1b" in table(listing, color=True)
    assert "crit" in table(listing, color=True)
