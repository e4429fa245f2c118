"""Commands interrupted at the worst moments: before their change has arrived, and after, before they heard of it.

Each time the change is whole or not there, the journal knows of the command, and `mutt undo` brings back what was.
"""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import hvac
import pytest

from tests.faults.interruption import (
    KEYS,
    At,
    Door,
    as_before,
    done,
    door,
    interrupted,
    last_operation,
    stack,
    words_of,
)
from tests.stack import SECRETS, Stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.engines.openbao import DevOpenBao

__all__ = ["as_before", "stack"]


def _setting(stack: Stack, _openbao: DevOpenBao) -> Any:
    return stack.redis.get(KEYS.config("moog_timeout")), stack.redis.hgetall(KEYS.config_returns) != {}


def _intake(stack: Stack, _openbao: DevOpenBao) -> Any:
    return stack.redis.hexists(KEYS.holds, "ingestor")


def _rules(stack: Stack, _openbao: DevOpenBao) -> Any:
    return stack.query("SELECT rule_name FROM alert_rules ORDER BY 1")


def _file(stack: Stack, _openbao: DevOpenBao) -> Any:
    return (stack.folder / "mutt.env").read_text()


def _secret(_stack: Stack, openbao: DevOpenBao) -> Any:
    vault = hvac.Client(url=openbao.address, token=openbao.root_token)
    return vault.secrets.kv.v2.read_secret_version(path="mutt/prod", raise_on_deleted_version=True)["data"]["data"]


@dataclass(frozen=True)
class Case:
    """A command, the moment at which it is stopped, and where what it changes can be seen."""

    name: str
    words: str
    door: Door
    word: bytes
    """What it says to the server in that moment, and not before."""
    state: Callable[[Stack, DevOpenBao], Any]
    before: tuple[str, ...] = ()
    """Commands that come before, each with NEW on stdin."""
    back: str = "undo"
    """What takes it back: `undo`, another command, or nothing."""
    ends_as: Any = None
    """What is there then, if it is not what was there before."""


_VAULT: Final[dict[str, Any]] = {"door": "vault", "word": b"POST /v1/secret/data", "state": _secret}
_STAGE: Final = "vault rotate stage INGEST_API_KEY --file -"
_PROMOTE: Final = "vault rotate promote INGEST_API_KEY"
_ABORT: Final = "vault rotate abort INGEST_API_KEY"
_SETTING: Final[dict[str, Any]] = {"door": "redis", "word": KEYS.config_updates.encode(), "state": _setting}
CASES: Final = (
    Case("config set --confirm-within", "config set moog_timeout=7 --confirm-within 1h", **_SETTING),
    Case("config set --for", "config set moog_timeout=7 --for 1h", before=("config set moog_timeout=5",), **_SETTING),
    Case("config set of the file", "config set INGEST_MAX_BATCH=77 --no-wait", "postgres", b"SET finished_at", _file),
    Case("ingest stop", "ingest stop --for 1h --yes", "redis", b"ingest stop", _intake),
    Case("rule import", "rule import RULES --yes", "postgres", b"INSERT INTO alert_rules", _rules),
    Case("vault set", "vault set SOMETHING --file -", **_VAULT),
    Case("vault rotate stage", _STAGE, back=_ABORT, **_VAULT),
    Case("vault rotate promote", _PROMOTE, before=(_STAGE,), back=_ABORT, ends_as=SECRETS, **_VAULT),
    Case("vault rotate abort", _ABORT, before=(_STAGE,), back=_STAGE, **_VAULT),
    Case(
        "vault rotate finish", "vault rotate finish INGEST_API_KEY --confirm INGEST_API_KEY",
        before=(_STAGE, _PROMOTE), back="", **_VAULT,
    ),
)  # fmt: skip
BY_KILL: Final = frozenset({"config set --confirm-within", "vault rotate stage", "vault rotate abort"})
"""What Ctrl-C ends as it ends another one of them."""


def command_of(case: Case) -> str:
    return case.name.partition(" --")[0].partition(" of ")[0]


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.name.replace(" ", "-"))
@pytest.mark.parametrize("at", ["before", "after"])
def test_what_is_killed_is_whole_or_not_there_and_goes_back(
    stack: Stack, openbao: DevOpenBao, case: Case, at: At
) -> None:
    for one in case.before:
        assert done(stack, one).returncode == 0
    former = case.state(stack, openbao)
    with door(stack, openbao, case.door, case.word, at) as through:
        interrupted(stack, words_of(stack, case.words), through, signal.SIGKILL)
    # What is in one transaction, or in a file before the record, is not where the gate is.
    changed = {"rule import": False, "config set of the file": True}.get(case.name, at == "after")
    assert (case.state(stack, openbao) != former) is changed
    name, result = last_operation(stack, command_of(case))
    listed = json.loads(stack.mutt("op", "list", "-n", "1", "-o", "json").stdout)["items"][0]
    assert (listed["operation"], listed["state"], result) == (name, "open", None)
    _goes_back(stack, openbao, case, name, former, changed=changed)
    if at == "before":
        again = done(stack, case.words)
        assert again.returncode == 0, again.stderr
    else:
        assert "MUTT-G011" in stack.mutt("op", "resume", name, "--yes").stderr


def _goes_back(stack: Stack, openbao: DevOpenBao, case: Case, name: str, former: Any, *, changed: bool) -> None:
    """By what the case says; nothing that is not there is taken back, and what is, is."""
    if case.back == "undo":
        told = stack.mutt("undo", name, "--yes")
        assert told.returncode in ({0, 6} if changed else {0, 6, 7}), told.stderr
    else:
        assert "MUTT-G005" in stack.mutt("undo", name, "--yes").stderr
        if case.back and changed:
            assert done(stack, case.back).returncode == 0
    if case.back:
        assert case.state(stack, openbao) == (case.ends_as if changed and case.ends_as else former)


@pytest.mark.parametrize(
    "case", [one for one in CASES if one.name not in BY_KILL], ids=lambda one: one.name.replace(" ", "-")
)
def test_after_ctrl_c_the_record_is_closed_and_it_goes_back(stack: Stack, openbao: DevOpenBao, case: Case) -> None:
    for one in case.before:
        assert done(stack, one).returncode == 0
    former = case.state(stack, openbao)
    at: At = "before" if case.door == "postgres" else "after"
    with door(stack, openbao, case.door, case.word, at) as through:
        process = interrupted(stack, words_of(stack, case.words), through, signal.SIGINT)
    said = process.communicate()[1].decode()
    assert (process.returncode, "Traceback" in said) == (130, False), said
    name, result = last_operation(stack, command_of(case))
    closing = case.name == "config set of the file"
    assert result == (None if closing else "interrupted")
    changed = case.state(stack, openbao) != former
    assert changed is (case.name != "rule import")
    _goes_back(stack, openbao, case, name, former, changed=changed)
    if closing:  # the end was written into the file of this host, and the next change brought it into the table
        assert last_operation(stack, command_of(case)) == (name, "done")
