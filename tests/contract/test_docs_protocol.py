"""docs/queue-protocol.md is complete: every key, every script with each of its answers, and commands that run."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mutt_cli.keys import Keys
from tests.contract.protocol.workers import KEYS, Worker, expire, fill

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "queue-protocol.md").read_text(encoding="utf-8")
SCRIPTS = sorted((ROOT / "mutt_cli" / "adapters" / "lua").glob("*.lua"))
COMMANDS = re.findall(r"^redis-cli (.+)$", PAGE, re.MULTILINE)
POD = "alerter-001"


def documented_name(member: str) -> str:
    """The key a member of Keys makes, with its arguments written as `<name>`."""
    found = inspect.getattr_static(Keys, member)
    if isinstance(found, property):
        return str(getattr(KEYS, member))
    names = list(inspect.signature(found).parameters)[1:]
    return str(getattr(KEYS, member)(**{name: f"<{name}>" for name in names}))


def key_names() -> list[str]:
    """Every public property and method of Keys but the tag."""
    members = [name for name in vars(Keys) if not name.startswith("_") and name != "tag"]
    return [documented_name(name) for name in members]


@pytest.mark.parametrize("name", key_names())
def test_every_key_is_named(name: str) -> None:
    assert f"`{name}`" in PAGE


def section(script: str) -> str:
    """The part of the page under the heading that names a script; empty if there is none."""
    parts = re.split(r"^#{2,3} ", PAGE, flags=re.MULTILINE)
    return next((part for part in parts if f"`{script}`" in part.partition("\n")[0]), "")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_is_named_with_each_word_it_answers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if not text.startswith("#!lua"):
        assert f"`{path.stem}`" in section_of_fragments()
        return
    written = section(path.stem)
    assert written
    code = "\n".join(line.partition("--")[0] for line in text.splitlines())
    words = re.findall(r"return \{? ?'([A-Z_]+)'", code)
    assert [word for word in words if f"`{word}`" not in written] == []


def section_of_fragments() -> str:
    return PAGE.partition("### Fragments")[2].partition("\n## ")[0]


def test_no_script_is_named_that_does_not_exist() -> None:
    headings = re.findall(r"^### (`.+)$", PAGE, re.MULTILINE)
    named = {name for heading in headings for name in re.findall(r"`(\w+)`", heading)}
    assert named == {path.stem for path in SCRIPTS if path.read_text(encoding="utf-8").startswith("#!lua")}


@pytest.fixture
def held(redis_client: Client) -> Client:
    """A server on which one alerter holds a batch with a suspect of a crash, as the page assumes."""
    crashed = Worker(redis_client, pod=POD)
    crashed.register()
    fill(redis_client, KEYS.ingest_queue, "oldest", "newest")
    crashed.take()
    expire(redis_client, crashed)
    worker = Worker(redis_client, pod=POD)
    worker.register()
    assert worker.take().elements == (b"oldest",)
    return redis_client


def test_every_command_of_the_page_runs(held: Client) -> None:
    answers = {command: held.execute_command(*shlex.split(command)) for command in COMMANDS}  # type: ignore[no-untyped-call]
    assert len(answers) >= 10
    lease = KEYS.heartbeat("alerter", POD)
    assert answers[f"PTTL {lease}"] > 0
    hands = KEYS.processing("alerter", POD)
    assert answers[f"LLEN {hands}"] == 1
    assert answers[f"LINDEX {hands} -1"] == b"oldest"


def test_digest_of_the_oldest_element_is_among_the_suspects(held: Client) -> None:
    command = next(command for command in COMMANDS if command.startswith("EVAL"))
    digest = held.execute_command(*shlex.split(command))  # type: ignore[no-untyped-call]
    assert digest in held.hgetall(KEYS.crash("alerter"))
