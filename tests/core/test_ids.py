"""Ids are what RFC 9562 says, in canonical form."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.ids import is_uuid, uuid4, uuid7, uuid7_ms

RFC_9562 = "specified in RFC 4122"
"""What the standard library calls the variant that RFC 9562 took over."""


@given(st.integers(0, (1 << 48) - 1), st.integers(0, 0xFFF), st.integers(0, (1 << 64) - 1))
def test_uuid7_is_one_and_tells_its_time(ms: int, sequence: int, bits: int) -> None:
    made = UUID(text := uuid7(ms, sequence, bits))
    assert is_uuid(text)
    assert (made.version, made.variant, uuid7_ms(text)) == (7, RFC_9562, ms)
    assert made.int & (1 << 62) - 1 == bits & (1 << 62) - 1


moments = st.tuples(st.integers(0, (1 << 48) - 1), st.integers(0, 0xFFF))
chances = st.integers(0, (1 << 62) - 1)


@given(moments, moments, chances, chances)
def test_text_of_uuid7_is_ordered_by_time_then_sequence(
    one: tuple[int, int], other: tuple[int, int], first: int, second: int
) -> None:
    if one != other:
        assert (uuid7(*one, first) < uuid7(*other, second)) == (one < other)


@given(st.integers(0, (1 << 128) - 1))
def test_uuid4_is_one_whatever_the_chance(bits: int) -> None:
    made = UUID(text := uuid4(bits))
    assert is_uuid(text)
    assert (made.version, made.variant) == (4, RFC_9562)


@given(st.integers(0, (1 << 122) - 1))
def test_every_bit_of_chance_is_in_the_uuid4(bits: int) -> None:
    assert len({uuid4(bits), *(uuid4(bits ^ 1 << place) for place in range(122))}) == 123
