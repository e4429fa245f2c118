"""The deployment in which the ten tasks of docs/tasks.md are done: protected, as one in production is."""

from __future__ import annotations

import json
import platform
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import hvac
import pytest

from mutt_cli.core.drain import UNITS
from mutt_cli.daemons.behaviour import Behaviour
from tests.acceptance.commands.world import World
from tests.acceptance.tasks.page import tasks
from tests.acceptance.tasks.terminal import Operator
from tests.stack import SECRETS, Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

SERVICES = ("ingestor", "alerter", "forwarder", "remediation", "webui")
SECRET_PATH = "mutt/tasks"
"""Of our own: one of the tasks rotates a key there."""
LEDGER = "mutt:ledger:minutes"
LINK_DOWN = "%LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down"


@dataclass
class Night(World):
    """The deployment and the operator who is called; what happened before belongs to the scene."""

    vault: hvac.Client = field(default_factory=hvac.Client)
    operator: Operator | None = None

    def goes_on(self) -> None:
        """The operator works through the next block of the page."""
        assert self.operator, "no task was begun"
        self.operator.goes_on()

    @property
    def home(self) -> Path:
        """The operator's folder."""
        assert self.operator, "no task was begun"
        return self.operator.home

    def status(self, key: str) -> str:
        """What the ingestor answers to a sender with this key."""
        words = ("-o", "/dev/null", "-w", "%{http_code}", "-H", f"X-API-Key: {key}", "-d", '{"message":"probe"}')
        return self.curl(*words, f"{self.stack.ingest_url}/ingest")

    def accepted(self, host: str) -> str:
        """The id of an event that a device sends now."""
        return self.together(host)[0]

    def together(self, *hosts: str) -> list[str]:
        """The ids of events that several devices send in one request, with the key that is in Vault."""
        events = json.dumps([{"hostname": host, "message": LINK_DOWN} for host in hosts])
        answer = self.curl("-H", f"X-API-Key: {self.key()}", "-d", events, f"{self.stack.ingest_url}/ingest")
        return [str(one["event_id"]) for one in json.loads(answer)["items"]]

    def key(self) -> str:
        """The ingest key that Vault has."""
        found = self.vault.secrets.kv.v2.read_secret_version(path=SECRET_PATH, raise_on_deleted_version=True)
        return str(found["data"]["data"]["INGEST_API_KEY"])

    def arrives(self, *ids: str) -> None:
        """Wait until Moogsoft has these events."""
        eventually(lambda: set(ids) <= set(received_ids(self.stack)), f"{ids} arrive")

    def waits_in(self, key: str, number: int) -> None:
        """Wait until a queue holds at least so many messages."""
        eventually(lambda: int(self.redis_cli("LLEN", key)) >= number, f"{number} messages wait in {key}")

    def refuses_critical(self) -> None:
        """Moogsoft takes no alert of severity critical from now on."""
        self.stack.simulator.behave(Behaviour(reject_field="severity", reject_value="5"))

    def ages(self, key: str, place: int, hours: int) -> None:
        """The message at this place of a queue came in so many hours earlier."""
        text = self.redis_cli("LINDEX", key, str(place))
        at = json.loads(text)["received_at"]
        earlier = datetime.fromisoformat(at) - timedelta(hours=hours)
        self.redis_cli("LSET", key, str(place), text.replace(at, f"{earlier:%Y-%m-%dT%H:%M:%S}.000Z"))

    @contextmanager
    def long_ago(self, source: str) -> Iterator[None]:
        """What the ledger counts from this source came twenty minutes earlier, until the end of the block."""
        minutes = [
            one
            for one in self.redis_cli("HKEYS", LEDGER).splitlines()
            if one.partition("|")[2].startswith(f"{source}|")
        ]
        moved = {
            one: f"{datetime.fromisoformat(one[:16]) - timedelta(minutes=20):%Y-%m-%dT%H:%M}{one[16:]}"
            for one in minutes
        }
        for now, earlier in moved.items():
            self._count(now, earlier)
        yield
        for now, earlier in moved.items():
            self._count(earlier, now)

    def _count(self, out_of: str, into: str) -> None:
        self.redis_cli("HINCRBY", LEDGER, into, self.redis_cli("HGET", LEDGER, out_of))
        self.redis_cli("HDEL", LEDGER, out_of)

    def systemctl(self, verb: str, *units: str) -> None:
        """What systemd does with units: SIGTERM and wait, or start."""
        services = {unit: service for service, unit in UNITS.items()}
        for unit in units:
            daemon = self.stack.daemons[services[unit]]
            daemon.stop() if verb == "stop" else daemon.start()


