"""TAB in a real bash, zsh and fish: commands without a start of Python, ids and names from what commands printed."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters.seen import remember
from mutt_cli.commands import NOUNS
from mutt_cli.commands.completion import ARGUMENTS, NOTHING, table, written_as
from mutt_cli.commands.tree import leaves
from mutt_cli.present.completion.files import SHIPPED, completion_files
from tests.acceptance.frame import mutt
from tests.acceptance.shells import COMPLETIONS, bash_offers, fish_offers, line_after, room

if TYPE_CHECKING:
    from pathlib import Path

SEEN = {
    "letter": {"9f3c1a7": "http_400 core-sw1"},
    "event": {"abc12345-77": "core-sw1 down"},
    "operation": {"op-7Q3A": "queue purge mk"},
    "queue": {"inflight-alerter-a1": "3 waiting"},
    "host": {"core-sw1": "network prod", "core-sw2": ""},
}
LINES = [
    ("mutt dlq sh", ["show"]),
    ("mutt queue orphan ", ["list", "recover"]),
    ("mutt queues ls --exit-w", ["--exit-when"]),
    ("mutt -c local queue wa", ["wait"]),
    ("mutt queue list --columns a,b -o js", ["json", "jsonl"]),
    ("mutt queue list --output=ya", ["yaml"]),
    ("mutt config set alerter_queue_w", ["alerter_queue_warn_threshold"]),
    ("mutt dlq show ", ["9f3c1a7"]),
    ("mutt dlq replay dlq-m", ["dlq-moog"]),
    ("mutt dlq replay dlq-moog 9", ["9f3c1a7"]),
    ("mutt queue show inflight-", ["inflight-alerter-a1"]),
    ("mutt queue move ingest --to dlq-m", ["dlq-moog"]),
    ("mutt trace ab", ["abc12345-77"]),
    ("mutt undo ", ["op-7Q3A"]),
    ("mutt host set core-sw1 --env ", ["dev", "prod"]),
    ("mutt host show core", ["core-sw1", "core-sw2"]),
    ("mutt host show core-sw1 core", []),
    ("mutt explain MUTT-R101", ["MUTT-R101"]),
    ("mutt help exit", ["exit-codes"]),
    ("mutt daemon rem", ["remediation"]),
    ("mutt context use loc", ["local"]),
    ("mutt generate completions z", ["zsh"]),
    ("muttctl ratelimit set m", ["moog"]),
    ("mutt qeue ", []),
]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A person whose commands have printed something today."""
    remember(tmp_path, "local", SEEN)
    return room(tmp_path)


@pytest.mark.parametrize("shell", SHIPPED)
def test_the_shipped_script_is_the_generated_one(shell: str) -> None:
    made = completion_files(table(), shell)[0].content
    assert (COMPLETIONS / SHIPPED[shell]).read_text() == made, "run bin/regenerate"


@pytest.mark.parametrize(("line", "wanted"), LINES)
def test_bash_offers_what_can_follow(env: dict[str, str], line: str, wanted: list[str]) -> None:
    assert sorted(bash_offers(env, line)) == sorted(wanted)


@pytest.mark.parametrize(("line", "wanted"), LINES)
def test_fish_offers_what_can_follow(env: dict[str, str], line: str, wanted: list[str]) -> None:
    typed = line.rpartition(" ")[2]  # fish does not mind the case of letters
    offered = [one.rpartition("=")[2] for one in fish_offers(env, line) if one.startswith(typed)]
    assert sorted(offered) == sorted(wanted)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("mutt queue orph\t", "mutt queue orphan "),
        ("mutt queue list --output-v\t", "mutt queue list --output-version "),
        ("mutt dlq show 9\t", "mutt dlq show 9f3c1a7 "),
        ("mutt queue move ingest --to dlq-m\t", "mutt queue move ingest --to dlq-moog "),
        ("mutt host set core-sw1 --env p\t", "mutt host set core-sw1 --env prod "),
        ("mutt trace a\t", "mutt trace abc12345-77 "),
    ],
)
def test_tab_finishes_the_word(env: dict[str, str], shell: str, keys: str, line: str) -> None:
    assert line_after(shell, env, keys) == line


