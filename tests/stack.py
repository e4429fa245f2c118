"""The whole pipeline in real processes: servers, daemons and the Moogsoft simulator, for acceptance and fault tests.

Daemons run as `python -m mutt_cli daemon NAME` with a configuration file of their own, ports that were free, and
short leases where a test asks for them. Truth comes from the ids at sender and simulator, never from MUTT's counters.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import hvac
import psycopg
import redis

from mutt_cli.adapters.migrations import migrate
from mutt_cli.daemons.simulator import Simulator
from tests import plain_http, servers, warm_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from mutt_cli.adapters.engines.valkey import Valkey
    from tests.servers import PostgresServer

API_KEY = "test-ingest-key"
WEB_KEY = "web-key"
SECRETS = {"INGEST_API_KEY": API_KEY, "DB_PASS": "unused", "MOOG_API_KEY": "moog-key", "WEBUI_API_KEY": WEB_KEY}
SOURCE_TREE = Path(__file__).resolve().parent.parent

RULES = (
    ("link-down", "LINK.*down", "critical", 100),
    ("bgp-lost", "BGP.*(down|lost)", "major", 90),
    ("psu", "power supply.*(failed|lost)", "critical", 80),
)


def eventually(condition: Callable[[], Any], what: str, seconds: float = 20.0, every_s: float = 0.05) -> Any:
    """Wait until `condition()` is true and return its value; fail with `what` after `seconds`.

    A question that takes long is asked less often: others run beside this test.
    """
    deadline = time.monotonic() + seconds
    while (asked := time.monotonic()) < deadline:
        value = condition()
        if value:
            return value
        time.sleep(max(every_s, time.monotonic() - asked))
    raise AssertionError(f"not within {seconds} s: {what}")


@dataclass
class Daemon:
    """One daemon process and its log file."""

    name: str
    environment: dict[str, str]
    log: Path
    arguments: Sequence[str] = ()
    pod: str = "pod-1"
    cold: bool = False
    """Whether it must be a process that Python started with these words: see `warm_start`."""
    process: subprocess.Popen[bytes] | warm_start.Warm | None = None

    def start(self) -> None:
        """Start it; does not wait for it to be ready."""
        with self.log.open("ab") as out:
            self.process = warm_start.daemon((self.name, *self.arguments), self.environment, out, cold=self.cold)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds: float = 45.0) -> int:
        """SIGTERM and wait; returns the exit code. One that stands still goes on to hear of it."""
        if self.process is None:
            return 0
        if self.alive:
            self.process.terminate()
            self.wake()
        return self.process.wait(seconds)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to every process of the daemon at once, as systemd does."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def processes(self) -> dict[str, int]:
        """The processes it has forked, by the names that `ps -o comm` shows."""
        assert self.process is not None
        pids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {Path(f"/proc/{pid}/comm").read_text().strip(): int(pid) for pid in pids}

    def pause(self) -> None:
        """SIGSTOP all of it, and wait until all of it stands still: the signal is on its way when `killpg` returns."""
        self.signal(signal.SIGSTOP)
        if self.process is not None:
            group = self.process.pid
            still = f"every process of {self.name} stands still"
            eventually(lambda: not _states(group) - set("TtZX"), still, every_s=0.001)

    def wake(self) -> None:
        """Let it go on after a SIGSTOP."""
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL all of it and wait until nothing of it is left."""
        if self.process is None:
            return
        self.signal(signal.SIGKILL)
        self.process.wait()
        group = self.process.pid
        eventually(lambda: not _states(group) - set("ZX"), f"every process of {self.name} is gone")


def _states(group: int) -> set[str]:
    """The states of all threads of a group of processes, as the letters that `ps -o stat` begins with."""
    states = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(_fields(status)[2]) == group:
                states |= {_fields(one)[0] for one in status.parent.glob("task/[0-9]*/stat")}
    return states


def _fields(status: Path) -> list[str]:
    """What the kernel says of a process or a thread behind its name: state, parent, group and more (proc(5))."""
    return status.read_text().rpartition(")")[2].split()