@pytest.fixture(scope="module")
def deployment(
    postgres: PostgresServer, openbao: DevOpenBao, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """All five daemons, with leases so short that nobody waits long for one to end."""
    hvac.Client(url=openbao.address, token=openbao.root_token).secrets.kv.v2.create_or_update_secret(
        path=SECRET_PATH, secret=SECRETS
    )
    more = {"VAULT_SECRET_PATH": SECRET_PATH, "LOG_DIR": str(tmp_path_factory.mktemp("logs"))}
    leases = {"MOOG_TIMEOUT": "2", "HEARTBEAT_INTERVAL": "1", "HEARTBEAT_EXPIRY": "5"}
    more |= {"CIRCUIT_BREAKER_THRESHOLD": "3"}
    with running_stack(postgres, openbao, ENV="production", REMEDIATION_INTERVAL="3600", **leases, **more) as made:
        made.start(*SERVICES)
        yield made


@pytest.fixture
def begin(deployment: Stack, openbao: DevOpenBao, tmp_path: Path) -> Iterator[Callable[..., Night]]:
    """Begins a task of the page by its heading; in the end all of the page was typed, and everything is as before."""
    night = Night(deployment, vault=hvac.Client(url=openbao.address, token=openbao.root_token))

    def begun(heading: str, *, unseen: str = "") -> Night:
        standing = {
            str(tmp_path): "/home/anna", str(deployment.valkey.socket): "/run/redis/redis.sock",
            str(deployment.folder / "state"): "/var/lib/mutt", platform.node(): "noc-1",
        }  # fmt: skip
        blocks = list(tasks()[heading])
        night.operator = Operator(
            _environment(deployment, tmp_path), tmp_path, blocks, standing, night.systemctl, unseen
        )
        return night

    yield begun
    _as_before(deployment)
    assert night.operator, "no task was begun"
    assert not night.operator.blocks, "the page shows more than was done here"


def _environment(stack: Stack, home: Path) -> dict[str, str]:
    """A terminal on the host, where `mutt` is the command of these sources."""
    for name in ("mutt", "muttctl"):
        program = home / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m mutt_cli "$@"\n')
        program.chmod(0o755)
    return {
        **stack.environment, "PATH": f"{home / 'bin'}:{stack.environment['PATH']}", "HOME": str(home),
        "TERM": "xterm", "LANG": "C.UTF-8", "MUTT_ACTOR": "anna",
    }  # fmt: skip


def _as_before(stack: Stack) -> None:
    stack.simulator.behave(Behaviour())
    breaker = [f"mutt:circuit_breaker:moogsoft:{field}" for field in ("state", "failures", "open_time")]
    stack.redis.delete("mutt:holds", *breaker)
    for name in SERVICES:
        if not stack.daemons[name].alive:
            stack.daemons[name].start()
    for name in SERVICES:
        stack.wait_healthy(name)
    while stack.redis.rpoplpush("mutt:dlq:moog", "mutt:alert_queue"):
        pass
    busy = ("mutt:ingest_queue", "mutt:alert_queue", "mutt:processing:moog:pod-1", "mutt:retry:moog")
    eventually(lambda: not stack.redis.exists(*busy), "nothing waits any more")