def test_fish_says_what_an_id_is(env: dict[str, str]) -> None:
    assert fish_offers(env, "mutt dlq show ") == {"9f3c1a7": "http_400 core-sw1"}
    assert fish_offers(env, "mutt dlq pur")["purge"].startswith("Remove")


def test_files_of_this_host_are_offered_where_a_file_is_wanted(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("")
    for words in ("mutt rule import ", "mutt dlq export dead --out "):
        assert bash_offers(env, f"{words}{tmp_path}/rul") == [f"{tmp_path}/rules.yaml"]
        assert list(fish_offers(env, f"{words}{tmp_path}/rul")) == [f"{tmp_path}/rules.yaml"]


def test_every_noun_and_its_other_names_are_known(env: dict[str, str]) -> None:
    assert bash_offers(env, "mutt ") == [noun.name for noun in NOUNS]
    assert bash_offers(env, "mutt ctx pro") == ["prompt"]


def test_values_belong_to_the_context_they_were_seen_in(env: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / ".config" / "mutt" / "contexts.toml"
    place.parent.mkdir(parents=True)
    place.write_text('[east]\nREDIS_HOST = "10.0.0.1"\n')
    remember(tmp_path, "east", {"host": {"east-sw1": ""}})
    assert bash_offers(env, "mutt -c east host show ") == ["east-sw1"]
    assert bash_offers({**env, "MUTT_CONTEXT": "east"}, "mutt host show ") == ["east-sw1"]
    assert bash_offers(env, "mutt -c ea") == ["east"]


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"host": {"$(touch x)": [1, ""]}}'])
def test_a_cache_that_cannot_be_read_offers_nothing_and_says_nothing(
    env: dict[str, str], tmp_path: Path, broken: str
) -> None:
    (tmp_path / "seen" / "local.json").write_text(broken)
    assert bash_offers(env, "mutt host show ") == []
    assert mutt(tmp_path, "--complete", "host").err == ""
    assert mutt(tmp_path, "--complete", "host", "--context", "nowhere").err == ""
    assert mutt(tmp_path, "--complete", "host", "--context").err == ""


def test_nobody_else_can_read_what_was_seen(env: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / "seen" / "local.json"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert json.loads(place.read_text())["letter"]


def test_completion_starts_neither_the_command_line_nor_a_driver(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['mutt', '--complete', 'host']; from mutt_cli.__main__ import main; main();"
        " print(sorted({'typer', 'rich', 'redis', 'psycopg', 'httpx', 'hvac', 'socket'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=room(tmp_path))
    assert done.stdout == "[]\n"


def arguments() -> list[tuple[str, Any]]:
    found = [(leaf, one) for leaf in leaves() if not leaf.alias for one in leaf.command.params]
    return [(leaf.words[0], one) for leaf, one in found if one.param_type_name == "argument"]


def test_every_argument_has_something_to_offer_or_is_known_to_have_nothing() -> None:
    ways = [{f"{noun} {written_as(one)}", written_as(one)} for noun, one in arguments()]
    assert [way for way in ways if not way & {*ARGUMENTS, *NOTHING}] == []
    written = {word for way in ways for word in way}
    assert sorted({*ARGUMENTS, *NOTHING} - written) == []


def test_a_flag_means_the_same_in_every_command() -> None:
    taking: dict[str, set[bool]] = {}
    for leaf in leaves():
        for one in leaf.command.params:
            if one.param_type_name == "option":
                for name in one.opts:
                    taking.setdefault(name, set()).add(bool(one.is_flag or one.count))
    assert [name for name, ways in taking.items() if len(ways) > 1] == []
