"""`mutt help` and `mutt explain` answer without any network, and name only what exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mutt_cli.commands import NOUNS
from mutt_cli.present.topics import TOPICS
from tests.acceptance.frame import mutt, on_terminal
from tests.contract.command_table import known

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = {"REDIS_HOST": "192.0.2.1", "POSTGRES_HOST": "192.0.2.1", "VAULT_ADDR": "http://192.0.2.1:1"}
COMMAND = re.compile(r"^  (?:PS1=\S*\$\()?(mutt [a-z][^#|]*?)(?:  .*)?$", re.MULTILINE)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_a_page_whose_commands_exist(tmp_path: Path, topic: str) -> None:
    answer = mutt(tmp_path, "help", topic, env=NOWHERE)
    assert (answer.code, answer.err) == (0, "")
    assert max(map(len, answer.out.splitlines())) <= 120
    for line in COMMAND.findall(answer.out):
        assert known(line.split()[1:]), line


def test_help_begins_with_what_is_used_at_night_and_lists_the_topics(tmp_path: Path) -> None:
    answer = mutt(tmp_path, "help", env=NOWHERE)
    assert answer.code == 0
    for word in (*TOPICS, *(noun.name for noun in NOUNS)):
        assert word in answer.out


def test_help_of_a_noun_and_of_a_command_is_the_manual(tmp_path: Path) -> None:
    assert "dlq replay" in mutt(tmp_path, "help", "dlq").out
    assert "--canary" in mutt(tmp_path, "help", "dlq", "replay").out
    assert "mutt help queue" in mutt(tmp_path, "help", "qeue").err
    assert mutt(tmp_path, "help", "queue", "fly").code == 3


def test_a_long_page_goes_through_a_pager_on_a_terminal(tmp_path: Path) -> None:
    answer = on_terminal(tmp_path, "help", "dlq", env={"PAGER": "sed s/^/paged:/", "LINES": "10"})
    assert answer.out.startswith("paged:")


def test_an_error_says_how_to_have_it_explained_and_explain_does(tmp_path: Path) -> None:
    answer = mutt(tmp_path, "queue", "depth", "ingest", "--exit-when", "depth")
    assert "more:  mutt explain MUTT-U011" in answer.err
    told = mutt(tmp_path, "explain", "MUTT-U011", env=NOWHERE)
    assert (told.code, "mutt help filters" in told.out) == (0, True)
    assert mutt(tmp_path, "explain", "MUTT-Z999").code == 3
