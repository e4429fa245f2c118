"""Nothing is changed without the right word: the confirmation matrix of ux.md 3.3, in real processes."""

from __future__ import annotations

import os
import pty
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.frame import Answer, code, environment, mutt

if TYPE_CHECKING:
    from pathlib import Path

# A command that changes nothing but says that it would have, for each class.
PROGRAM = """
import sys
import mutt_cli.commands as commands
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.guard import Plan, approved
from types import ModuleType

probe = ModuleType("mutt_cli.commands.probe")
probe.app = noun("probe", "A noun for tests.")
def declare(name, impact):
    @command(probe.app, name, impact=impact)
    def act(run: Run) -> int:
        if approved(run, Plan("ACT on ingest: 7 messages", "ingest", ("backup nowhere",), needs_reason=impact == "W")):
            print("acted", run.reason)
        return 0
for name, impact in (("write", "W"), ("bulk", "B"), ("destroy", "D")):
    declare(name, impact)
sys.modules["mutt_cli.commands.probe"] = probe
import mutt_cli.cli as cli
entry = commands.Noun("probe", "A noun for tests.")
cli.noun_named = lambda word: entry if word == "probe" else None
sys.exit(cli.run(sys.argv[1:]))
"""
PROD = {"ENV": "production"}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path


def probe(state: Path, *words: str, env: dict[str, str] | None = None) -> Answer:
    return mutt(state, "probe", *words, env=env, program=code(PROGRAM))


