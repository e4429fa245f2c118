"""`mutt health -o prometheus`: metrics for node_exporter's textfile collector (ux.md 7.7).

Help texts never change, and no sample has a timestamp: node_exporter refuses the whole file otherwise. Labels hold
names of ours alone, never text from outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.health.check import CODES
from mutt_cli.core.health.ranges import number
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mutt_cli.core.health.check import HealthCheck, State
    from mutt_cli.core.snapshot import QueueState
    from mutt_cli.ops.health import Health

_HELP: Final = {
    "status": "Result of mutt health: 0 ok, 1 warning, 2 critical, 3 unknown.",
    "check_status": "Result of one check: 0 ok, 1 warning, 2 critical, 3 unknown.",
    "queue_depth": "Messages waiting in a queue.",
    "queue_oldest_age_seconds": "Age of the oldest message in a queue.",
    "maintenance_active": "1 while a maintenance window covers this deployment.",
    "last_run_timestamp_seconds": "Unix time at which mutt health last finished.",
    "run_duration_seconds": "How long mutt health took.",
}
_Sample = tuple[dict[str, str], float]


def textfile(found: Health | None, context: str, at_s: float) -> str:
    """The whole file. None: nothing could be executed, which is written as well, as status 3."""
    state: State = found.state if found is not None else "unknown"
    queues = found.queues if found is not None else ()
    checks = found.checks if found is not None else ()
    ages = [({"queue": one.name}, one.age_s) for one in queues if one.age_s is not None]
    samples: Mapping[str, Sequence[_Sample]] = {
        "status": [({}, CODES[state])],
        "check_status": list(_checks(checks)),
        "queue_depth": list(_depths(queues)),
        "queue_oldest_age_seconds": ages,
        "maintenance_active": [({}, 1.0 if found is not None and found.window is not None else 0.0)],
        "last_run_timestamp_seconds": [({}, at_s)],
        "run_duration_seconds": [({}, round(found.took_s, 3) if found is not None else 0.0)],
    }
    return "".join(line for name, own in samples.items() for line in _family(name, own, context))


def _checks(checks: Iterable[HealthCheck]) -> Iterator[_Sample]:
    for one in checks:
        if one.state != "skipped":
            yield {"check": one.id}, CODES[one.state]


def _depths(queues: Iterable[QueueState]) -> Iterator[_Sample]:
    """Of the queues that are always there: lists of workers come and go, and with them their series."""
    for one in queues:
        if not one.name.startswith("inflight-"):
            yield {"queue": one.name}, float(one.depth)


def _family(name: str, samples: Sequence[_Sample], context: str) -> Iterator[str]:
    if not samples:
        return
    full = f"mutt_health_{name}"
    yield f"# HELP {full} {_HELP[name]}\n# TYPE {full} gauge\n"
    for labels, value in samples:
        own = ",".join(f'{key}="{_label(text)}"' for key, text in sorted({**labels, "context": context}.items()))
        yield f"{full}{{{own}}} {number(value)}\n"


def _label(text: str) -> str:
    return safe(text).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
