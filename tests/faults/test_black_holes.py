"""With Redis, PostgreSQL or Vault swallowing what they are sent, every command ends by itself and says why."""

from __future__ import annotations

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from mutt_cli.commands.tree import Leaf, leaves
from tests import warm_start
from tests.acceptance.commands.calls import CALLS, EXEMPT, FILES
from tests.faults.black_hole import BlackHole
from tests.stack import running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer
    from tests.stack import Stack

TIMEOUT_S: Final = 4
HANGS_S: Final = 40
"""A command that has not ended then does not end; no measure of speed: the machine may be busy with the others."""
AT_ONCE: Final = 12
UNSAID: Final = frozenset({0, 1, 6, 8})
"""Codes that speak for themselves: done, no, in part, not in time."""
SAID: Final = frozenset({3, 4, 5, 7})
"""Codes that come with an error. Not 2: the call would be wrong, and prove nothing."""
VERDICTS: Final = (("context", "check"),)
"""What answers with a table of what does not answer, and no error."""
HOLES: Final = {
    "redis": ("REDIS_SOCKET=\nREDIS_HOST=127.0.0.1\nREDIS_PORT={port}\n"),
    "postgres": "POSTGRES_HOST=127.0.0.1\nPOSTGRES_PORT={port}\n",
    "vault": "VAULT_ADDR=http://127.0.0.1:{port}\n",
}
ALL: Final = [one for one in leaves() if not one.alias and one.spec.path not in EXEMPT]


def some() -> list[Leaf]:
    """One command of each noun and class: what is run at every change."""
    found = {(leaf.words[0], leaf.spec.impact): leaf for leaf in reversed(ALL)}
    return [leaf for leaf in ALL if leaf in found.values()]


@dataclass(frozen=True)
class Ended:
    """How a call ended; `code` is None if it had to be killed."""

    words: tuple[str, ...]
    code: int | None
    err: str
    seconds: float

    @property
    def wrong(self) -> str:
        """What is wrong with that."""
        said = f"mutt {' '.join(self.words)}: {self.code} after {self.seconds:.1f} s: {self.err.strip()[-600:]}"
        quiet = "Traceback" not in self.err and "Exception ignored" not in self.err
        if self.words[0] == "health":
            return "" if quiet and self.code in {1, 2, 3} else said
        told = self.code in UNSAID or (self.code in SAID and ("MUTT-" in self.err or self.words[:2] in VERDICTS))
        return "" if quiet and told else said


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """Stores alone, with something in them."""
    with running_stack(postgres, openbao) as made:
        made.query("INSERT INTO dev_hosts (hostname) VALUES ('sw1') RETURNING 1")
        made.query("INSERT INTO device_teams (hostname, team_assignment) VALUES ('sw1', 'core') RETURNING 1")
        for name, text in FILES.items():
            (made.folder / name).write_text(text)
            (made.folder / name).chmod(0o600)
        letters = [f'{{"message": "letter {number}", "hostname": "sw1"}}' for number in range(20)]
        made.redis.lpush("mutt:dlq:moog", *letters)
        exported = made.mutt("queue", "export", "dlq-moog", "--out", str(made.folder / "MESSAGES"))
        assert exported.returncode == 0, exported.stderr
        kept = json.loads(made.mutt("backup", "create", "-o", "json").stdout)["path"]
        (made.folder / "BACKUP").write_bytes(Path(kept).read_bytes())
        made.redis.lpush("mutt:dlq:old_events", *letters)
        for value in ("5", "6"):
            made.mutt("config", "set", f"moog_timeout={value}", "--no-wait")
        yield made


def call(stack: Stack, settings: Path, leaf: Leaf) -> Ended:
    """Run one command in a process of its own."""
    places = {name: str(stack.folder / name) for name in (*FILES, "MESSAGES", "BACKUP")}
    places["OPERATION"] = stack.query("SELECT id FROM operations ORDER BY started_at LIMIT 1")[0][0]
    places["OUT"] = str(stack.folder / f"out-{'-'.join(leaf.words)}-{settings.name}")
    given = [places.get(word, word) for word in CALLS.get(leaf.spec.path, "").split()]
    words = (*leaf.words, *given, "--timeout", f"{TIMEOUT_S}s")
    began = time.monotonic()
    environment = stack.environment | {"MUTT_ENV_FILE": str(settings)}
    try:
        done = warm_start.run(words, environment, seconds=HANGS_S)
    except subprocess.TimeoutExpired as hung:
        return Ended(words, None, (hung.stderr or b"").decode(), time.monotonic() - began)
    return Ended(words, done.returncode, done.stderr.decode(), time.monotonic() - began)


def with_hole(stack: Stack, which: str, commands: Sequence[Leaf]) -> list[Ended]:
    """Run commands of which one back end swallows everything."""
    with BlackHole() as hole, ThreadPoolExecutor(AT_ONCE) as threads:
        settings = stack.folder / f"{which}.env"
        usual = (stack.folder / "mutt.env").read_text()
        names = tuple(line.partition("=")[0] + "=" for line in HOLES[which].splitlines())
        kept = [line for line in usual.splitlines() if not line.startswith(names)]
        settings.write_text("\n".join(kept) + "\n" + HOLES[which].format(port=hole.port))
        return list(threads.map(lambda leaf: call(stack, settings, leaf), commands))


def judged(stack: Stack, which: str, commands: Sequence[Leaf]) -> None:
    """All of them ended by themselves, and none by a bug."""
    ended = with_hole(stack, which, commands)
    wrong = [one.wrong for one in ended if one.wrong]
    assert wrong == [], "\n".join(wrong)
    assert [one.read_text() for one in (stack.folder / "state").glob("crash-*")] == []
    assert any(one.code == 5 for one in ended), "nothing noticed that it does not answer"


@pytest.fixture
def vault_is_needed(stack: Stack) -> Iterator[None]:
    """Redis wants a password that only Vault holds."""
    client = stack.redis
    client.config_set("requirepass", "only-vault-knows")
    yield
    client.execute_command("AUTH", "only-vault-knows")  # type: ignore[no-untyped-call]
    client.config_set("requirepass", "")


@pytest.mark.parametrize("which", ["redis", "postgres"])
def test_a_command_of_each_noun_and_class_ends_within_its_time(stack: Stack, which: str) -> None:
    judged(stack, which, some())


@pytest.mark.usefixtures("vault_is_needed")
def test_a_command_of_each_noun_and_class_ends_within_its_time_without_vault(stack: Stack) -> None:
    judged(stack, "vault", some())


@pytest.mark.nightly
@pytest.mark.parametrize("which", ["redis", "postgres"])
def test_every_command_ends_within_its_time(stack: Stack, which: str) -> None:
    judged(stack, which, ALL)


@pytest.mark.nightly
@pytest.mark.usefixtures("vault_is_needed")
def test_every_command_ends_within_its_time_without_vault(stack: Stack) -> None:
    judged(stack, "vault", ALL)


def test_every_command_that_needs_an_argument_is_given_one() -> None:
    needing = {
        leaf.spec.path for leaf in ALL
        if any(one.param_type_name == "argument" and one.required for one in leaf.command.params)
    }  # fmt: skip
    assert sorted(needing - set(CALLS)) == []
    assert sorted((set(CALLS) | set(EXEMPT)) - {leaf.spec.path for leaf in leaves()}) == []
