"""`mutt trace ID`: one event's story."""

import sys
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mutt_cli.commands import noun_named
from mutt_cli.commands.context import Run, write
from mutt_cli.commands.declare import command, word
from mutt_cli.commands.options import Follow, Since, Until
from mutt_cli.errors import OK, WaitTimeoutError
from mutt_cli.present.output import Document
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.trace import Traced

app = word("trace")

_POLL_S: Final = 0.5

Id = Annotated[
    str, typer.Argument(metavar="ID", help="Event id in full, or the first 8 or more characters of a correlation id.")
]


@command(app, impact="R")
def trace(run: Run, identifier: Id, *, follow: Follow = False, since: Since = None, until: Until = None) -> int:
    """One event through every stage: when, which rule, each try and its answer, and where it is now.

    With -f until its way ends. --since and --until bound when it was accepted, if a prefix fits several events.
    Exit 2: ambiguous, with the candidates. Exit 3: nobody knows it.
    """
    from mutt_cli.adapters.clock import now_ms
    from mutt_cli.ops import trace as ops
    from mutt_cli.ops.backends import Backends

    first, last = _ms(run.moment(since, "--since")), _ms(run.moment(until, "--until"))
    with Backends(run.settings) as backends:
        answer = ops.trace(backends, identifier, now_ms=now_ms(), since_ms=first, until_ms=last)
        traced = ops.resolved(answer)
        if follow:
            _follow(run, backends, traced)
        else:
            run.show(_document(run, traced))
    return OK


def _follow(run: Run, backends: "Backends", traced: "Traced") -> None:
    """Show what is new until the event's way ends. Raises WaitTimeoutError if --timeout was given and passes."""
    from mutt_cli.adapters.clock import boottime_s, now_ms
    from mutt_cli.ops import trace as ops

    limit = run.flags.timeout
    ends_at = boottime_s() + limit.total_seconds() if limit else float("inf")
    shown = _Shown(run)
    shown.add(traced)
    while not traced.story.verdict.ended:
        if boottime_s() >= ends_at:
            raise WaitTimeoutError(
                f"the event has not come to its end: {traced.story.verdict.sentence}",
                tries=(f"mutt trace {traced.story.subject.event_id}",),
            )
        time.sleep(min(_POLL_S, max(0.0, ends_at - boottime_s())))
        traced = ops.again(backends, traced, now_ms=now_ms())
        shown.add(traced)
    shown.close(traced)


class _Shown:
    """What a follower has seen: lines for people as they come, a record per change for jsonl, else only the end."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._steps = 0
        self._state = ""

    def add(self, traced: "Traced") -> None:
        """Show what is new."""
        steps, state = len(traced.story.steps), traced.story.verdict.state
        if self._run.format in {"table", "wide"}:
            self._lines(traced)
        elif self._run.format == "jsonl" and (steps, state) != (self._steps, self._state):
            self._run.show(_document(self._run, traced))
        self._steps, self._state = max(steps, self._steps), state

    def close(self, traced: "Traced") -> None:
        """The end of the story."""
        from mutt_cli.present.trace import end_lines

        if self._run.format in {"table", "wide"}:
            _print(end_lines(traced, _tries(traced), local=self._run.flags.local))
            for warning in traced.warnings:
                self._run.say(f"warning: {warning}")
        elif self._run.format != "jsonl":
            self._run.show(_document(self._run, traced))

    def _lines(self, traced: "Traced") -> None:
        from mutt_cli.present.trace import head_lines, step_lines

        if not self._state:
            _print(head_lines(traced.story, ascii_only=self._run.flags.ascii))
        _print(step_lines(traced.story, local=self._run.flags.local)[self._steps :])


def _document(run: Run, traced: "Traced") -> Document:
    from mutt_cli.present.trace import trace_document

    return trace_document(traced, tries=_tries(traced), local=run.flags.local, ascii_only=run.flags.ascii)


def _tries(traced: "Traced") -> tuple[str, ...]:
    """What the verdict proposes, as far as this build has the command."""
    return tuple(one for one in traced.story.verdict.tries if noun_named(one.split()[1]))


def _print(lines: "Iterable[str]") -> None:
    write(sys.stdout, "".join(f"{safe(line)}\n" for line in lines))


def _ms(moment: "datetime | None") -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
