"""Edits by hand: set, unset, JSON Patch; what a message is known by stays."""

from __future__ import annotations

import json

import pytest

from mutt_cli.core.edits import Edits, Wrong, assignment, edited, patch_of, recalled

MESSAGE = {"message": "a", "deep": {"x": 1}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("severity=3", ("severity", 3)), ("severity=major", ("severity", "major")), ("a=b=c", ("a", "b=c")),
        ('tags=["x"]', ("tags", ["x"])), ("empty=", ("empty", "")), ("deep.x=null", ("deep.x", None)),
    ],
)  # fmt: skip
def test_a_value_is_json_or_else_a_text(text: str, expected: tuple[str, object]) -> None:
    assert assignment(text) == expected


@pytest.mark.parametrize(
    "text", ["severity", "=3", "event_id=x", "_delivery.reason=x", "_source=x", "received_at=x", "severity=majr"]
)
def test_what_is_no_assignment_or_touches_what_a_message_is_known_by_is_refused(text: str) -> None:
    assert isinstance(assignment(text), Wrong)


def test_patch_then_set_then_unset() -> None:
    patch = patch_of(json.dumps([{"op": "replace", "path": "/message", "value": "b"}]).encode())
    assert not isinstance(patch, Wrong)
    edits = Edits((("deep.y", 2), ("new.z", 3)), ("deep.x", "none.at.all"), patch)
    assert edited(MESSAGE, edits) == {"message": "b", "deep": {"y": 2}, "new": {"z": 3}}
    assert MESSAGE == {"message": "a", "deep": {"x": 1}}
    assert recalled(json.loads(json.dumps(edits.as_mapping()))) == edits


@pytest.mark.parametrize(
    "text",
    [b"{}", b"no json", b'[{"op":"fly","path":"/a"}]', b'[{"op":"remove","path":"/event_id"}]',
     b'[{"op":"move","from":"/_delivery","path":"/a"}]'],
)  # fmt: skip
def test_a_patch_that_is_none_or_touches_what_is_known_is_refused(text: bytes) -> None:
    assert isinstance(patch_of(text), Wrong)


@pytest.mark.parametrize(
    "edits",
    [
        Edits((("message.inner", 1),)),
        Edits(patch=({"op": "remove", "path": "/none"},)),
        Edits(patch=({"op": "replace", "path": "", "value": 1},)),
    ],
)
def test_an_edit_that_does_not_fit_is_told(edits: Edits) -> None:
    assert isinstance(edited(MESSAGE, edits), Wrong)
