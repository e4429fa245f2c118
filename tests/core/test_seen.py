"""What completion remembers of results: only words that mean nothing to a shell, a day long, 500 of a kind."""

from __future__ import annotations

import json

import pytest

from mutt_cli.core.seen import KINDS, LASTS_S, MOST, SOURCES, is_harmless, merged, offered, read_store, taken, worth
from mutt_cli.present.schemas import schema_of

ROWS = [{"id": "9f3c1a7", "reason": "http_400", "host": "core-sw1", "correlation_id": "abc-123"}]
BROKEN = ("[]", "null", '{"host": 3}', '{"what": {}}', '{"host": {"a": [1]}}', '{"host": {"a": ["x", "y"]}}')
UNSAFE = (
    "$(reboot)", "`id`", "a b", "a;b", "a\nb", "-rf", "a'b", 'a"b', "a*", "~root", "a:b", "\x1b[31m", "", "x" * 200,
    "é", "a|b", "a>b", "{a,b}", "a\\b", "!1", "#x", "a&", "=x", "%1",
)  # fmt: skip


def test_a_row_gives_its_ids_with_what_they_are() -> None:
    found = taken("mutt.dlq.list", {}, ROWS)
    assert found == {"letter": {"9f3c1a7": "http_400 core-sw1"}, "event": {"abc-123": "core-sw1"}}


def test_a_change_gives_its_operation_whatever_command_it_was() -> None:
    assert worth("mutt.cache.reload", {"operation": "op-7Q3A"})
    assert taken("mutt.cache.reload", {"operation": "op-7Q3A"}, ()) == {"operation": {"op-7Q3A": ""}}
    assert not worth("mutt.config.list", {})


@pytest.mark.parametrize("word", UNSAFE)
def test_what_a_shell_could_take_for_more_than_a_word_is_not_kept(word: str) -> None:
    assert not is_harmless(word)
    assert taken("mutt.host.list", {}, [{"host": word}]) == {}
    assert read_store({"host": {word: [1.0, ""]}}) == {"host": {}}


def test_a_description_has_no_sign_that_a_shell_or_terminal_obeys() -> None:
    found = taken("mutt.dlq.list", {}, [{"id": "9f3c1a7", "reason": "$(x) `y` \x1b[31m a:b\n\tc", "host": None}])
    assert found["letter"]["9f3c1a7"] == "(x) y 31m a b c"


def test_a_value_is_kept_for_a_day_and_500_of_a_kind() -> None:
    store = merged({"host": {"old": (0.0, ""), "young": (10.0, "")}}, {}, LASTS_S + 5)
    assert list(store["host"]) == ["young"]
    many = merged(store, {"host": {f"h{n}": "" for n in range(MOST + 9)}}, LASTS_S + 6)
    assert len(many["host"]) == MOST
    assert "young" not in many["host"]


def test_what_was_seen_last_is_offered_first_and_a_clock_that_went_back_offers_nothing_of_the_future() -> None:
    store = {"host": {"a": (1.0, ""), "b": (3.0, "core"), "c": (2.0, "")}}
    assert offered(store, ["host", "team"], 5.0) == [("b", "core"), ("c", ""), ("a", "")]
    assert offered(store, ["host"], 1.0) == [("a", "")]


@pytest.mark.parametrize("text", BROKEN)
def test_a_store_that_somebody_broke_is_an_empty_one(text: str) -> None:
    assert [one for one in read_store(json.loads(text)).values() if one] == []


@pytest.mark.parametrize("kind", SOURCES)
def test_what_is_remembered_is_a_field_of_the_result(kind: str) -> None:
    schema = json.dumps(schema_of(kind))
    assert [one.field for one in SOURCES[kind] if f'"{one.field}"' not in schema] == []
    assert {one.kind for one in SOURCES[kind]} <= KINDS
