"""Splitting a body: one object, an array, lines; a bad item never costs its neighbours."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.event import Refusal
from mutt_cli.core.request_body import Items, split


def items(body: bytes, *, ndjson: bool = False) -> Items:
    answer = split(body, max_items=100, ndjson=ndjson)
    assert isinstance(answer, Items), answer
    return answer


def test_one_object_is_one_item_however_it_is_laid_out() -> None:
    assert items(b'{"a":1}') == Items((b'{"a":1}',), single=True)
    assert items(b'{\n  "a": {\n    "b": 1\n  }\n}').single


def test_lines_are_items_with_or_without_their_content_type() -> None:
    body = b'{"a":1}\n\n{"b":2}\r\n'
    assert len(items(body).raws) == len(items(body, ndjson=True).raws) == 2


def test_bad_first_line_does_not_cost_the_good_ones() -> None:
    assert items(b'oops\n{"a":1}\n{"b":2}').raws == (b"oops", b'{"a":1}', b'{"b":2}')


def test_bad_item_of_an_array_does_not_cost_its_neighbours() -> None:
    body = b'[{"m":"a, [b]"}, {"x":NaN}, {"m":"c \\" d"}]'
    assert items(body).raws == (b'{"m":"a, [b]"}', b'{"x":NaN}', b'{"m":"c \\" d"}')


@pytest.mark.parametrize("body", [b"", b"  \n ", b'[{"a":1}', b'[{"a":1}] trailing'])
def test_what_cannot_be_cut_into_items_is_refused_whole(body: bytes) -> None:
    answer = split(body, max_items=100, ndjson=False)
    assert isinstance(answer, Refusal)
    assert answer.reason == "json"


def test_too_many_items_are_refused() -> None:
    answer = split(b"[" + b"{}," * 100 + b"{}]", max_items=100, ndjson=False)
    assert isinstance(answer, Refusal)
    assert answer.reason == "too_large"


@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers(), max_size=3), min_size=2, max_size=6))
def test_array_and_lines_give_the_same_items(objects: list[dict[str, object]]) -> None:
    as_lines = items("\n".join(map(json.dumps, objects)).encode())
    as_array = items(json.dumps(objects).encode())
    assert [json.loads(raw) for raw in as_lines.raws] == [json.loads(raw) for raw in as_array.raws] == objects


@given(st.binary(max_size=300))
def test_splitting_never_raises(body: bytes) -> None:
    split(body, max_items=10, ndjson=False)


def test_unclosed_string_costs_linear_time() -> None:
    """A quadratic scan would take minutes here; the time-out of the test is the measure."""
    split(b"[" + b"{}" * 40 + b'"' + b'\\"' * 500_000, max_items=10, ndjson=False)
