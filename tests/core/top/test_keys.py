"""Keys mean one thing everywhere, and what changes something is a line that a person could type."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.commands.top_source import known
from mutt_cli.present.top.acts import ACTING, Act, Facts, act
from mutt_cli.present.top.keys import _FOOTERS, KEYS, SCREENS
from tests.core.top.frames import view

if TYPE_CHECKING:
    from collections.abc import Sequence

LETTERS = [{"id": "9f3c1a7d0001", "queue": "dlq-moog"}, {"id": "41d07be20002", "queue": "dlq-moog"}]
FACTS = Facts(stamp="20260308-031206")


def line(key: str, screen: str, rows: Sequence[dict[str, Any]] = (), facts: Facts = FACTS, about: str = "") -> str:
    """The line of an act, or why there is none."""
    found = act(key, screen, rows, facts, about)
    return found if isinstance(found, str) else f"{found.how}: mutt {found.line}"


def test_no_key_has_two_meanings() -> None:
    assert [name for name, times in Counter(key for one in KEYS for key in one.keys).items() if times > 1] == []


def test_capital_letters_act_and_small_ones_look() -> None:
    capitals = {key for one in KEYS for key in one.keys if len(key) == 1 and key.isupper()}
    assert capitals - set(ACTING) == {"G", "S", "W"}
    acting = {key for one in KEYS for key in one.keys if one.action.startswith("act(")}
    assert acting == set(ACTING)


def test_no_key_that_acts_is_one_of_those_that_correct_a_filter() -> None:
    for one in KEYS:
        if one.action.startswith("act("):
            assert not {key for key in one.keys if "ctrl" in key or key in {"delete", "backspace"}}


def test_every_key_of_a_footer_is_one_of_the_table_and_says_something() -> None:
    from mutt_cli.present.top.keys import footer
    from mutt_cli.present.top.line import plain

    assert set(_FOOTERS) > {*SCREENS, ""}
    for name in _FOOTERS:
        lines = footer(name, view())
        assert [len(plain(one)) <= 80 for one in lines] == [True, True]
        assert all(key.short for key in KEYS if key.shown.split()[0] in _FOOTERS[name].split())


@pytest.mark.parametrize("name", ["dlq", "rules", "queues", "ops", "config", "trace", "logs"])
def test_what_a_footer_offers_does_something_on_its_screen(name: str) -> None:
    row = {"id": "9f3c1a7d0001", "queue": "dlq-moog", "operation": "op-1", "key": "LOG_LEVEL", "value": "INFO"}
    for entry in _FOOTERS[name].split():
        key = entry.partition(":")[0]
        if key and key in ACTING:
            assert "does nothing" not in line(key, name, [row])


def test_letters_are_sent_again_by_their_ids() -> None:
    assert line("R", "dlq", LETTERS) == "run: mutt dlq replay dlq-moog 9f3c1a7d0001 41d07be20002"
    assert line("E", "dlq", LETTERS[:1]) == "run: mutt dlq replay --fix dlq-moog 9f3c1a7d0001"
    mixed = [*LETTERS, {"id": "c77e21000003", "queue": "dead"}]
    assert line("R", "dlq", mixed) == "run: mutt dlq replay 9f3c1a7d0001 41d07be20002 c77e21000003"


def test_queues_are_moved_emptied_and_exported_by_their_names() -> None:
    row = [{"queue": "alert"}]
    assert line("M", "queues", row) == "type: mutt queue move alert --to ''"
    assert line("D", "messages", (), about="alert") == "run: mutt queue purge alert"
    assert line("X", "queues", row) == "run: mutt queue export --out alert-20260308-031206.jsonl alert"
    assert line("R", "queues", [{"queue": "inflight-alerter-pod-7"}]) == "run: mutt queue orphan recover pod-7"
    assert "choose its queue" in line("R", "queues", row)


def test_the_breaker_and_maintenance_go_the_other_way_than_they_are() -> None:
    assert line("T", "overview") == "run: mutt breaker trip"
    assert line("T", "overview", facts=Facts(breaker_closed=False)) == "run: mutt breaker reset"
    assert line("N", "rules") == "type: mutt maintenance start --for 1h"
    assert line("N", "rules", facts=Facts(window_open=True)) == "run: mutt maintenance end"
    assert line("T", "overview", facts=Facts(breaker_closed=None)) == "whether the breaker is open is not known now"
    assert line("U", "overview") == "U undoes the operation that is chosen: 8 shows them"
    assert line("U", "ops", [{"operation": "op-7Q3A1B"}]) == "run: mutt undo op-7Q3A1B"


def test_a_key_says_why_it_does_nothing() -> None:
    assert line("E", "overview") == "E does nothing on this screen"
    assert line("R", "dlq") == "choose a row first"


def test_what_a_device_wrote_stays_one_word_of_the_line() -> None:
    evil = [{"id": "a; rm -rf / #", "queue": "dlq-moog"}]
    assert line("R", "dlq", evil) == "run: mutt dlq replay dlq-moog 'a; rm -rf / #'"


def test_a_name_that_looks_like_a_flag_is_none_and_a_file_stays_in_this_folder() -> None:
    assert line("R", "queues", [{"queue": "inflight-alerter---wait"}]) == "run: mutt queue orphan recover -- --wait"
    assert line("D", "rules", [{"id": "--yes"}]) == "run: mutt rule delete -- --yes"
    evil = [{"queue": "../../etc/x"}]
    assert "--out etc-x-20260308-031206.jsonl" in line("X", "queues", evil)


def test_what_takes_one_row_refuses_several_instead_of_choosing() -> None:
    for key, screen in (("D", "dlq"), ("X", "dlq"), ("D", "rules"), ("M", "queues"), ("U", "ops")):
        rows = [{"id": str(n), "queue": "a", "operation": "op"} for n in range(2)]
        assert line(key, screen, rows) == f"{key} takes one row here: Esc clears the marks"


def test_a_setting_is_typed_as_it_is_and_a_secret_never() -> None:
    assert line("E", "config", [{"key": "REDIS_DB", "value": 0}]) == "type: mutt config set REDIS_DB 0"
    assert line("E", "config", [{"key": "X_TLS", "value": False}]) == "type: mutt config set X_TLS false"
    assert "is a secret" in line("E", "config", [{"key": "REDIS_PASSWORD", "value": "********"}])


@pytest.mark.parametrize(
    "words",
    [
        "breaker --after show reset --yes", "--sort status dlq replay --all --yes", "queue --sort ls purge alert",
        "rule --sort list delete 5", "-c prod dlq list", "-o json dlq list", "db connections -n 5 kill", "queue",
    ],
)  # fmt: skip
def test_a_line_whose_command_does_not_stand_first_is_none(words: str) -> None:
    assert known(words.split()) is None


@pytest.mark.parametrize("screen", ["overview", "queues", "messages", "dlq", "rules", "config", "ops"])
def test_every_act_is_a_command_of_the_command_line_with_a_class(screen: str) -> None:
    row = {"id": "9f3c1a7d0001", "queue": "inflight-alerter-a", "operation": "op-1", "key": "LOG_LEVEL", "value": ""}
    for key in ACTING:
        found = act(key, screen, [row], FACTS)
        if isinstance(found, Act):
            command = known(found.words)
            assert command is not None, found.line
            assert command.impact in {"R", "W", "B", "D"}
            assert found.words[: len(command.words)] == command.words


def test_a_line_is_of_the_class_of_its_command_and_of_its_flags() -> None:
    assert [known(words.split()).impact for words in ("dlq list", "dlq purge x", "queues ls", "drill")] == [  # type: ignore[union-attr]
        "R", "D", "R", "W",
    ]  # fmt: skip
    assert known(["nosuch"]) is None
    assert known(["queue", "nosuch"]) is None
