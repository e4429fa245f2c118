"""One deployment, driven through everything that has a documented line or number (contract.md 5 and 8).

Steps (`letter_steps.py`) bring events about, one after the other; rows (`letter_rows.py`) say which line or number each
must leave. What a row missed is noted and the next step goes on, so that one run tells all that is wrong. Rows are
judged while the daemons run, tests read the notes.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import httpx
import hvac

from mutt_cli.daemons.behaviour import Behaviour
from mutt_cli.keys import Keys
from mutt_cli.settings import BY_DYNAMIC
from tests import plain_http, servers
from tests.stack import API_KEY, SECRETS, Stack, eventually, running_stack

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.acceptance.letter_http import Http
    from tests.servers import PostgresServer

SERVICES: Final = ("ingestor", "alerter", "forwarder", "remediation", "webui")
PORTS: Final = {
    "ingestor": "METRICS_PORT", "alerter": "ALERTER_METRICS_PORT", "forwarder": "MOOG_FORWARDER_METRICS_PORT",
    "remediation": "METRICS_PORT_REMEDIATION", "webui": "WEBUI_PORT",
}  # fmt: skip
CANARIES: Final = {
    **SECRETS, "DB_PASS": "canary-of-the-database", "MOOG_API_KEY": "canary-for-moogsoft",
    "REDIS_PASS_NEXT": "canary-of-redis",
}  # fmt: skip
URL_CANARY: Final = "canary-in-the-address"
GUESS: Final = "canary-somebody-guessed"
VAULT_PATH: Final = "mutt/letter"
SETTINGS: Final = {
    "VAULT_SECRET_PATH": VAULT_PATH, "VAULT_RENEW_CHECK_INTERVAL": "1", "DEDUPE_WINDOW": "0", "JANITOR_INTERVAL": "1",
    "UNHANDLED_THRESHOLD": "5", "REMEDIATION_INTERVAL": "1", "MAX_POISON_RETRIES": "1", "MOOG_TIMEOUT": "1",
    "RETRY_INITIAL_DELAY": "0.05", "RETRY_MAX_DELAY": "0.1", "RETRY_MAX_ATTEMPTS": "3",
    "CIRCUIT_BREAKER_THRESHOLD": "1000", "CIRCUIT_BREAKER_TIMEOUT": "1",
}  # fmt: skip
STARTED: Final = SETTINGS | {"INGEST_MAX_RATE": "1000000", "RATE_LIMIT_MAX_REQUESTS": "1000000"}
"""With those of the stack that steps change."""
WAIT_S: Final = 15.0
PATIENCE_S: Final = 60.0
"""How long all that is missing may be waited for: then nothing more is tried, and what is known is told in time."""
KEYS: Final = Keys()


@dataclass(frozen=True)
class Line:
    """A line that a process must write because of a step. `pattern` is the guide's search."""

    label: str
    pattern: str
    when: str
    source: str
    last: int = 0
    """Among how many last lines it must be; 0: among all since the step began."""

    @property
    def name(self) -> str:
        return f"{self.label}: {self.pattern} when {self.when}"

    def shown(self, text: str) -> str:
        """What the guide's command would look at."""
        return "\n".join(text.splitlines()[-self.last :]) if self.last else text


@dataclass(frozen=True)
class Count:
    """A number that must grow because of a step."""

    service: str
    series: str
    when: str

    @property
    def name(self) -> str:
        return f"{self.series} when {self.when}"


Row = Line | Count


