"""The processes of one alerter or forwarder daemon: its workers, what works beside them, and one that tells of them.

Worker 1 has the daemon's own name, worker k is `<name>.k` (architecture.md section 3); each has a lease, connections
and a Vault session of its own, so that one that is killed is replaced without the others noticing. The parent forks
and supervises and has no threads (prefork.py). `/health` says yes while every worker is ready; `/metrics` has totals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import logs
from mutt_cli.adapters.metrics import Shared, page
from mutt_cli.daemons.metrics_port import keep_serving
from mutt_cli.daemons.prefork import Prefork, listening_socket
from mutt_cli.daemons.probe import health_page, serve_on
from mutt_cli.daemons.readiness import Board

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence

    from mutt_cli.core.metrics import Service
    from mutt_cli.daemons.runtime import Runtime

    Announce = Callable[[Callable[[], bool]], None]

HOST: Final = "0.0.0.0"  # noqa: S104 - C-12: health and metrics are asked from other hosts
STOP_S: Final = 40.0
"""How long a stop may take (contradictions.md C-88)."""


@dataclass(frozen=True)
class Port:
    """A port and the setting that names it."""

    number: int
    setting: str


@dataclass(frozen=True)
class Crew:
    """What one daemon is made of; `run` returns when it has stopped."""

    runtime: Runtime
    service: Service
    workers: int
    health: Port
    metrics: Port
    work: Callable[[Runtime, Announce], None]
    """One worker until it is told to stop. It is handed the way to say when it is ready: a function to be asked."""
    gauges: Callable[[Runtime, Sequence[str]], Callable[[], Mapping[str, float]]]
    """For the names of all workers: what to read when somebody scrapes."""
    follow_secrets: Callable[[Runtime], None]
    """Makes one process learn of secrets that change in Vault."""
    beside: Mapping[str, Callable[[Runtime], None]] = field(default_factory=dict)
    """Further processes, by name: each runs until it is told to stop."""

    def run(self) -> int:
        """Supervise until SIGTERM; the exit code. Raises MuttError if a port is taken or a worker cannot go on."""
        bound = listening_socket(HOST, self.health.number, self.health.setting)
        # The port is ours, so no other daemon of this service counts in this folder.
        shared = Shared(self.runtime.state_dir / "metrics" / f"{self.service}-{self.health.number}")
        shared.prepare()
        board, names = Board(self.workers), worker_names(self.runtime.pod, self.workers)
        jobs = {name: partial(self._work, name, n, shared, board) for n, name in enumerate(names, start=1)}
        jobs |= {name: partial(self._work_beside, name) for name in self.beside}
        jobs["exporter"] = partial(self._export, names, bound, shared, board)
        self.runtime.log.info("%s: %d workers: %s", self.service, self.workers, ", ".join(names))
        return Prefork(self.runtime.log, dict(jobs), STOP_S).run()

    def _begin(self, name: str) -> Runtime:
        """In a new process: signals, and connections and a Vault session that nobody shares."""
        runtime = self.runtime.forked(name)
        logs.setup(runtime.settings.log, runtime.service, name)
        runtime.listen_to_signals()
        self.follow_secrets(runtime)
        return runtime

    def _work(self, name: str, number: int, shared: Shared, board: Board) -> int:
        runtime = self._begin(name)
        runtime.follow_settings()
        shared.join(number)

        def announce(ready: Callable[[], bool]) -> None:
            runtime.spawn("readiness", partial(board.keep_telling, number, ready, runtime.stop))

        self.work(runtime, announce)
        return int(runtime.failed)

    def _work_beside(self, name: str) -> int:
        runtime = self._begin(self.runtime.pod)
        self.beside[name](runtime)
        return int(runtime.failed)

    def _export(self, names: Sequence[str], bound: socket.socket, shared: Shared, board: Board) -> int:
        runtime = self.runtime.forked(self.runtime.pod)
        runtime.listen_to_signals()
        runtime.secret_watch.start()  # for what Redis wants, when it wants it
        serve_on(bound, {"/health": health_page(lambda: {"status": "healthy" if board.all_ready() else "unhealthy"})})
        if runtime.settings.platform.prometheus_enabled:
            read = self.gauges(runtime, names)
            keep_serving(
                runtime, HOST, self.metrics.number, self.metrics.setting,
                lambda: page(self.service, shared.samples(), read()),
            )  # fmt: skip
        runtime.stop.wait()
        return int(runtime.failed)


def worker_names(name: str, workers: int) -> tuple[str, ...]:
    """The first worker has the daemon's own name, so that one worker looks to operators as it always did."""
    return (name, *(f"{name}.{number}" for number in range(2, workers + 1)))
