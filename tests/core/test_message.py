"""Which text addresses a message, and that ruling out by bytes changes nothing of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.dead_letter import message_id, payload_hash
from mutt_cli.core.ids import element_id
from mutt_cli.core.message import SHORT, SHORT_CORRELATION, Message

EVENT = "01a22000-0000-7000-8000-00000000beef"
values = st.one_of(
    st.text('aF0-9.:/\\"é ', max_size=12), st.integers(), st.floats(allow_nan=False), st.booleans(), st.none()
)
objects = st.fixed_dictionaries({}, optional={"event_id": values, "correlation_id": values, "message": values})


def meant(element: bytes, prefix: str) -> bool:
    """As it is promised, everything read."""
    message, wanted = Message(element), prefix.lower()
    by_correlation = len(prefix) >= SHORT_CORRELATION and message.correlation_id.lower().startswith(wanted)
    by_hash = len(prefix) >= SHORT and payload_hash(element).startswith(wanted)
    return by_correlation or wanted == message_id(element).lower() or by_hash


@given(objects, st.booleans(), st.integers(0, 40), st.integers(0, 3))
def test_bytes_rule_out_nothing_that_is_meant(fields: dict[str, Any], as_ascii: bool, length: int, which: int) -> None:
    element = json.dumps(fields, ensure_ascii=as_ascii).encode()
    message = Message(element)
    names = (message.correlation_id, message.event_id, message.hash, str(fields.get("correlation_id")))
    for name in (names[which], names[which][:length], names[which].upper()):
        assert Message(element).addressed_by(name) == meant(element, name), name


@pytest.mark.parametrize(
    "element",
    [
        json.dumps({"event_id": EVENT.upper()}).encode(),
        b'{"event_id":"\\u0030' + EVENT[1:].encode() + b'"}',
        json.dumps({"raw": json.dumps({"event_id": EVENT}), "_delivery": {"wrapped": True}}).encode(),
        json.dumps({"raw_base64": "/w==", "event_id": EVENT, "_delivery": {"wrapped": True}}).encode(),
    ],
)
def test_an_event_id_is_found_however_it_is_written(element: bytes) -> None:
    assert Message(element).addressed_by(EVENT)
    assert not Message(element).addressed_by(EVENT[:-1] + "0")


@pytest.mark.parametrize("element", [b'{"message":"x"}', b"no JSON", b'{"event_id":7,"message":"x"}'])
def test_what_has_no_id_is_found_by_the_one_of_its_content(element: bytes) -> None:
    made = Message(element).event_id
    assert (made[14], Message(element).addressed_by(made)) == ("8", True)
    assert not Message(element).addressed_by(element_id(b"another"))


def test_a_number_is_found_as_it_is_read() -> None:
    assert Message(b'{"event_id":"a","correlation_id":1e10}').addressed_by("10000000000.0")