@dataclass
class Stack:
    """A running pipeline."""

    folder: Path
    valkey: Valkey
    openbao: DevOpenBao
    dsn: str
    simulator: Simulator
    environment: dict[str, str]
    ports: dict[str, int]
    daemons: dict[str, Daemon] = field(default_factory=dict)
    cold: bool = False
    """Whether its daemons start cold."""

    @property
    def redis(self) -> redis.Redis:
        """A new client of the queue server."""
        return redis.Redis(unix_socket_path=str(self.valkey.socket))

    @property
    def ingest_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['INGESTOR_PORT']}"

    @property
    def webui_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['WEBUI_PORT']}"

    def daemon(self, name: str, pod: str = "", **overrides: str) -> Daemon:
        """A daemon of this stack, not started yet; `pod` names further workers."""
        label = f"{name}-{pod}" if pod else name
        environment = self.environment | overrides | ({"POD_NAME": pod} if pod else {})
        words = ("--workers", "1") if name in {"ingestor", "webui"} else ()
        made = Daemon(name, environment, self.folder / f"{label}.log", words, pod or "pod-1", cold=self.cold)
        self.daemons[label] = made
        return made

    def second(self, name: str) -> Daemon:
        """Another worker beside the first one of this name, `pod-2`, with ports of its own; not started yet."""
        ports = [port for port in _PORTS if port.startswith(_PORT_PREFIX[name])]
        return self.daemon(name, "pod-2", **{port: str(servers.free_port()) for port in ports})

    def start(self, *names: str) -> None:
        """Start daemons and wait until each is healthy."""
        for name in names:
            self.daemon(name).start()
        for name in names:
            self.wait_healthy(name)

    def wait_healthy(self, name: str) -> None:
        """Poll /health until 200."""
        port = {
            "ingestor": "INGESTOR_PORT",
            "alerter": "ALERTER_HEALTH_PORT",
            "forwarder": "MOOG_FORWARDER_HEALTH_PORT",
            "remediation": "HEALTH_PORT_REMEDIATION",
            "webui": "WEBUI_PORT",
        }
        url = f"http://127.0.0.1:{self.ports[port[name]]}/health"

        def healthy() -> bool:
            daemon = self.daemons[name]
            assert daemon.alive, (
                f"{name} ended with {daemon.process and daemon.process.poll()}: {self.log(name)[-2000:]}"
            )
            try:
                return plain_http.get(url, timeout=2).status_code == 200
            except httpx.HTTPError:
                return False

        eventually(healthy, f"{name} is healthy: {self.log(name)[-1000:]}", 30)

    def log(self, label: str) -> str:
        """What a daemon has written so far."""
        path = self.folder / f"{label}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def send(self, *events: dict[str, Any]) -> dict[str, Any]:
        """Post one event, or several as an array; the answer must be 200."""
        body: Any = events[0] if len(events) == 1 else list(events)
        answer = plain_http.post(f"{self.ingest_url}/ingest", json=body, headers={"X-API-Key": API_KEY}, timeout=10)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def mutt(self, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
        """Run the command line against this stack."""
        done = warm_start.run(words, self.environment, stdin)
        return subprocess.CompletedProcess(
            words, done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        )

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of one SQL statement."""
        with psycopg.connect(self.dsn, autocommit=True) as conn:
            return conn.execute(statement.encode()).fetchall()

    def change(self, *statements: str) -> None:
        """SQL statements whose rows nobody wants, each by itself."""
        with psycopg.connect(self.dsn, autocommit=True) as conn:
            for statement in statements:
                conn.execute(statement.encode())

    def stop(self) -> None:
        """Stop every daemon, forwarders last."""
        for daemon in self.daemons.values():
            if daemon.alive:
                daemon.stop()


@contextmanager
def running_stack(postgres: PostgresServer, openbao: DevOpenBao, **settings: str) -> Iterator[Stack]:
    """A stack without daemons yet: its own Valkey, a migrated database with rules, secrets in Vault, a simulator."""
    with servers.valkey_server() as valkey, stack_on(valkey, postgres, openbao, settings) as made:
        yield made


@contextmanager
def stack_on(
    valkey: Valkey, postgres: PostgresServer, openbao: DevOpenBao, settings: Mapping[str, str]
) -> Iterator[Stack]:
    """As `running_stack`, on a Valkey of the caller's."""
    with ExitStack() as stack:
        database = stack.enter_context(postgres.database())
        folder = stack.enter_context(servers.short_folder())
        simulator = stack.enter_context(Simulator("127.0.0.1", 0, folder / "received.jsonl"))
        dsn = postgres.dsn_for(database)
        _seed(dsn, openbao)
        ports = {name: servers.free_port() for name in _PORTS}
        values = {
            "REDIS_SOCKET": str(valkey.socket),
            "POSTGRES_HOST": str(postgres.engine.sockets),
            "POSTGRES_DB": database,
            "VAULT_ADDR": openbao.address,
            "VAULT_TOKEN": openbao.root_token,
            "MOOG_WEBHOOK_URL": f"http://127.0.0.1:{simulator.port}/webhook",
            "MUTT_STATE_DIR": str(folder / "state"),
            "POD_NAME": "pod-1",
            "INGEST_MAX_RATE": "1000000",
            "RATE_LIMIT_MAX_REQUESTS": "1000000",
            **{name: str(port) for name, port in ports.items()},
            **settings,
        }
        file = folder / "mutt.env"
        file.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
        keep = {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "TZ") if name in os.environ}
        environment = keep | {
            "MUTT_ENV_FILE": str(file), "PYTHONPATH": str(SOURCE_TREE), "MUTT_STATE_DIR": str(folder / "state"),
        }  # fmt: skip
        made = Stack(folder, valkey, openbao, dsn, simulator, environment, ports)
        try:
            yield made
        finally:
            made.stop()


_PORTS = (
    "INGESTOR_PORT", "METRICS_PORT", "ALERTER_HEALTH_PORT", "ALERTER_METRICS_PORT", "MOOG_FORWARDER_HEALTH_PORT",
    "MOOG_FORWARDER_METRICS_PORT", "HEALTH_PORT_REMEDIATION", "METRICS_PORT_REMEDIATION", "WEBUI_PORT",
)  # fmt: skip


_PORT_PREFIX = {"alerter": "ALERTER_", "forwarder": "MOOG_FORWARDER_"}


def _seed(dsn: str, openbao: DevOpenBao) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        migrate(conn)
        for name, pattern, severity, priority in RULES:
            columns = "rule_name, pattern, severity, priority, enabled"
            values = (name, pattern, severity, priority)
            conn.execute(f"INSERT INTO alert_rules ({columns}) VALUES (%s, %s, %s, %s, true)", values)  # noqa: S608
    vault = hvac.Client(url=openbao.address, token=openbao.root_token)
    vault.secrets.kv.v2.create_or_update_secret(path="mutt/prod", secret=SECRETS)


def received_ids(stack: Stack) -> list[str]:
    """Event ids in the order in which the simulator recorded them, read from its own file.

    A line without its end is being written at this moment.
    """
    path = stack.folder / "received.jsonl"
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    return [json.loads(line)["payload"]["custom_info"]["event_id"] for line in lines if line]