@dataclass
class Letter:
    """What runs, and what was noted about it."""

    stack: Stack
    vault: DevOpenBao
    postgres: PostgresServer
    missed: dict[str, str] = field(default_factory=dict)
    """Name of a row to what was seen instead of it; empty if it was met."""
    first_pages: dict[str, str] = field(default_factory=dict)
    """Each service's metrics before anything happened."""
    logs: dict[str, str] = field(default_factory=dict)
    """Each process's standard error, when all is over."""
    files: dict[str, str] = field(default_factory=dict)
    """What lies in LOG_DIR, by file name, when all is over."""
    quiet_alerter: str = ""
    """The alerter's log before anything went wrong."""
    _sent: int = 0
    _patience_s: float = PATIENCE_S
    _began: dict[str, int] = field(default_factory=dict)

    # What steps do.

    def event(self, message: str = "%LINK-3-UPDOWN: Gi0/1 changed to down", **more: str) -> None:
        """Send an event of a host of its own; the message matches a rule unless the step says otherwise."""
        self._sent += 1
        self.stack.send({"hostname": f"host{self._sent}", "message": message, **more})

    def post(self, **request: object) -> int:
        """Post to the ingestor, with its key unless the step says otherwise; the status."""
        given = {"headers": {"X-API-Key": API_KEY}, **request}
        return plain_http.post(f"{self.stack.ingest_url}/ingest", timeout=10, **given).status_code  # type: ignore[arg-type]

    def web(self, method: str, path: str, key: str = SECRETS["WEBUI_API_KEY"], **more: object) -> httpx.Response:
        """Ask the web UI."""
        url = f"{self.stack.webui_url}{path}"
        return plain_http.request(method, url, headers={"X-API-Key": key}, timeout=15, **more)  # type: ignore[arg-type]

    def moogsoft(self, **how: object) -> None:
        """Let the simulator behave like this from now on; healthy without a word."""
        self.stack.simulator.behave(Behaviour(**how))  # type: ignore[arg-type]

    def set(self, name: str, value: object) -> None:
        """Set a dynamic key as an operator's hand does, and wait until the services that use it say so."""
        services, client = BY_DYNAMIC[name].services, self.stack.redis
        before = {one: self.stack.log(one).count(f"config: {name} ") for one in services}
        client.set(KEYS.config(name), str(value))
        client.publish(KEYS.config_updates, name)
        for one, count in before.items():
            eventually(partial(self._noticed, one, name, count), f"{one} has noticed {name}")

    def configured(self, name: str) -> object:
        """What the daemons were started with."""
        declaration = BY_DYNAMIC[name]
        return STARTED.get(declaration.env, declaration.default)

    def _noticed(self, service: str, name: str, before: int) -> bool:
        return self.stack.log(service).count(f"config: {name} ") > before

    def signal(self, service: str, number: signal.Signals) -> None:
        """Send a signal to every process of a daemon, as systemd does."""
        self.stack.daemons[service].signal(number)

    def new(self, label: str) -> str:
        """What a process has written since this step began."""
        return self.stack.log(label)[self._began.get(label, 0) :]

    def page(self, service: str) -> str:
        """Its metrics; empty while it does not answer."""
        try:
            return plain_http.get(f"http://127.0.0.1:{self.stack.ports[PORTS[service]]}/metrics", timeout=5).text
        except httpx.HTTPError:
            return ""

    def number(self, service: str, series: str) -> float:
        """One number of its metrics; -1 while it is not there."""
        found = [line for line in self.page(service).splitlines() if line.startswith(f"{series} ")]
        return float(found[0].rpartition(" ")[2]) if found else -1.0

    # How a step is judged.

    def take(self, name: str, does: Callable[[Letter], None], lines: list[Line], counts: list[Count]) -> None:
        """One step, then its rows."""
        self._began = {label: len(self.stack.log(label)) for label in self.stack.daemons}
        rows: list[Row] = [*lines, *counts]
        before = {row: self.number(row.service, row.series) for row in counts}
        began = time.monotonic()
        try:
            if self._patience_s <= 0:
                raise TimeoutError("not tried: too much is missing already")  # noqa: TRY301 - noted like any failure
            does(self)
        except Exception as error:  # noqa: BLE001 - noted with the step's rows; the other steps still tell something
            self.missed |= {row.name: f"step {name!r} failed: {error}" for row in rows}
            self.missed[f"step {name}"] = str(error)
            self._patience_s -= time.monotonic() - began
            return
        self.missed |= {row.name: "" for row in rows}
        began = time.monotonic()
        ends = began + min(WAIT_S, self._patience_s)
        while rows and time.monotonic() < ends:
            rows = [row for row in rows if not self._met(row, before)]
            time.sleep(0.05 if rows else 0)
        self.missed |= {row.name: self._seen(row, before) for row in rows}
        self._patience_s -= time.monotonic() - began if rows else 0.0

    def _met(self, row: Row, before: dict[Count, float]) -> bool:
        if isinstance(row, Count):
            return self.number(row.service, row.series) > before[row]
        return re.search(row.pattern, row.shown(self.new(row.label))) is not None

    def _seen(self, row: Row, before: dict[Count, float]) -> str:
        if isinstance(row, Count):
            return f"{row.series} stayed at {before[row]:g}"
        return f"no line like {row.pattern} in:\n{self.new(row.label)[-3000:]}"

    def ask(self, rows: Iterable[Http], *, until_s: float = 0.0) -> None:
        """Ask each, again for `until_s` seconds while the answer is another."""
        ends = time.monotonic() + until_s
        for row in rows:
            self.missed[row.name] = row.asked(self.stack.ports)
            while self.missed[row.name] and time.monotonic() < ends:
                time.sleep(0.05)
                self.missed[row.name] = row.asked(self.stack.ports)

    def rotate(self, folder: Path) -> None:
        """What logrotate's `create` does."""
        for path in sorted(folder.glob("*.log")):
            path.rename(path.with_suffix(".log.1"))
            path.touch(mode=0o640)


@contextmanager
def letter_stack(postgres: PostgresServer) -> Iterator[Letter]:
    """A stack without daemons yet, with a Vault of its own whose secrets appear nowhere else."""
    with servers.openbao_server() as vault, running_stack(postgres, vault, **SETTINGS) as stack:
        client = hvac.Client(url=vault.address, token=vault.root_token)
        client.secrets.kv.v2.create_or_update_secret(path=VAULT_PATH, secret=CANARIES)
        logs = stack.folder / "logs"
        logs.mkdir()
        webhook = f"http://127.0.0.1:{stack.simulator.port}/webhook?token={URL_CANARY}"
        stack.environment |= {"LOG_DIR": str(logs), "MOOG_WEBHOOK_URL": webhook}
        yield Letter(stack, vault, postgres)
