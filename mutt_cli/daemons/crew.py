"""The processes of one alerter or forwarder daemon: its workers, what works beside them, and one that tells of them.

Worker 1 has the daemon's own name, worker k is `<name>.k` (architecture.md section 3); each has a lease, connections
and a Vault session of its own, so that one that is killed is replaced without the others noticing. The parent forks
and supervises and has no threads (prefork.py). `/health` says yes while every process is ready; `/metrics` has totals.
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
    from mutt_cli.daemons.probe import Health
    from mutt_cli.daemons.runtime import Runtime

    Announce = Callable[[Callable[[], bool]], None]

HOST: Final = "0.0.0.0"  # noqa: S104 - C-12: health and metrics are asked from other hosts
STOP_S: Final = 38.0
"""How long processes may take to leave (contradictions.md C-88); who is left is killed before systemd's 45 s end."""


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
        names = worker_names(self.runtime.pod, self.workers)
        numbers = {name: number for number, name in enumerate((*names, *self.beside), start=1)}
        board = Board(len(numbers))
        desk = Desk(shared, board, numbers, bound)
        jobs = {name: partial(self._work, name, desk) for name in names}
        jobs |= {name: partial(self._work_beside, name, desk) for name in self.beside}
        jobs["exporter"] = partial(self._export, names, desk)
        self.runtime.log.info("%s: %d workers: %s", self.service, self.workers, ", ".join(names))
        return Prefork(self.runtime.log, jobs, STOP_S, ended=desk.ended, stopping=bound.close).run()

    def _begin(self, name: str, pod: str, desk: Desk) -> Runtime:
        """In a new process: signals, connections and a Vault session that nobody shares, and its place at the desk."""
        desk.health.close()  # the exporter's alone: once it has left, a checker is refused and does not wait
        runtime = self.runtime.forked(pod)
        logs.setup(runtime.settings.log, runtime.service, name if name == pod else f"{pod}.{name}")
        runtime.listen_to_signals()
        self.follow_secrets(runtime)
        desk.shared.join(desk.numbers[name])
        return runtime

    def _work(self, name: str, desk: Desk) -> int:
        runtime = self._begin(name, name, desk)
        runtime.follow_settings()
        self.work(runtime, partial(desk.announce, name, runtime))
        return runtime.end()

    def _work_beside(self, name: str, desk: Desk) -> int:
        runtime = self._begin(name, self.runtime.pod, desk)
        desk.announce(name, runtime, lambda: True)
        self.beside[name](runtime)
        return int(runtime.failed)

    def _export(self, names: Sequence[str], desk: Desk) -> int:
        runtime = self.runtime.forked(self.runtime.pod)
        runtime.listen_to_signals()
        runtime.secret_watch.start()  # for what Redis wants, when it wants it

        def health() -> Health:
            return {"status": "healthy" if desk.board.all_ready() else "unhealthy"}

        serve_on(desk.health, {"/health": health_page(health)})
        if runtime.settings.platform.prometheus_enabled:
            read = self.gauges(runtime, names)
            keep_serving(
                runtime, HOST, self.metrics.number, self.metrics.setting,
                lambda: page(self.service, desk.shared.samples(), read()),
            )  # fmt: skip
        runtime.stop.wait()
        return int(runtime.failed)


@dataclass(frozen=True)
class Desk:
    """What the processes of one daemon have in common; made before the fork."""

    shared: Shared
    board: Board
    numbers: Mapping[str, int]
    """Of each worker and of what works beside them, by the name of its process."""
    health: socket.socket

    def announce(self, name: str, runtime: Runtime, ready: Callable[[], bool]) -> None:
        """Let the others know from now on whether the process of this name is ready."""
        runtime.spawn("readiness", partial(self.board.keep_telling, self.numbers[name], ready, runtime.stop))

    def ended(self, name: str) -> None:
        """For the parent: the process of this name is gone, and no longer ready, whatever it said last."""
        if name in self.numbers:
            self.board.tell(self.numbers[name], ready=False)


def worker_names(name: str, workers: int) -> tuple[str, ...]:
    """The first worker has the daemon's own name, so that one worker looks to operators as it always did."""
    return (name, *(f"{name}.{number}" for number in range(2, workers + 1)))
