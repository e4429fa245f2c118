"""A live deployment in which each command is run as an operator runs it, and its effect read back by other programs.

`redis-cli`, `psql` and `curl` are the witnesses: what `mutt` says of its own work proves nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import fastjsonschema

from mutt_cli.present.schemas import schema_of
from tests.peers import peer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stack import Stack

RESTLESS: Final = re.compile(
    r"mutt:(heartbeat|batch|reap|janitor|witness|workers|config_readers|historian|remediation:lease|ledger:(fold|minutes)"
    r"|journal|rate_limit|unhandled|dedupe|rule_caches|frames)"
)
"""Keys that daemons write by themselves, some a second after the event or when an hour is over; no command is judged by
them."""
TABLES: Final = (
    "alert_rules", "rule_versions", "dev_hosts", "device_teams", "audit_logs", "operations", "operation_slices",
    "rules_revision", "schema_version",
)  # fmt: skip
"""Tables that only people change."""


@dataclass(frozen=True)
class Answer:
    """What a command said. `read_after`: whether another program looked after it."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The envelope."""
        found: dict[str, Any] = json.loads(self.out)
        return found


@contextmanager
def silent_back_ends(folder: Path) -> Iterator[dict[str, str]]:
    """Settings of servers that accept connections and never say a word."""
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as local:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen(64)
        local.bind(str(folder / "silent.sock"))
        local.listen(64)
        port = str(tcp.getsockname()[1])
        yield {
            "REDIS_SOCKET": str(folder / "silent.sock"), "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": port,
            "VAULT_ADDR": f"http://127.0.0.1:{port}",
        }  # fmt: skip


@dataclass
class World:
    """The deployment, and what was done in it since a test began."""

    stack: Stack
    answers: list[Answer] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)
    """How many answers there were at each look with another program."""

    def mutt(self, *words: str, code: int | None = 0, stdin: bytes = b"") -> Answer:
        """Run a command; its exit code must be `code` (None: whatever it is). JSON is held against its schema."""
        done = self.stack.mutt(*words, stdin=stdin)
        answer = Answer(words, done.returncode, done.stdout, done.stderr)
        assert code is None or answer.code == code, f"mutt {' '.join(words)}: {answer.code}\n{answer.out}{answer.err}"
        assert "Traceback" not in answer.err
        if is_json(words) and answer.out:
            validate(answer.json)
        self.answers.append(answer)
        return answer

    def redis_cli(self, *words: str) -> str:
        """What `redis-cli` says, without the last line end."""
        program = peer("redis-cli", "redis-tools")
        return self._look([program, "-s", str(self.stack.valkey.socket), *words])

    def psql(self, statement: str) -> str:
        """Rows as `psql -At` prints them."""
        return self._look([peer("psql", "postgresql-client"), "-X", "-At", self.stack.dsn, "-c", statement])

    def curl(self, *words: str) -> str:
        """What `curl` prints."""
        return self._look([peer("curl", "curl"), "-sS", *words])

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Nothing that people change differs after the block: a dry run, a refusal."""
        before = self.digest()
        yield
        after = self.digest()
        differing = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        assert not differing, f"changed: {', '.join(differing)}"

    def digest(self) -> dict[str, str]:
        """A digest of each key and each table that daemons leave alone."""
        client = self.stack.redis
        keys = sorted(key for key in client.scan_iter(count=1000) if not RESTLESS.match(key.decode()))
        found = {key.decode(): _digest(client.dump(key) or b"") for key in keys}
        for table in TABLES:
            rows = self.stack.query(f"SELECT to_jsonb(t)::text FROM {table} AS t ORDER BY 1")  # noqa: S608
            found[table] = _digest(repr(rows).encode())
        return found

    def operation(self, answer: Answer) -> str:
        """The id of the operation that a JSON answer tells of."""
        return str(answer.json["operation"])

    def _look(self, command: list[str]) -> str:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        self.looks.append(len(self.answers))
        return done.stdout.rstrip("\n")

    def proves(self, path: str) -> list[str]:
        """What is missing in this test to prove a command; empty if it is proved."""
        words = tuple(path.split())
        own = [(place, one) for place, one in enumerate(self.answers) if one.words[: len(words)] == words]
        missing = []
        if not any(one.code == 0 for _, one in own):
            missing.append("a success")
        if not any(one.code not in {0, 6} for _, one in own):
            missing.append("a failure or refusal")
        if schema_of("mutt." + ".".join(words)) and not any(is_json(one.words) and one.out for _, one in own):
            missing.append("its JSON")
        if not any(look > place for place, one in own if one.code == 0 for look in self.looks):
            missing.append("a look at its effect with another program")
        return missing


def is_json(words: tuple[str, ...]) -> bool:
    """Whether JSON was asked for."""
    return "-j" in words or "--json" in words or ("-o" in words and words[words.index("-o") + 1] == "json")


def validate(envelope: dict[str, Any]) -> None:
    """Hold an envelope against the schema of its kind; here a field that the schema does not have is an error."""
    _validator(envelope["kind"])(envelope)


@cache
def _validator(kind: str) -> Any:
    schema = schema_of(kind)
    assert schema is not None, f"{kind} has no schema"
    return fastjsonschema.compile(closed(schema), use_default=False)


def closed(schema: Any) -> Any:
    """The schema in which every object has the fields that are named, and no others."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(one) for name, one in schema.items() if name != "$schema"}
    if "properties" in schema and schema.get("type") == "object":
        made["additionalProperties"] = False
    return made


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]
