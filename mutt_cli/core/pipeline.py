"""The map of the pipeline as data (architecture.md section 1): stages, queues, and who drains what.

Status, queue names, the ledger's list of places and the check "no dead-letter queue without a drainer" are derived
from these tables, never retyped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mutt_cli.keys import Keys, Role

OPERATOR: Final = "operator"
"""Who drains what waits for a person."""

INGEST: Final = "ingest"
ALERT: Final = "alert"
RETRY: Final = "retry"
DLQ_ALERTER: Final = "dlq-alerter"
DLQ_MOOG: Final = "dlq-moog"
OLD_EVENTS: Final = "dlq-old-events"
DEAD: Final = "dead"
QUARANTINE: Final = "quarantine"


@dataclass(frozen=True)
class Queue:
    """One place where messages wait. Names are those of ux.md 4.1 rule 3."""

    name: str
    key: Callable[[Keys], str]
    meaning: str
    kind: Literal["list", "zset"] = "list"
    in_flight: bool = True
    """Whether the ledger counts it as in flight: all but the dead, and what was never accepted."""
    dead_letters: bool = False
    """Whether what failed ends here, so that somebody must drain it."""
    by_hand: bool = False
    """Whether it waits for a person."""


@dataclass(frozen=True)
class Stage:
    """One service on the way, by the names of its queues."""

    name: str
    consumes: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    """Where what it cannot handle goes."""
    role: Role | None = None
    """The role in the key names of its workers, if it has leased workers."""


QUEUES: Final = (
    Queue(INGEST, lambda keys: keys.ingest_queue, "events waiting for an alerter"),
    Queue(ALERT, lambda keys: keys.alert_queue, "alerts waiting for a forwarder"),
    Queue(RETRY, lambda keys: keys.retry, "alerts waiting for their next try", kind="zset"),
    Queue(DLQ_ALERTER, lambda keys: keys.dlq_alerter, "events set aside or failed in the alerter", dead_letters=True),
    Queue(DLQ_MOOG, lambda keys: keys.dlq_moog, "alerts that could not be forwarded", dead_letters=True),
    Queue(OLD_EVENTS, lambda keys: keys.old_events, "events set aside by hand", dead_letters=True, by_hand=True),
    Queue(DEAD, lambda keys: keys.dead, "poison messages", in_flight=False, dead_letters=True, by_hand=True),
    Queue(
        QUARANTINE, lambda keys: keys.quarantine, "refused items of batches", in_flight=False, dead_letters=True,
        by_hand=True,
    ),
)  # fmt: skip

STAGES: Final = (
    Stage("ingestor", produces=(INGEST,), failures=(QUARANTINE,)),
    Stage("alerter", (INGEST,), (ALERT,), (DLQ_ALERTER, DEAD), role="alerter"),
    Stage("forwarder", (ALERT, RETRY), (), (RETRY, DLQ_MOOG, DEAD), role="moog"),
    Stage("remediation", (DLQ_ALERTER, DLQ_MOOG), (INGEST, ALERT), (DEAD,)),
)

WORKER_STAGES: Final[dict[Role, Stage]] = {stage.role: stage for stage in STAGES if stage.role}


def drainers(name: str, stages: Sequence[Stage] = STAGES, queues: Sequence[Queue] = QUEUES) -> tuple[str, ...]:
    """Who takes messages out of a queue: the stages that consume it, and the operator where a person must."""
    consuming = tuple(stage.name for stage in stages if name in stage.consumes)
    return (*consuming, *(OPERATOR for queue in queues if queue.name == name and queue.by_hand))


def undrained(stages: Sequence[Stage] = STAGES, queues: Sequence[Queue] = QUEUES) -> tuple[str, ...]:
    """Queues where failures end and that nobody drains; must be empty. A name that is no queue counts as undrained."""
    known = {queue.name for queue in queues}
    ends = [queue.name for queue in queues if queue.dead_letters]
    ends += [name for stage in stages for name in (*stage.failures, *stage.produces) if name not in known]
    return tuple(dict.fromkeys(name for name in ends if name not in known or not drainers(name, stages, queues)))


def in_hand(role: Role, pod: str) -> Queue:
    """The processing list of one worker: `inflight-alerter-<pod>`, `inflight-forwarder-<pod>`."""
    name = f"inflight-{WORKER_STAGES[role].name}-{pod}"
    return Queue(name, lambda keys: keys.processing(role, pod), f"messages in the hands of {pod}")


def worker_of(name: str) -> tuple[Role, str] | None:
    """The worker whose processing list has this name; None if it is no such name."""
    for role, stage in WORKER_STAGES.items():
        prefix = f"inflight-{stage.name}-"
        if name.startswith(prefix) and len(name) > len(prefix):
            return role, name.removeprefix(prefix)
    return None


def in_flow_order(workers: Iterable[tuple[Role, str]]) -> tuple[Queue, ...]:
    """Every list and set that counts as in flight, once each, in the order in which a message meets them.

    Who looks through them in this order meets a message that moves on meanwhile once or twice. One that goes back
    (a retry, a replay, a take-over) may be missed: what seems to be missing must be looked for again.
    """
    by_name = {queue.name: queue for queue in QUEUES}
    hands: dict[Role, list[Queue]] = {role: [] for role in WORKER_STAGES}
    for role, pod in workers:
        hands[role].append(in_hand(role, pod))
    first = [by_name[name] for name in (OLD_EVENTS, DLQ_ALERTER, INGEST)]
    last = [by_name[name] for name in (RETRY, DLQ_MOOG)]
    return (*first, *hands["alerter"], by_name[ALERT], *hands["moog"], *last)
