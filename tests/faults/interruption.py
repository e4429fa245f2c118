"""How a command is interrupted at a moment of the test's choice: a gate before a server, and a signal at the gate."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

import hvac
import pytest

from mutt_cli.keys import Keys
from tests.faults.gate import Gate
from tests.stack import SECRETS, Stack, eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

NEW: Final = "a-new-value-of-many-characters"
KEYS: Final = Keys()
KINDS: Final = 250
"""More than two calls of the script that removes them."""
Door = Literal["redis", "postgres", "vault"]
At = Literal["before", "after"]


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """Stores alone; scripts are loaded, so that the first call of one is the change."""
    with running_stack(postgres, openbao) as made:
        for words in (("config", "set", "moog_timeout=9"), ("ingest", "stop", "--yes"), ("ingest", "start")):
            assert made.mutt(*words).returncode == 0
        kinds(made)
        assert made.mutt("redis", "clean", "unhandled", "--yes").returncode == 0
        made.redis.flushall()
        (made.folder / "rules.json").write_text(
            json.dumps({"rules": [
                {"rule_name": name, "pattern": name, "severity": "minor", "priority": 5} for name in ("one", "two")
            ]})
        )  # fmt: skip
        yield made


@pytest.fixture(autouse=True)
def as_before(stack: Stack, openbao: DevOpenBao) -> Iterator[None]:
    path = stack.folder / "mutt.env"
    content = path.read_text()
    yield
    path.write_text(content)
    stack.redis.flushall()
    stack.query("DELETE FROM alert_rules WHERE rule_name IN ('one', 'two') RETURNING 1")
    vault = hvac.Client(url=openbao.address, token=openbao.root_token)
    vault.secrets.kv.v2.create_or_update_secret(path="mutt/prod", secret=SECRETS)


def kinds(stack: Stack) -> dict[str, str]:
    """Counts of events that nobody has seen for a long time, as an alerter writes them."""
    old = "2020-01-01T00:00:00.000Z"
    counts = {
        "correlation_id": "c", "correlation_ids": ["c"], "first_seen": old, "last_seen": old, "hostname": "sw1",
        "message": "strange", "triggered": "",
    }  # fmt: skip
    made = {KEYS.unhandled(f"sw{n:03}", f"{n:016x}"): json.dumps(counts | {"count": n + 1}) for n in range(KINDS)}
    stack.redis.mset(made)
    stack.redis.zadd(KEYS.unhandled_index, dict.fromkeys(made, 4_000_000_000_000))
    return made


def words_of(stack: Stack, text: str) -> list[str]:
    """The words of a command; RULES stands for a file of rules."""
    return [str(stack.folder / "rules.json") if word == "RULES" else word for word in text.split()]


def done(stack: Stack, text: str) -> subprocess.CompletedProcess[str]:
    """The same command without an interruption."""
    return stack.mutt(*words_of(stack, text), stdin=NEW.encode())


@contextmanager
def door(stack: Stack, openbao: DevOpenBao, which: Door, word: bytes, at: At) -> Iterator[tuple[Gate, dict[str, str]]]:
    """A gate before a server, and the environment of a command that goes through it."""
    with ExitStack() as scope:
        if which == "redis":
            gate = scope.enter_context(Gate(stack.valkey.socket, word, at, listen=stack.folder / f"{at}.sock"))
            scope.callback((stack.folder / f"{at}.sock").unlink)
            environment = {"REDIS_SOCKET": str(stack.folder / f"{at}.sock")}
        elif which == "postgres":
            folder = value(stack, "POSTGRES_HOST")
            own = stack.folder / f"pg-{at}"
            own.mkdir(exist_ok=True)
            gate = scope.enter_context(Gate(_socket(folder), word, at, listen=own / ".s.PGSQL.5432"))
            scope.callback((own / ".s.PGSQL.5432").unlink)
            environment = {"POSTGRES_HOST": str(own), "POSTGRES_PORT": "5432"}
        else:
            address = urlsplit(openbao.address)
            gate = scope.enter_context(Gate((str(address.hostname), int(address.port or 0)), word, at))
            environment = {"VAULT_ADDR": f"http://127.0.0.1:{gate.port}"}
        yield gate, environment


def value(stack: Stack, name: str) -> str:
    """A setting of the stack."""
    lines = (stack.folder / "mutt.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)[name]


def _socket(folder: str) -> Path:
    (found,) = [one for one in Path(folder).glob(".s.PGSQL.*") if not one.name.endswith(".lock")]
    return found


def interrupted(
    stack: Stack, words: list[str], through: tuple[Gate, dict[str, str]], number: signal.Signals
) -> subprocess.Popen[bytes]:
    """Start a command, and send it the signal when it stands at the gate."""
    gate, environment = through
    process = subprocess.Popen(
        [sys.executable, "-m", "mutt_cli", *words, "--force", "env-override"], env=stack.environment | environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/",
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(NEW.encode())
    process.stdin.close()
    process.stdin = None
    eventually(lambda: gate.stopped.is_set() or process.poll() is not None, "it stands at the gate", 30)
    assert gate.stopped.is_set(), process.communicate()
    process.send_signal(number)
    if number is signal.SIGINT and "POSTGRES_HOST" in environment:
        gate.open()  # psycopg waits for the end of the statement that it has cancelled
    process.wait(30)
    return process


def last_operation(stack: Stack, command: str) -> tuple[str, str | None]:
    """The last operation of a command, and its result."""
    found = stack.query(
        f"SELECT id, result FROM operations WHERE command = '{command}' ORDER BY started_at DESC LIMIT 1"  # noqa: S608
    )
    return found[0]
