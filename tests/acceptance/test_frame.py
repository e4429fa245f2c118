"""The frame every command hangs on: exit codes, where things are printed, flags anywhere, and no traceback ever."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from mutt_cli import __version__
from mutt_cli.commands import NOUNS
from tests.acceptance.frame import MUTT, code, environment, mutt, on_terminal

if TYPE_CHECKING:
    from pathlib import Path

RUN = "import sys; from mutt_cli.cli import run; sys.exit(run(sys.argv[1:]))"
BROKEN = (
    "import mutt_cli.commands.version as v\n"
    "def broken(): raise {error}\n"
    "v.platform.python_version = broken\n" + RUN
)  # fmt: skip


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path


@pytest.mark.parametrize("words", [("--version",), ("-V",), ("-V", "-q")])
def test_version_flag_prints_one_line(state: Path, words: tuple[str, ...]) -> None:
    answer = mutt(state, *words)
    assert (answer.code, answer.out, answer.err) == (0, f"mutt {__version__}\n", "")


def test_bare_mutt_says_where_to_start_and_succeeds(state: Path) -> None:
    answer = mutt(state)
    assert answer.code == 0
    assert "mutt config" in answer.out
    assert len(answer.out.splitlines()) <= 20


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_noun(state: Path, flag: str) -> None:
    answer = mutt(state, flag)
    assert answer.code == 0
    for noun in NOUNS:
        assert re.search(rf"^  {noun.name} +{re.escape(noun.help[:20])}", answer.out, re.MULTILINE)
    assert "completion" not in answer.out


def test_help_of_a_command_shows_its_class(state: Path) -> None:
    assert "Impact: R (reads)" in mutt(state, "config", "list", "--help").out


@pytest.mark.parametrize(
    "words",
    [
        ("confg",),
        ("config",),
        ("config", "lst"),
        ("config", "get"),
        ("config", "get", "A", "B"),
        ("config", "list", "--nope"),
        ("config", "list", "-o", "xml"),
        ("config", "list", "-n", "-1"),
        ("config", "list", "--sort", "nope"),
        ("config", "list", "--timeout", "soon"),
        ("--nope",),
    ],
    ids=" ".join,
)
def test_usage_errors_exit_2_with_nothing_on_stdout(state: Path, words: tuple[str, ...]) -> None:
    answer = mutt(state, *words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: ")
    assert "MUTT-U0" in answer.err.splitlines()[0]


def test_near_words_are_suggested_and_not_run(state: Path) -> None:
    assert "Did you mean 'config'?" in mutt(state, "confg", "list").err
    assert "'list'" in mutt(state, "config", "lst").err


def test_hostile_word_is_not_echoed_raw(state: Path) -> None:
    for words in (("\x1b[2J",), ("config", "\x1b[2J"), ("config", "get", "\x1b[2J"), ("config", "list", "--\x1b")):
        assert "\x1b" not in mutt(state, *words).err


def test_unknown_setting_exits_3_and_names_a_near_one(state: Path) -> None:
    answer = mutt(state, "config", "get", "REDIS_HOTS")
    assert answer.code == 3
    assert "MUTT-C104" in answer.err
    assert "try:   mutt config get REDIS_HOST" in answer.err


@pytest.mark.parametrize("words", [("-o", "json"), ("--json",), ("-j",), ("--output=json",), ("-ojson",)])
def test_json_errors_are_one_line_on_stderr(state: Path, words: tuple[str, ...]) -> None:
    answer = mutt(state, "config", "get", "NOPE_NOPE", *words)
    assert (answer.code, answer.out) == (3, "")
    found = json.loads(answer.err)
    assert (found["kind"], found["code"], found["exit"]) == ("mutt.error", "MUTT-C104", 3)
    usage = mutt(state, *words, "config", "lst")
    assert json.loads(usage.err)["exit"] == usage.code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("-o", "name", "config", "list", "-n", "1"),
        ("config", "-o", "name", "list", "-n", "1"),
        ("config", "list", "-n", "1", "-o", "name"),
        ("-o", "json", "config", "-o", "csv", "list", "-n", "1", "-o", "name"),
        ("-n", "1", "config", "list", "-o", "name"),
        ("-n", "5", "config", "list", "-o", "name", "--limit", "1"),
    ],
    ids=" ".join,
)
def test_flags_work_before_and_after_and_the_last_wins(state: Path, words: tuple[str, ...]) -> None:
    assert mutt(state, *words).out == "REDIS_HOST\n"


def test_zero_limit_on_the_right_lifts_one_on_the_left(state: Path) -> None:
    assert len(mutt(state, "-n", "1", "config", "list", "-n", "0", "-o", "name").out.splitlines()) > 50


def test_output_variable_is_the_default_and_the_flag_wins(state: Path) -> None:
    assert json.loads(mutt(state, "version", env={"MUTT_OUTPUT": "json"}).out)["kind"] == "mutt.version"
    assert mutt(state, "version", "-o", "name", env={"MUTT_OUTPUT": "json"}).out == f"{__version__}\n"
    assert mutt(state, "version", env={"MUTT_OUTPUT": "xml"}).code == 2


def test_cut_listing_says_so_on_stderr_unless_quiet(state: Path) -> None:
    assert re.match(r"1 of \d+ shown; next: --after REDIS_HOST or -n 0\n", mutt(state, "config", "list", "-n", "1").err)
    assert mutt(state, "config", "list", "-n", "1", "-q").err == ""


@pytest.mark.parametrize("alias", [alias for noun in NOUNS for alias in noun.aliases])
def test_aliases_of_nouns_are_accepted_and_not_shown(state: Path, alias: str) -> None:
    assert mutt(state, alias, "--help").code == 0
    assert f"\n  {alias} " not in mutt(state, "--help").out


def test_alias_of_a_verb_is_accepted_and_not_shown(state: Path) -> None:
    assert mutt(state, "config", "ls", "-n", "1", "-o", "name").out == "REDIS_HOST\n"
    assert "\n  ls " not in mutt(state, "config", "--help").out


def test_second_name_speaks_of_itself(state: Path) -> None:
    answer = mutt(state, "config", "--help", program=code("import sys; sys.argv[0] = '/usr/bin/muttctl'\n" + RUN))
    assert answer.out.startswith("Usage: muttctl config")


def test_bug_exits_70_with_a_private_crash_file_and_no_traceback(state: Path) -> None:
    broken = BROKEN.format(error="RuntimeError('boom for hunter2-hunter2')")
    answer = mutt(state, "version", env={"REDIS_PASS": "hunter2-hunter2"}, program=code(broken))
    assert (answer.code, answer.out) == (70, "")
    assert "MUTT-X001" in answer.err
    assert "Traceback" not in answer.err
    (kept,) = state.glob("crash-*.txt")
    assert str(kept) in answer.err
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "RuntimeError: boom for ***" in kept.read_text()
    assert "hunter2" not in answer.err


def test_bug_is_told_even_if_no_crash_file_can_be_written(state: Path) -> None:
    (state / "file").write_text("")
    answer = mutt(
        state,
        "version",
        env={"MUTT_STATE_DIR": str(state / "file")},
        program=code(BROKEN.format(error="KeyError('x')")),
    )
    assert answer.code == 70
    assert "could not be kept" in answer.err


def test_debug_shows_the_traceback(state: Path) -> None:
    assert "Traceback" in mutt(state, "version", "--debug", program=code(BROKEN.format(error="KeyError('x')"))).err
    assert "Traceback" in mutt(state, "config", "get", "NOPE_NOPE", "--debug").err


def test_interrupt_exits_130(state: Path) -> None:
    assert mutt(state, "version", program=code(BROKEN.format(error="KeyboardInterrupt"))).code == 130


@pytest.mark.parametrize("words", [("config", "list"), ("version",), ()], ids=" ".join)
def test_reader_that_has_gone_ends_the_command_by_sigpipe(state: Path, words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*MUTT, *words], stdout=writer, stderr=subprocess.PIPE, env=environment(state), check=False, timeout=30
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


def test_pipe_gets_tabs_and_terminal_gets_aligned_columns(state: Path) -> None:
    piped = mutt(state, "config", "list", "--columns", "key,value", "-n", "2").out
    assert piped == "KEY\tVALUE\nREDIS_HOST\tlocalhost\nREDIS_PORT\t6379\n"
    shown = on_terminal(state, "config", "list", "--columns", "key,value", "-n", "2", "--no-color").out
    assert [line.rstrip() for line in shown.splitlines()] == [
        "KEY         VALUE",
        "REDIS_HOST  localhost",
        "REDIS_PORT  6379",
    ]


def test_terminal_shows_fifty_rows_unless_asked(state: Path) -> None:
    answer = on_terminal(state, "config", "list")
    assert len(answer.out.splitlines()) == 51
    assert answer.err.startswith("50 of ")


@pytest.mark.parametrize(
    ("words", "env", "coloured"),
    [
        ((), {}, True),
        (("--no-color",), {"FORCE_COLOR": "1"}, False),
        (("--color", "never"), {}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"NO_COLOR": ""}, True),
        ((), {"TERM": "dumb"}, False),
        ((), {"MUTT_COLOR": "never"}, False),
        ((), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_follows_flag_then_variables_then_the_terminal(
    state: Path, words: tuple[str, ...], env: dict[str, str], *, coloured: bool
) -> None:
    assert ("\x1b[" in on_terminal(state, "config", "list", "-n", "1", *words, env=env).out) is coloured


def test_json_on_a_terminal_is_indented_and_never_coloured(state: Path) -> None:
    shown = on_terminal(state, "version", "-o", "json", "--color", "always").out
    assert "\x1b" not in shown
    assert shown.startswith('{\n  "kind": "mutt.version"')


def test_locale_that_is_not_utf8_does_not_break_output(state: Path) -> None:
    env = {"PYTHONIOENCODING": "ascii", "UNHANDLED_DEFAULT_TEAM": "noc-東京"}
    answer = mutt(state, "config", "get", "UNHANDLED_DEFAULT_TEAM", env=env)
    assert answer.code == 0
    assert "noc-" in answer.out


def test_every_setting_is_listed_with_its_source(state: Path) -> None:
    (state / "test.env").write_text("REDIS_PORT=6380\n")
    found = json.loads(mutt(state, "config", "list", "--json", env={"REDIS_HOST": "127.0.0.1"}).out)
    rows = {row["key"]: row for row in found["items"]}
    assert (rows["REDIS_HOST"]["value"], rows["REDIS_HOST"]["source"]) == ("127.0.0.1", "environment")
    assert (rows["REDIS_PORT"]["value"], rows["REDIS_PORT"]["source"]) == (6380, "file")
    assert rows["REDIS_DB"]["source"] == "default"
    assert found["total"] == len(rows) > 100


def test_without_redis_the_configured_values_are_listed_and_it_says_what_is_not_known(state: Path) -> None:
    nowhere = {"REDIS_SOCKET": str(state / "nobody.sock")}
    found = json.loads(mutt(state, "config", "list", "--json", env=nowhere).out)
    assert any("what is set at run time is not known" in one for one in found["warnings"])
    answer = mutt(state, "config", "get", "moog_rate_limit", env=nowhere)
    assert (answer.code, answer.out) == (0, "100\n")
    assert "is not known" in answer.err


def test_get_prints_the_bare_value_by_any_name_of_the_setting(state: Path) -> None:
    for name in ("REDIS_POOL_MAX", "redis_pool_max", "REDIS_MAX_CONNECTIONS"):
        assert mutt(state, "config", "get", name, env={"REDIS_POOL_MAX": "17"}).out == "17\n"


@pytest.mark.parametrize("form", ["table", "wide", "json", "jsonl", "yaml", "csv", "name"])
def test_secrets_are_masked_in_every_format(state: Path, form: str) -> None:
    env = {"REDIS_PASSWORD": "hunter2-hunter2", "VAULT_TOKEN": "s.hunter2"}
    for words in (("config", "list"), ("config", "get", "REDIS_PASSWORD")):
        answer = mutt(state, *words, "-o", form, "-vv", env=env)
        assert answer.code == 0
        assert "hunter2" not in answer.out + answer.err


def test_bad_settings_are_all_told_at_once(state: Path) -> None:
    answer = mutt(state, "config", "list", env={"REDIS_PORT": "x", "POSTGRES_PORT": "0"})
    assert answer.code == 1
    assert "REDIS_PORT" in answer.err
    assert "POSTGRES_PORT" in answer.err


def test_unknown_context_exits_3(state: Path) -> None:
    answer = mutt(state, "-c", "prod-west", "version")
    assert answer.code == 3
    assert "prod-west" in answer.err


def test_running_platform_is_a_context_of_its_own(state: Path) -> None:
    (state / "platform.json").write_text(json.dumps({"pid": os.getpid()}))
    (state / "mutt.env").write_text("REDIS_SOCKET=/run/up.sock\n")
    answer = mutt(state, "config", "get", "REDIS_SOCKET", "-c", "up", "--json")
    found = json.loads(answer.out)
    assert (found["context"], found["value"]) == ("up", "/run/up.sock")
    assert json.loads(mutt(state, "version", "-j", env={"MUTT_CONTEXT": "up"}).out)["context"] == "up"
    assert json.loads(mutt(state, "version", "-j").out)["context"] == "local"  # MUTT_ENV_FILE names the host's file


def test_platform_that_has_ended_is_no_context(state: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    (state / "platform.json").write_text(json.dumps({"pid": ended.pid}))
    assert mutt(state, "-c", "up", "version").code == 3


@pytest.mark.parametrize("name", ["mutt", "muttctl"])
def test_completion_offers_nouns_verbs_and_stays_silent(state: Path, name: str) -> None:
    program = code(f"import sys; sys.argv[0] = '{name}'\n{RUN}")
    env = {f"_{name.upper()}_COMPLETE": "complete_bash", "COMP_WORDS": f"{name} conf", "COMP_CWORD": "1"}
    answer = mutt(state, env=env, program=program)
    assert (answer.out.split(), answer.err) == (["config"], "")
    env |= {"COMP_WORDS": f"{name} config g", "COMP_CWORD": "2"}
    assert mutt(state, env=env, program=program).out.split() == ["get"]