def asked(state: Path, *words: str, answer: str, env: dict[str, str] | None = None) -> Answer:
    """The same with stdin and stderr on a terminal, at which somebody types the answer."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*code(PROGRAM), "probe", *words], stdin=theirs, stderr=theirs, stdout=subprocess.PIPE,
        env=environment(state, env),
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, answer.encode())
    out = process.communicate(timeout=30)[0].decode()
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    return Answer(process.returncode, out, shown)


@pytest.mark.parametrize(
    ("words", "env", "exit_code"),
    [
        (("write",), {}, 0),
        (("write",), PROD, 2),
        (("write", "--reason", "INC-1"), PROD, 0),
        (("write",), {**PROD, "MUTT_REASON": "INC-1"}, 0),
        (("bulk",), {}, 2),
        (("bulk", "-y"), {}, 0),
        (("bulk", "--yes"), PROD, 2),
        (("bulk", "--confirm", "local"), PROD, 0),
        (("bulk", "--confirm", "other"), PROD, 2),
        (("destroy",), {}, 2),
        (("destroy", "--confirm", "ingest"), {}, 0),
        (("destroy", "--confirm", "alert"), {}, 2),
        (("destroy", "--confirm", "ingest"), PROD, 2),
        (("destroy", "--confirm", "local/ingest"), PROD, 0),
        (("destroy", "--yes"), {}, 2),
        (("write", "--yes"), {}, 2),
    ],
)
def test_without_a_terminal_only_the_right_flag_acts(
    state: Path, words: tuple[str, ...], env: dict[str, str], exit_code: int
) -> None:
    answer = probe(state, *words, env=env)
    assert answer.code == exit_code
    assert answer.out.startswith("acted") is (exit_code == 0)


def test_refusal_names_the_flag_that_is_missing(state: Path) -> None:
    assert "add --confirm local/ingest" in probe(state, "destroy", env=PROD).err
    assert "add --yes" in probe(state, "bulk").err
    assert "add --reason" in probe(state, "write", env=PROD).err


@pytest.mark.parametrize(
    ("words", "env", "answer", "exit_code"),
    [
        (("bulk",), {}, "y\n", 0),
        (("bulk",), {}, "\n", 1),
        (("bulk",), {}, "local\n", 1),
        (("bulk",), PROD, "y\n", 1),
        (("bulk",), PROD, "local\n", 0),
        (("destroy",), {}, "y\n", 1),
        (("destroy",), {}, "ingest\n", 0),
        (("destroy",), PROD, "ingest\n", 1),
        (("destroy",), PROD, "local/ingest\n", 0),
        (("write",), PROD, "INC-7\n", 0),
        (("bulk",), {}, "\x04", 1),
    ],
)
def test_on_a_terminal_the_right_word_acts(
    state: Path, words: tuple[str, ...], env: dict[str, str], answer: str, exit_code: int
) -> None:
    done = asked(state, *words, env=env, answer=answer)
    assert done.code == exit_code
    assert done.out.startswith("acted") is (exit_code == 0)


def test_plan_is_shown_before_the_question(state: Path) -> None:
    shown = asked(state, "destroy", answer="no\n").err
    assert shown.index("ACT on ingest") < shown.index("Type ingest")
    assert "backup nowhere" in shown


def test_plan_is_shown_even_if_quiet(state: Path) -> None:
    assert "ACT on ingest" in asked(state, "destroy", "-q", answer="no\n").err


def test_no_input_never_asks(state: Path) -> None:
    assert asked(state, "bulk", "--no-input", answer="y\n").code == 2


def test_reason_typed_on_a_terminal_is_kept(state: Path) -> None:
    assert asked(state, "write", env=PROD, answer="INC-7\n").out == "acted INC-7\n"


def test_dry_run_shows_the_plan_and_changes_nothing(state: Path) -> None:
    for words in ("write", "bulk", "destroy"):
        answer = probe(state, words, "--dry-run", env=PROD)
        assert (answer.code, answer.out) == (0, "")
        assert "ACT on ingest" in answer.err


def test_read_only_refuses_every_change(state: Path) -> None:
    for words in (("write",), ("bulk", "-y"), ("destroy", "--confirm", "ingest")):
        assert probe(state, *words, env={"MUTT_READ_ONLY": "1"}).code == 7


def test_banner_names_a_protected_deployment_and_the_actor(state: Path) -> None:
    answer = probe(state, "write", "--reason", "x", env={**PROD, "MUTT_ACTOR": "mk@bastion", "REDIS_HOST": "10.0.3.11"})
    assert "[PROD local] redis 10.0.3.11:6379 db0   actor mk@bastion\n" in answer.err
    assert probe(state, "write").err == ""


def test_protection_may_come_from_the_settings_file(state: Path) -> None:
    (state / "test.env").write_text("ENV=prod\n")
    assert probe(state, "write").code == 2


def test_address_in_the_environment_that_beats_the_file_is_told_and_refused(state: Path) -> None:
    (state / "test.env").write_text("REDIS_HOST=10.0.3.11\n")
    elsewhere = {"REDIS_HOST": "10.9.9.9"}
    assert "warning: the environment overrides REDIS_HOST" in probe(state, "write", env=elsewhere).err
    assert probe(state, "bulk", "-y", env=elsewhere).code == 7
    assert probe(state, "bulk", "-y", "--force", "env-override", env=elsewhere).code == 0
    assert probe(state, "bulk", "-y", env={"REDIS_HOST": "10.0.3.11"}).code == 0


def test_what_moves_a_protected_context_elsewhere_is_refused_also_where_its_file_does_not_name_it(state: Path) -> None:
    file = state / "prod.env"
    file.write_text("ENV=prod\nREDIS_SOCKET=/run/redis.sock\n")
    elsewhere = {"MUTT_ENV_FILE": str(file), "REDIS_DB": "3"}
    refused = probe(state, "bulk", "--confirm", "local", "--reason", "x", env=elsewhere)
    assert refused.code == 7
    assert "REDIS_DB" in refused.err
    same = probe(state, "bulk", "--confirm", "local", "--reason", "x", env=elsewhere | {"REDIS_DB": "0"})
    assert same.code == 0, same.err


@pytest.mark.parametrize("words", [("bulk", "--yes"), ("destroy",)])
def test_a_name_that_is_not_meant_is_refused_whatever_else_is_said(state: Path, words: tuple[str, ...]) -> None:
    refused = probe(state, *words, "--confirm", "prod-west")
    assert (refused.code, "MUTT-U007" in refused.err, refused.out) == (2, True, "")
