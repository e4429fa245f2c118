"""`mutt up` itself: starts everything in order, starts again what dies, stops everything in reverse order.

All processes are children of the main thread and die with it (`Child`), so killing the supervisor leaves nothing
running; what was accepted is in Redis' append-only file and in PostgreSQL's log by then.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from mutt_cli import __version__
from mutt_cli.adapters import systemd
from mutt_cli.adapters.clock import boottime_s, now_ms, utc_now
from mutt_cli.adapters.engines.log_files import turn_if_large
from mutt_cli.adapters.engines.python import for_account
from mutt_cli.adapters.stop_flag import StopFlag
from mutt_cli.adapters.systemd import UNITS
from mutt_cli.core.moment import rfc3339
from mutt_cli.errors import BUG, EX_CONFIG, EX_USAGE, MuttError, RefusedError
from mutt_cli.ops.platform import layout as layouts
from mutt_cli.ops.platform import record
from mutt_cli.ops.platform.plan import choose_ports
from mutt_cli.ops.platform.progress import step, unfailing
from mutt_cli.ops.platform.restarts import Restarts
from mutt_cli.ops.platform.services import STOP_S, Daemon, end_earlier_daemons
from mutt_cli.ops.platform.stores import Stores, embedded
from mutt_cli.settings import BY_ENV, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mutt_cli.adapters.engines.engine import Engine
    from mutt_cli.ops.platform.plan import Plan
    from mutt_cli.ops.platform.progress import Report
    from mutt_cli.ops.platform.record import Record
    from mutt_cli.ops.platform.services import Service

READY_S: Final = 60.0
"""How long daemons may take until their health pages say yes."""
_LOOK_S: Final = 0.25
_LOG_LOOK_S: Final = 10.0
_HOPELESS: Final = (2, BUG, EX_USAGE, EX_CONFIG)
"""Exit codes that another start will not change."""
_ANY_ADDRESS: Final = ("", "0.0.0.0", "::")  # noqa: S104  compared with, not listened on


class Supervisor:
    """One run of a platform, in the main thread."""

    def __init__(self, plan: Plan, report: Report) -> None:
        self._plan = plan
        self._report = unfailing(report)
        self._stop = StopFlag()
        self._lock = layouts.FolderLock(plan.layout.root)
        self._engines: list[Engine] = []
        self._daemons: list[Daemon] = []
        self._restarts: dict[str, Restarts] = {}

    def run(self, ready: Callable[[Record], None]) -> None:
        """Start, call `ready`, watch until SIGINT, SIGTERM or SIGHUP, stop.

        Raises RefusedError (MUTT-E110 folder in use, MUTT-E112 systemd runs MUTT), MuttError (MUTT-E111 port taken,
        MUTT-E113 a daemon does not become ready) and EngineError; whatever was started is stopped before.
        """
        self._refuse_beside_systemd()
        layouts.make(self._plan.layout)
        self._lock.take()
        with self._signals():
            try:
                self._start(ready)
                self._watch()
            finally:
                self._end()

    def _refuse_beside_systemd(self) -> None:
        if active := systemd.active_units():
            raise RefusedError(
                f"systemd runs MUTT on this machine: {', '.join(active)}",
                code="MUTT-E112",
                why="A second platform beside it would take its ports and confuse its operators.",
                tries=("systemctl status 'mutt-*'", f"systemctl stop {' '.join(UNITS)}", "mutt status"),
            )

    @contextmanager
    def _signals(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = [signal.signal(number, lambda *_: self._stop.set()) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    # Starting.

    def _start(self, ready: Callable[[Record], None]) -> None:
        record.remove(self._plan.layout.root)
        self._end_earlier()
        ports = choose_ports(self._plan)
        stores = Stores(self._plan, ports)
        self._engines = stores.engines
        stores.start(self._report, self._stop.is_set)
        if self._stop.is_set():
            return
        stores.prepare_database(self._report, utc_now().date())
        self._start_daemons(stores.environ, ports)
        if not self._stop.is_set():
            published = self._record(ports)
            record.write(self._plan.layout.root, published)
            ready(published)

    def _end_earlier(self) -> None:
        """After a `kill -9` children may still be ending, or run where the kernel cannot tie them to their parent."""
        if left := end_earlier_daemons(self._plan.layout):
            raise MuttError(f"daemons of an earlier platform do not end: {left}", code="MUTT-E115")
        for engine in embedded(self._plan, {}):
            if engine is not None:
                engine.end_earlier()

    def _start_daemons(self, environ: Mapping[str, str], ports: Mapping[str, int]) -> None:
        python = for_account(self._plan.layout.identity, environ)
        for service in self._plan.services:
            if self._stop.is_set():
                return
            daemon = Daemon(service, self._plan.layout, python, self._host(service), ports[service.ports[0]])
            self._daemons.append(daemon)
            self._report(daemon.name, "start", "", 0.0)
            self._begin(daemon)
        self._await_ready(boottime_s())

    def _await_ready(self, began: float) -> None:
        waiting = list(self._daemons)
        while waiting and not self._stop.is_set():
            for daemon in list(waiting):
                self._restart_if_ended(daemon, hopeless=_HOPELESS)
                if daemon.answers():
                    waiting.remove(daemon)
                    self._report(daemon.name, "ok", f"127.0.0.1:{daemon.port}", boottime_s() - began)
            if waiting and boottime_s() - began > READY_S:
                raise self._not_ready(waiting[0], f"is not ready after {READY_S:.0f} s")
            self._stop.wait(0.05)

    def _host(self, service: Service) -> str:
        host = str(value_of(self._plan.loaded.settings, BY_ENV[service.host])) if service.host else ""
        return "127.0.0.1" if host in _ANY_ADDRESS else host

    def _record(self, ports: Mapping[str, int]) -> Record:
        layout, plan = self._plan.layout, self._plan
        redis = {"redis": str(layout.sockets / "redis.sock")} if plan.embeds_redis else {}
        database = {"db": str(layout.sockets)} if plan.embeds_database else {}
        return record.Record(
            pid=os.getpid(),
            started=rfc3339(now_ms()),
            version=__version__,
            env_file=str(layout.env_file),
            run_as=layout.identity.name,
            ports=dict(ports),
            sockets=redis | database,
            services=[daemon.name for daemon in self._daemons],
            log_dir=str(layout.root / "log"),
        )

    # Running.

    def _watch(self) -> None:
        looked = boottime_s()
        while not self._stop.wait(_LOOK_S):
            watched: list[Engine | Daemon] = [*self._engines, *self._daemons]
            for one in watched:
                self._restart_if_ended(one)
            if boottime_s() - looked > _LOG_LOOK_S:
                looked = boottime_s()
                turn_if_large(self._plan.layout.root / "log")

    def _restart_if_ended(self, one: Engine | Daemon, hopeless: tuple[int, ...] = ()) -> None:
        child = one.child
        code = child.exit_code() if child is not None else 0
        if code is None:
            return
        if child is not None and code in hopeless:
            raise self._not_ready(one, f"ended with exit code {code}")
        now = boottime_s()
        state = self._restarts.setdefault(one.name, Restarts(now))
        if state.due is None:
            state = self._restarts[one.name] = state.ended(now)
            self._report(one.name, "fail", f"ended ({_how(code)}); starting it again in {state.wait:.0f} s", 0.0)
        elif now >= state.due:
            self._begin_again(one)

    def _begin(self, one: Engine | Daemon) -> None:
        one.start()
        self._restarts[one.name] = self._restarts.get(one.name, Restarts(0.0)).begun(boottime_s())

    def _begin_again(self, one: Engine | Daemon) -> None:
        try:
            with step(self._report, one.name, "started again"):
                self._begin(one)
        except MuttError:  # told by the step; the next wait is longer
            self._restarts[one.name] = self._restarts[one.name].ended(boottime_s())

    def _not_ready(self, one: Engine | Daemon, what: str) -> MuttError:
        log = self._plan.layout.log(one.name)
        self._report(one.name, "fail", what, 0.0)
        return MuttError(
            f"{one.name} {what}",
            code="MUTT-E113",
            why=one.child.last_words() if one.child is not None else "",
            tries=(f"tail {log}", "mutt status"),
        )

    # Stopping.

    def _end(self) -> None:
        """Daemons before servers, what stands for the outside after the daemons that send to it."""
        record.remove(self._plan.layout.root)
        for outside in (False, True):
            self._end_daemons([one for one in reversed(self._daemons) if one.service.outside is outside])
        for engine in reversed(self._engines):
            if engine.child is not None:
                with step(self._report, f"stop {engine.name}"):
                    engine.stop()
        self._lock.release()

    def _end_daemons(self, daemons: list[Daemon]) -> None:
        began = boottime_s()
        running = [one for one in daemons if one.child is not None]
        for daemon in running:
            daemon.ask_to_stop()
        for daemon in running:
            with step(self._report, f"stop {daemon.name}") as current:
                patience = max(0.1, STOP_S - (boottime_s() - began))
                if not daemon.end(patience):
                    current.detail = f"killed: it did not end within {STOP_S:.0f} s"


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
