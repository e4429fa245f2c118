"""`mutt event`: what is recorded of events. One event's story is `mutt trace`; what a process said is `mutt logs`."""

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mutt_cli.commands.context import Run, write
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import Follow, Since, Until
from mutt_cli.errors import OK, UsageError
from mutt_cli.present.output import Document, Listing
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.ops.events import Feed, Seen

app = noun("event", "Recorded events: search, follow, and what no rule matched.")

Id = Annotated[str, typer.Argument(metavar="ID", help="Event id, or the first 8 or more of a correlation id.")]
_HOUR: Final = timedelta(hours=1)
_MESSAGES: Final = 1000
"""Events whose message is looked up, unless a filter asks for messages."""
_RECORDS: Final = 2
"""Records of an event that went its whole way: the decision and the delivery."""
_LOOK_S: Final = 0.25
_ALIASES: Final = {"host": "hostname", "rule": "rule_name"}


@command(app, "search", impact="R", listing=True)
def search(run: Run, *, since: Since = None, until: Until = None) -> Listing:
    """Events by time and by what is recorded of them, the newest first; without --since those of the last hour.

    A row is the newest record of an event. --where hostname=core-sw1, outcome=delivered, rule=link-down and the like
    are looked up in the database; message~TEXT and others are judged here, on the newest 10,000 records.
    """
    from mutt_cli.adapters.history_search import EXACT
    from mutt_cli.ops import events
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.events import event_listing

    last = run.moment(until, "--until") or run.now() + _HOUR
    first = run.moment(since, "--since") or (last if until else run.now()) - _HOUR
    clauses = [(_ALIASES.get(one.field, one.field), one) for one in run.where]
    exact = {name: one.text for name, one in clauses if one.operator == "=" and one.text and name in EXACT}
    rest = [name for name, one in clauses if exact.get(name) != one.text]
    whole = bool(rest or run.flags.sort or run.flags.after or run.flags.limit == 0)
    messages = events.MOST if "message" in rest or run.flags.limit == 0 else max(run.flags.limit or 0, _MESSAGES)
    most = events.MOST if whole else min(events.MOST, 2 * _RECORDS * (run.flags.limit or _MESSAGES))
    with Backends(run.settings) as backends:
        return event_listing(events.search(backends, events.Search(first, last, exact, messages, most)))


@command(app, "show", impact="R")
def show(run: Run, identifier: Id) -> Document:
    """All that is recorded of one event, and the event as it was received, while that is kept."""
    from mutt_cli.adapters.clock import now_ms
    from mutt_cli.ops import events
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.events import event_document

    with Backends(run.settings) as backends:
        return event_document(events.whole(backends, identifier, now_ms()), local=run.flags.local)


@command(app, "tail", impact="R")
def tail(run: Run, *, follow: Follow = False) -> int:
    """What happens to events now: sampled, and told how much was left out. With -f until Ctrl-C, else for a second.

    At most a hundred records and 4 MiB a second, however much is going on. -o jsonl prints one record a line.
    """
    from mutt_cli.adapters.clock import boottime_s
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.events import Feed
    from mutt_cli.present.events import tail_listing

    if follow and run.format not in {"table", "wide", "jsonl"}:
        raise UsageError(f"-f prints lines, or records with -o jsonl, not {run.format}")
    with Backends(run.settings) as backends:
        feed = Feed(backends)
        if follow:
            return _followed(run, feed)
        seen: list[Seen] = []
        ends_at = boottime_s() + 1
        while (left := ends_at - boottime_s()) > 0:
            seen += feed.look(min(_LOOK_S, left))
        run.show(tail_listing(seen, feed.counts()))
    return OK


@command(app, "unhandled", impact="R", listing=True)
def unhandled(run: Run, *, since: Since = None, until: Until = None) -> Listing:
    """Kinds of events that no rule matched, the most frequent first: what a new rule should be for.

    A kind is a host and a message without its numbers. -o wide also shows when its count ends.
    """
    from mutt_cli.ops import events
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.events import unmatched_listing

    first, last = run.moment(since, "--since"), run.moment(until, "--until")
    with Backends(run.settings) as backends:
        return unmatched_listing(events.unmatched(backends, first, last), run.now())


def _followed(run: Run, feed: "Feed") -> int:
    """Print records as they come; at the end, also after Ctrl-C, say what was left out."""
    from mutt_cli.adapters.clock import boottime_s
    from mutt_cli.present.events import left_out_line

    limit = run.flags.timeout
    ends_at = boottime_s() + limit.total_seconds() if limit else float("inf")
    try:
        while (left := ends_at - boottime_s()) > 0:
            _print(run, feed.look(min(_LOOK_S, left)))
    finally:
        run.say(left_out_line(feed.counts()))
    return OK


def _print(run: Run, seen: "Sequence[Seen]") -> None:
    from mutt_cli.present.events import event_row, tail_line

    if run.format == "jsonl":
        write(sys.stdout, "".join(run.json_line(event_row(one)) for one in seen))
    else:
        write(sys.stdout, "".join(f"{safe(tail_line(one, local=run.flags.local))}\n" for one in seen))
