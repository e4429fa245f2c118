"""The processes of the five services, from three witnesses: leases, readers of settings, and health pages of this host.

Each sees something else. A lease outlives a killed worker for a while, so of a worker of this host the kernel is asked
whether its process is there. A page says what a lease cannot: that a process lives and does not work. Processes of
other hosts are known by what they write into Redis alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import host
from mutt_cli.core.pipeline import WORKER_STAGES
from mutt_cli.core.snapshot import SERVICES, Instance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mutt_cli.adapters.dynamic_store import Reader
    from mutt_cli.adapters.health_probe import Answer
    from mutt_cli.adapters.lease import Heartbeat
    from mutt_cli.adapters.queue_reading import Worker
    from mutt_cli.settings import Settings

LATE_BEAT_S: Final = 15.0
"""Workers beat every 10 s: one that is later than this does not work, whatever its lease says."""
_LEASED: Final = frozenset(stage.name for stage in WORKER_STAGES.values())
_WORDS: Final = {
    "gone": "its process is gone; what it held is freed when its lease ends",
    "stopped": "its process is stopped (SIGSTOP, a debugger, a frozen cgroup)",
}


def pages(settings: Settings) -> Mapping[str, tuple[str, int]]:
    """Host and port of each service's health page on this host."""
    return {
        "ingestor": (settings.ingest.host, settings.ingest.port),
        "alerter": ("", settings.alerter.health_port),
        "forwarder": ("", settings.forwarder.health_port),
        "remediation": ("", settings.remediation.health_port),
        "webui": (settings.webui.host, settings.webui.port),
    }


def instances(
    answers: Mapping[str, Answer], workers: Sequence[Worker] = (), readers: Sequence[Reader] = (), lease_s: float = 30.0
) -> tuple[Instance, ...]:
    """Every process that is known of, in the order of an event's way. Without Redis only the pages tell."""
    found: list[Instance] = []
    for service in SERVICES:
        answer = answers.get(service)
        own = [one for one in readers if one.service == service]
        if service in _LEASED and workers:
            of_service = [one for one in workers if WORKER_STAGES[one.role].name == service]
            found += _leased(service, of_service, answer, lease_s) or _by_page(service, answer, own)
        else:
            found += _by_page(service, answer, own)
    return tuple(found)


def by_pages_alone(answers: Mapping[str, Answer]) -> tuple[Instance, ...]:
    """Those of this host that answer, where Redis does not tell of any; who does not answer may be on other hosts."""
    found = []
    for service, answer in answers.items():
        if answer is not None and (answer.status or answer.silent):
            found += list(_by_page(service, answer, ()))
    return tuple(found)


def _leased(service: str, workers: Sequence[Worker], answer: Answer | None, lease_s: float) -> list[Instance]:
    here = {_daemon(one.pod) for one in workers if one.heartbeat is not None and _is_here(one.heartbeat)}
    # Only where one daemon of the service runs here is it clear whose page that is.
    said = answer.detail or f"its page answers {answer.status}" if answer and _is_ill(answer) and len(here) == 1 else ""
    asleep = answer.detail if answer and answer.silent and not here and len(workers) == 1 else ""
    if asleep:  # its lease has ended, and somebody holds its port: it is not gone
        return [Instance(service, workers[0].pod, "unhealthy", "", asleep, in_hand=workers[0].in_hand)]
    return [_worker(service, one, said, lease_s) for one in sorted(workers, key=lambda one: one.pod)]


def _worker(service: str, worker: Worker, page: str, lease_s: float) -> Instance:
    beat = worker.heartbeat
    if beat is None:
        return Instance(service, worker.pod, "down", "", "no heartbeat", in_hand=worker.in_hand)
    state, detail = "ok", beat.status
    process = host.process_state(beat.pid, beat.pid_namespace) if _is_here(beat) else ""
    silent = lease_s - worker.lease_left_s if worker.lease_left_s is not None else 0.0
    if process in _WORDS:
        state, detail = ("down" if process == "gone" else "unhealthy"), _WORDS[process]
    elif silent > LATE_BEAT_S:
        state, detail = "unhealthy", f"it was last heard of {silent:.0f} s ago"
    elif page and _is_here(beat):
        state, detail = "unhealthy", page
    return Instance(
        service, worker.pod, state, beat.host, detail, beat.pid, beat.started_at, beat.version, worker.in_hand
    )


def _by_page(service: str, answer: Answer | None, readers: Sequence[Reader]) -> Iterable[Instance]:
    """The daemon of this host by its page, and those of other hosts by what they say in Redis."""
    name = host.hostname()
    elsewhere = {one.pod or one.name: one for one in readers if one.host != name}
    there = [Instance(service, pod, "ok", one.host, "", one.pid) for pod, one in sorted(elsewhere.items())]
    listed = any(one.host == name for one in readers)
    if answer is None:
        told = Instance(service, service, "down", "", "its health page does not answer")
        return [told, *there] if listed or not there else there
    if answer.status or answer.silent:
        state = "ok" if answer.healthy else "unhealthy"
        return [Instance(service, answer.address, state, answer.address, answer.detail), *there]
    if there and not listed:
        return there
    return [Instance(service, answer.address, "down", answer.address, answer.detail), *there]


def _is_ill(answer: Answer) -> bool:
    return answer.silent or answer.status not in {0, 200}


def _is_here(beat: Heartbeat) -> bool:
    return beat.boot_id == host.boot_id() != "" and beat.host == host.hostname()


def _daemon(pod: str) -> str:
    """Worker k of a daemon is `<POD_NAME>.k` (architecture.md section 3)."""
    base, _, number = pod.rpartition(".")
    return base if base and number.isdigit() else pod
