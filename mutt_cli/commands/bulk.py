"""Bulk work as commands run it: journalled, with progress, and with a way on for whoever is interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mutt_cli.commands.options import parse_duration
from mutt_cli.errors import MuttError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mutt_cli.commands.context import Run
    from mutt_cli.core.selection import Selection
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.bulk_work import Progress
    from mutt_cli.ops.operation import Operation

Wheres = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="EXPR", help="Only messages like host~core or reason=http_400; may be repeated."),
]
Everything = Annotated[bool, typer.Option("--all", help="Every message.")]
Count = Annotated[int | None, typer.Option("-n", "--limit", min=1, metavar="N", help="At most N, the oldest first.")]
Older = Annotated[
    timedelta | None,
    typer.Option("--older-than", metavar="D", parser=parse_duration, help="Only messages accepted longer ago."),
]


def selection_of(
    run: Run, *, ids: Sequence[str] = (), where: Sequence[str] | None = None, older_than: timedelta | None = None,
    limit: int | None = None,
) -> Selection:  # fmt: skip
    """What the flags mean. Raises UsageError for a filter that is none."""
    from mutt_cli.core.selection import Selection

    clauses = tuple(run.clause(text, "--where") for text in where or ())
    return Selection(tuple(ids), clauses, older_than.total_seconds() if older_than else None, limit or 0)


def must_choose(path: str, *, chosen: bool) -> None:
    """Nobody moves a whole queue by leaving something out. Raises UsageError."""
    if not chosen:
        raise UsageError(
            f"mutt {path} does not guess how many messages are meant",
            tries=(f"mutt {path} ... -n 100", f"mutt {path} ... --where 'age>2h'", f"mutt {path} ... --all"),
        )


@dataclass(frozen=True)
class Task:
    """What is recorded of bulk work, and how it is done."""

    words: Sequence[str]
    """The words behind the command, as they would be typed."""
    plan: Mapping[str, Any]
    """All that resume and undo need."""
    job: Callable[[Operation, Callable[[Progress], None]], Progress]
    verb: str = "moved"
    """What the progress line says."""
    total: int = 0
    """How many messages are meant; 0 if nobody knows."""


def carried_out(run: Run, backends: Backends, task: Task) -> tuple[Operation, Progress]:
    """Do the work as one operation, and show how far it is. An interruption says how to go on, and is raised."""
    from mutt_cli.commands.journal import journalled
    from mutt_cli.commands.progress import Progressing
    from mutt_cli.ops import slices
    from mutt_cli.ops.bulk_work import Progress

    progress, line = Progress(0), Progressing(run, task.verb)

    def tell(now: Progress) -> None:
        nonlocal progress
        progress = now
        line(now.moved, task.total)

    with journalled(run, backends, task.words, task.plan) as operation:
        try:
            progress = task.job(operation, tell)
        except (KeyboardInterrupt, MuttError):
            operation.counts = _counts(progress)
            line.close()
            run.say(f"stopped after {progress.moved:,} messages; nothing is lost")
            run.say(f"go on: mutt op resume {operation.id}      take back: mutt undo {operation.id}")
            raise
        line.close()
        operation.counts = _counts(progress)
        if progress.stopped:
            operation.result = f"stopped: {progress.stopped}"
    if not progress.stopped:
        slices.forget(backends, operation.id)
    return operation, progress


def _counts(progress: Progress) -> dict[str, int]:
    to = {f"to_{name.replace('-', '_')}": number for name, number in progress.by_target.items() if name}
    return {"messages": progress.moved, **to}
