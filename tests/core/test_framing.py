"""Chunks into lines and JSON values: the cut does not depend on where chunks end, nor memory on how long a piece is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.framing import LineSplitter, Piece, ValueSplitter

Splitter = type[LineSplitter] | type[ValueSplitter]


def pieces(splitter: Splitter, chunks: list[bytes], cap: int = 1000) -> list[Piece]:
    cut = splitter(cap)
    return [piece for chunk in chunks for piece in cut.feed(chunk)] + cut.finish()


def chunked(text: bytes, size: int) -> list[bytes]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def numbered(found: list[Piece]) -> list[tuple[int, bytes | None]]:
    return [(piece.line, piece.text) for piece in found]


def test_lines_are_numbered_and_blank_ones_left_out() -> None:
    assert numbered(pieces(LineSplitter, [b"a\r\n\n  \nb\nc"])) == [(1, b"a"), (4, b"b"), (5, b"c")]


def test_line_over_the_cap_is_told_by_its_size_and_the_next_is_read() -> None:
    found = pieces(LineSplitter, chunked(b"a\n" + b"x" * 5000 + b"\nb\n", 100))
    assert found == [Piece(1, 1, b"a"), Piece(2, 5000, None), Piece(3, 1, b"b")]


def test_objects_one_after_the_other_are_values() -> None:
    assert numbered(pieces(ValueSplitter, [b'{"a":1}{"b":\n[2]}\n\n{"c":3}'])) == [
        (1, b'{"a":1}'),
        (1, b'{"b":\n[2]}'),
        (4, b'{"c":3}'),
    ]


def test_elements_of_the_outer_array_are_values() -> None:
    assert numbered(pieces(ValueSplitter, [b'[\n {"a":[1,2]},\n 3, "x,]" ]'])) == [
        (2, b'{"a":[1,2]}'),
        (3, b"3"),
        (3, b'"x,]"'),
    ]


def test_brackets_and_quotes_inside_strings_cut_nothing() -> None:
    assert numbered(pieces(ValueSplitter, [rb'{"a":"}\"{\\"}{"b":1}'])) == [(1, rb'{"a":"}\"{\\"}'), (1, b'{"b":1}')]


@pytest.mark.parametrize("size", range(1, 12))
def test_chunk_may_end_after_an_escaped_backslash(size: int) -> None:
    values = [json.dumps({"a": text}).encode() for text in ("\\", '\\"', "\\\\", '"')]
    assert [piece.text for piece in pieces(ValueSplitter, chunked(b"".join(values), size))] == values


def test_value_over_the_cap_is_told_by_its_size_and_the_next_is_read() -> None:
    text = b'[{"a":1},\n{"long":"' + b"x" * 5000 + b'\n"},\n{"b":2}]'
    found = pieces(ValueSplitter, chunked(text, 100))
    assert numbered(found) == [(1, b'{"a":1}'), (2, None), (4, b'{"b":2}')]
    assert found[1].size > 5000


@pytest.mark.parametrize("text", [b'[{"a":1}', b'{"a":', b'{"a":"x', b'[{"a":1},\n'])
def test_input_that_ends_inside_a_value_or_array_is_noticed(text: bytes) -> None:
    cut = ValueSplitter(1000)
    cut.feed(text)
    cut.finish()
    assert cut.ended_at == 1 + text.count(b"\n")


@pytest.mark.parametrize("text", [b'[{"a":1}]', b'{"a":1}\n', b"", b" \n"])
def test_whole_input_is_noticed_too(text: bytes) -> None:
    cut = ValueSplitter(1000)
    cut.feed(text)
    cut.finish()
    assert cut.ended_at == 0


@pytest.mark.parametrize("splitter", [LineSplitter, ValueSplitter])
@given(text=st.binary(max_size=60) | st.text('{}[]",\\ \na', max_size=60).map(str.encode), size=st.integers(1, 7))
def test_cut_does_not_depend_on_the_chunks(splitter: Splitter, text: bytes, size: int) -> None:
    assert pieces(splitter, [text], cap=10) == pieces(splitter, chunked(text, size), cap=10)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=6), st.sampled_from([None, 1]), st.integers(1, 50))
def test_any_array_comes_apart_into_its_elements(values: list[object], indent: int | None, size: int) -> None:
    text = json.dumps(values, indent=indent).encode()
    found = pieces(ValueSplitter, chunked(text, size), cap=10_000)
    assert values == [json.loads(piece.text or b"") for piece in found]


def test_memory_stays_bounded_by_the_cap() -> None:
    for splitter in (LineSplitter(1000), ValueSplitter(1000)):
        splitter.feed(b'{"a":"')
        for _ in range(100):
            splitter.feed(b"x" * 500)
        held = [value for value in vars(splitter).values() if isinstance(value, bytes)]
        assert sum(map(len, held)) <= 1500
