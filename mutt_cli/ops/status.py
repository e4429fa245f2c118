"""How the deployment is, on one screen: back ends, services, queues, ledger, breaker.

What cannot be reached is a value with its reason: the screen can always be drawn, within a few seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import breaker as breakers
from mutt_cli.adapters import health_probe, ledger, maintenance, queue_reading, redis_client
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.core import pipeline
from mutt_cli.core import status as verdicts
from mutt_cli.core.pipeline import WORKER_STAGES
from mutt_cli.errors import MuttError
from mutt_cli.ops import queues
from mutt_cli.ops.backends import CALL_TIMEOUT_S
from mutt_cli.ops.gather import LATE, together
from mutt_cli.ops.reconcile import measure
from mutt_cli.ops.switches import BREAKER, INTAKE, switched_off

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mutt_cli.adapters.breaker import Breaker
    from mutt_cli.adapters.ledger import Reading
    from mutt_cli.adapters.maintenance import Window
    from mutt_cli.adapters.queue_reading import Worker
    from mutt_cli.core.status import Finding, State
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.queues import QueueState
    from mutt_cli.ops.switches import Off

SERVICES: Final = ("ingestor", "alerter", "forwarder", "remediation", "webui")
_GRACE_S: Final = 1.0
"""Beyond the bound of a call: loading drivers, a busy host."""


@dataclass(frozen=True)
class BackendState:
    """One back end: whether it answered, where it is, and what it said or why not."""

    name: str
    state: str
    """`ok`, `error` or `off` (not configured)."""
    address: str
    detail: str
    milliseconds: float | None


@dataclass(frozen=True)
class Instance:
    """One process of a service. `state`: ok, unhealthy, or down."""

    service: str
    name: str
    state: str
    address: str
    detail: str
    pid: int | None = None
    since: str = ""
    version: str = ""
    in_hand: int | None = None


@dataclass(frozen=True)
class Status:
    """Everything on the screen. Without Redis there are no queues, no reading and no breaker."""

    findings: tuple[Finding, ...]
    backends: tuple[BackendState, ...]
    services: tuple[Instance, ...]
    queues: tuple[QueueState, ...]
    reading: Reading | None
    breaker: Breaker | None
    off: tuple[Off, ...] = ()
    """What people switched off."""
    windows: tuple[Window, ...] = ()
    """Open maintenance windows."""
    at_ms: int = 0

    @property
    def state(self) -> State:
        """The worst finding."""
        return verdicts.verdict(self.findings)


def status(backends: Backends) -> Status:
    """Read everything, back ends and health pages in parallel, each bounded by two seconds."""
    settings = backends.settings
    pages = {
        "ingestor": (settings.ingest.host, settings.ingest.port),
        "remediation": ("", settings.remediation.health_port),
        "webui": (settings.webui.host, settings.webui.port),
    }
    tasks: dict[str, Callable[[], Any]] = {
        "redis": lambda: _redis(backends),
        "db": lambda: _database(backends),
        "vault": lambda: _vault(backends),
        **{name: partial(health_probe.ask, *place, CALL_TIMEOUT_S) for name, place in pages.items()},
    }
    answers = _answers(tasks, backends)
    reached = tuple(answers[name] or _silent(backends, name) for name in ("redis", "db", "vault"))
    probed = tuple(_probed(name, *pages[name], answers[name]) for name in pages)
    if reached[0].state != "ok":
        return Status(_judge(reached, probed, None, None, None), reached, probed, (), None, None)
    try:
        return _with_redis(backends, reached, probed)
    except MuttError as error:  # it went away in between
        lost = (BackendState("redis", "error", reached[0].address, error.message, None), *reached[1:])
        return Status(_judge(lost, probed, None, None, None), lost, probed, (), None, None)


def _with_redis(backends: Backends, reached: tuple[BackendState, ...], probed: tuple[Instance, ...]) -> Status:
    client, keys = backends.redis(), backends.keys
    workers = queue_reading.workers(client, keys, ledger.workers(client, keys))
    reading, breaker = measure(backends), breakers.read(client, keys)
    known = tuple(queues.states(backends, workers))
    services = sorted((*probed, *map(_worker, workers)), key=lambda one: (SERVICES.index(one.service), one.name))
    waiting = _waiting(known, remediation=queue_reading.remediation_runs(client, keys))
    off = switched_off(backends)
    found = _judge(reached, probed, workers, reading, breaker, waiting=waiting, off=off)
    windows, now = maintenance.read(client, keys)
    open_ones = tuple(one for one in windows if one.open(now))
    return Status(found, reached, tuple(services), known, reading, breaker, off, open_ones, now)


def _needs_a_person(one: QueueState) -> bool:
    return one.depth > 0 and one.drained_by == (pipeline.OPERATOR,)


def _waiting(known: Sequence[QueueState], *, remediation: bool) -> verdicts.Waiting:
    by_name = {one.name: one for one in known}
    alerts = by_name[pipeline.ALERT]
    return verdicts.Waiting(
        limited=alerts.depth if alerts.held_by else 0,
        limit=alerts.held_by,
        set_aside=by_name[pipeline.DLQ_ALERTER].depth + by_name[pipeline.DLQ_MOOG].depth,
        remediation=remediation,
        by_hand=tuple((one.meaning, one.name, one.depth) for one in known if _needs_a_person(one)),
    )


def _judge(
    reached: Sequence[BackendState],
    probed: Sequence[Instance],
    workers: Sequence[Worker] | None,
    reading: Reading | None,
    breaker: Breaker | None,
    *,
    waiting: verdicts.Waiting | None = None,
    off: Sequence[Off] = (),
) -> tuple[Finding, ...]:
    state = {one.name: one.state for one in reached}

    def alive(role: str) -> int | None:
        if workers is None:
            return None
        return sum(one.role == role and one.heartbeat is not None for one in workers)

    facts = verdicts.Facts(
        redis=state["redis"] == "ok",
        database=state["db"] == "ok",
        vault=None if state["vault"] == "off" else state["vault"] == "ok",
        ingestor=any(one.service == "ingestor" and one.state == "ok" for one in probed),
        alerters=alive("alerter"),
        forwarders=alive("moog"),
        remainder=reading.balance.remainder if reading else None,
        breaker=breaker.state if breaker else None,
        waiting=waiting or verdicts.Waiting(),
        switched_off=tuple(one.text for one in off),
        stopped=any(one.what.partition("/")[0] == INTAKE for one in off),
        tripped=any(one.what == BREAKER for one in off),
    )
    return verdicts.findings(facts)


def _redis(backends: Backends) -> BackendState:
    def ask() -> str:
        with redis_client.failures_named():
            info = backends.redis().info("server")
        name = "Valkey" if info.get("server_name") == "valkey" else "Redis"
        return f"{name} {info.get('valkey_version') or info.get('redis_version') or ''}".strip()

    return _timed("redis", _address(backends, "redis"), ask)


def _database(backends: Backends) -> BackendState:
    def ask() -> str:
        try:
            row = backends.postgres().execute("SHOW server_version").fetchone()
        except DatabaseError as error:
            raise explain(error, backends.settings.postgres) from error
        return f"PostgreSQL {row[0]}" if row else "PostgreSQL"

    return _timed("db", _address(backends, "db"), ask)


def _vault(backends: Backends) -> BackendState:
    if not backends.settings.vault.addr:
        return BackendState("vault", "off", "", "VAULT_ADDR is not set", None)

    def ask() -> str:
        from mutt_cli.adapters.vault import VaultSession  # noqa: PLC0415  its library takes 0.14 s to load

        VaultSession(backends.settings.vault).check_health()
        return "unsealed"

    return _timed("vault", _address(backends, "vault"), ask)


def _timed(name: str, address: str, ask: Callable[[], str]) -> BackendState:
    began = boottime_s()
    try:
        detail = ask()
    except MuttError as error:
        return BackendState(name, "error", address, error.message, None)
    return BackendState(name, "ok", address, detail, round((boottime_s() - began) * 1000, 1))


def _silent(backends: Backends, name: str) -> BackendState:
    detail = f"no answer within {CALL_TIMEOUT_S:.0f} s"
    return BackendState(name, "error", _address(backends, name), detail, None)


def _address(backends: Backends, name: str) -> str:
    settings = backends.settings
    if name == "redis":
        return redis_client.address(settings.redis)
    if name == "db":
        return f"{settings.postgres.host}:{settings.postgres.port}/{settings.postgres.db}"
    return settings.vault.addr


def _probed(service: str, host: str, port: int, answer: health_probe.Answer | None) -> Instance:
    if answer is None:
        return Instance(service, f"{host}:{port}", "down", f"{host}:{port}", f"no answer within {CALL_TIMEOUT_S:.0f} s")
    state = "ok" if answer.healthy else "unhealthy" if answer.status else "down"
    return Instance(service, answer.address, state, answer.address, answer.detail)


def _worker(worker: Worker) -> Instance:
    service, beat = WORKER_STAGES[worker.role].name, worker.heartbeat
    if beat is None:
        return Instance(service, worker.pod, "down", "", "no heartbeat", in_hand=worker.in_hand)
    return Instance(
        service, worker.pod, "ok", beat.host, beat.status, beat.pid, beat.started_at, beat.version, worker.in_hand
    )


def _answers(tasks: Mapping[str, Callable[[], Any]], backends: Backends) -> dict[str, Any]:
    """What each task found, None for one that did not end in time. A bug in one is raised, and ends the command."""
    looked = together(tasks, backends.settings, CALL_TIMEOUT_S + _GRACE_S)
    for one in looked.values():
        if one.error is not None and one.error.code != LATE:
            raise one.surprise or one.error
    return {name: one.found for name, one in looked.items()}
