"""`mutt trace`: one event's story by its id, or with --why-not the stories of events that may be meant."""

import sys
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mutt_cli.commands import noun_named
from mutt_cli.commands.context import Run, write
from mutt_cli.commands.declare import command, word
from mutt_cli.commands.options import Follow, Since, Until
from mutt_cli.errors import OK, UsageError, WaitTimeoutError
from mutt_cli.present.output import Document
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.trace import Traced

app = word("trace")

_POLL_S: Final = 0.5

Id = Annotated[
    str | None,
    typer.Argument(metavar="ID", help="Event id in full, or the first 8 or more characters of a correlation id."),
]
WhyNot = Annotated[
    tuple[str, str] | None,
    typer.Option("--why-not", metavar="HOST TEXT", help="Instead of an id: whose event it was, and some of its words."),
]
Around = Annotated[
    str | None, typer.Option("--around", metavar="T", help="When, about: a duration ago, RFC 3339, or HH:MM.")
]


@command(app, impact="R")
def trace(
    run: Run,
    identifier: Id = None,
    *,
    follow: Follow = False,
    since: Since = None,
    until: Until = None,
    why_not: WhyNot = None,
    around: Around = None,
) -> int:
    """One event through every stage: when, which rule won and which lost, each try and its answer, where it is now.

    With -f until its way ends. --since and --until bound when it was accepted, if a prefix fits several events.
    Exit 2: ambiguous, with the candidates. Exit 3: nobody knows it.

    --why-not core-sw1 'Gi0/1' --around 03:07 finds events whose id is unknown, accepted within 10 minutes of that time
    or from --since to --until, and says of each why no alert was sent; of one that never came, what was refused then.
    """
    from mutt_cli.ops.backends import Backends

    first, last = _ms(run.moment(since, "--since")), _ms(run.moment(until, "--until"))
    if why_not is not None:
        if identifier is not None or follow:
            raise UsageError("--why-not is for an event whose id is not known: no ID and no -f with it")
        return _explain(run, why_not, _span(_ms(run.moment(around, "--around")), first, last))
    if around is not None or identifier is None:
        raise UsageError(
            "which event: its id, or --why-not HOST TEXT --around TIME",
            tries=("mutt event search --since 1h", "mutt trace --why-not core-sw1 'Gi0/1' --around 03:07"),
        )
    with Backends(run.settings) as backends:
        return _tell(run, backends, identifier, first, last, follow=follow)


def _tell(run: Run, backends: "Backends", identifier: str, first: int | None, last: int | None, *, follow: bool) -> int:
    from mutt_cli.adapters.clock import now_ms
    from mutt_cli.ops import trace as ops

    answer = ops.trace(backends, identifier, now_ms=now_ms(), since_ms=first, until_ms=last)
    traced = ops.resolved(answer)
    if follow:
        _follow(run, backends, traced)
    else:
        run.show(_document(run, traced))
    return OK


def _span(around: int | None, first: int | None, last: int | None) -> tuple[int, int]:
    """From when to when, Unix ms. Raises UsageError."""
    from mutt_cli.core.why_not import AROUND_MS

    if around is None and (first is None or last is None):
        raise UsageError("--why-not needs a time: --around TIME, or --since and --until")
    middle = around or 0
    found = (middle - AROUND_MS if first is None else first, middle + AROUND_MS if last is None else last)
    if found[0] > found[1]:
        raise UsageError("the time ends before it begins: look at --since, --until and --around")
    return found


def _explain(run: Run, why_not: tuple[str, str], span: tuple[int, int]) -> int:
    from mutt_cli.adapters.clock import now_ms
    from mutt_cli.core.why_not import Description
    from mutt_cli.ops import why_not as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.why_not import why_not_document

    host, text = (word.strip() for word in why_not)
    if not host:
        raise UsageError("--why-not needs a host: its name, or the address it sends from")
    sought = Description(host, text, *span)
    with Backends(run.settings) as backends:
        answer = ops.ask(backends, sought, now_ms=now_ms())
    run.show(why_not_document(sought, answer, possible=_possible, ascii_only=run.flags.ascii))
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
        traced = ops.again(backends, traced.story.subject.event_id, now_ms=now_ms(), before=traced)
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
    return _possible(traced.story.verdict.tries)


def _possible(tries: "Sequence[str]") -> tuple[str, ...]:
    """Those of the commands that this build has."""
    return tuple(one for one in tries if noun_named(one.split()[1]))


def _print(lines: "Iterable[str]") -> None:
    write(sys.stdout, "".join(f"{safe(line)}\n" for line in lines))


def _ms(moment: "datetime | None") -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
