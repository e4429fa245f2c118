"""Moving messages from one queue to another, unchanged, the oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters.queue_reading import now_ms
from mutt_cli.core import pipeline, transfer
from mutt_cli.core.transfer import Way
from mutt_cli.errors import RefusedError, UsageError
from mutt_cli.ops import queues
from mutt_cli.ops.bulk_work import Decider, Work
from mutt_cli.ops.survey import survey

if TYPE_CHECKING:
    from collections.abc import Collection

    from mutt_cli.core.message import Message
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.selection import Selection
    from mutt_cli.core.transfer import Hand, Transfer
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.survey import Survey


@dataclass(frozen=True)
class MovePlan:
    """What would be moved from where to where."""

    way: Way
    selection: Selection
    survey: Survey

    @property
    def target(self) -> str:
        """Where they go."""
        return self.way.target.name if self.way.target else ""


def recorded_plan(planned: MovePlan) -> dict[str, Any]:
    """For the operations journal: all that resume and undo need."""
    return {
        "source": planned.way.source.name, "targets": [planned.target], "count": planned.survey.meant,
        "exact": planned.survey.whole, "selection": planned.selection.as_mapping(),
    }  # fmt: skip


def notes(planned: MovePlan) -> list[str]:
    """What is worth knowing before."""
    told = []
    if planned.way.source.name == pipeline.DEAD:
        told.append("they were set aside as poison: `mutt dlq replay` counts their attempts anew, a move does not")
    if planned.target == pipeline.OLD_EVENTS:
        told.append("nothing leaves dlq-old-events by itself: mutt queue move dlq-old-events --to ingest -n N")
    if planned.way.source.name in {pipeline.DLQ_MOOG, pipeline.DLQ_ALERTER}:
        told.append("remediation takes from the same queue meanwhile")
    return told


def plan(
    backends: Backends, source: str, target: str, selection: Selection, *, forced: Collection[str] = ()
) -> MovePlan:
    """What would be moved. Raises NotFoundError, UsageError, or RefusedError MUTT-G007 where events and alerts mix."""
    known = queues.everything(backends)
    origin, goal = queues.named(source, known, backends), queues.named(target, known, backends)
    check_source(origin)
    if goal.name not in transfer.TARGETS:
        raise UsageError(
            f"nothing is put into {goal.name} by hand: {goal.meaning}",
            tries=tuple(
                f"mutt queue move {origin.name} --to {name}" for name in transfer.TARGETS if name != origin.name
            ),
        )
    if goal.name == origin.name:
        raise UsageError(f"{origin.name} is the source and the target")
    kinds = transfer.kind_of(origin.name), transfer.kind_of(goal.name)
    if all(kinds) and kinds[0] != kinds[1] and "shape" not in forced:
        raise RefusedError(
            f"{origin.name} holds {kinds[0]}s and {goal.name} {kinds[1]}s",
            code="MUTT-G007",
            why=f"an {kinds[0]} is not understood there as what it is",
            tries=("add --force shape",),
        )
    return MovePlan(Way(origin, goal, "moved"), selection, survey(backends, origin, selection))


def check_source(queue: Queue) -> None:
    """Raises UsageError for the list of a worker: what it holds is being worked on."""
    if pipeline.worker_of(queue.name):
        raise UsageError(
            f"{queue.name} is in the hands of a worker", tries=("mutt queue orphan list", "mutt queue orphan recover")
        )


class Chosen(Decider):
    """Moves the messages that a selection means, judged by the time at which the work begins."""

    def __init__(self, way: Way, selection: Selection, began_ms: int) -> None:
        self._way, self._selection, self._began_ms = way, selection, began_ms

    def decide(self, message: Message, hand: Hand) -> Transfer | None:
        """It goes if it is meant."""
        if not self._selection.means(message, self._began_ms):
            return None
        return transfer.transfer(message.element, self._way, hand)


def work(backends: Backends, way: Way, selection: Selection, operation: str, actor: str) -> Work:
    """The bulk work of a plan."""
    decider = Chosen(way, selection, now_ms(backends.redis()))
    return Work(way.source, operation, actor, decider, most=selection.limit)
