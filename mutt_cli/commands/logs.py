"""`mutt logs`: what the daemons of this host said."""

import sys
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from mutt_cli.commands.context import Run, write
from mutt_cli.commands.declare import command, word
from mutt_cli.commands.options import By, Follow, Since, Until
from mutt_cli.errors import OK, UsageError
from mutt_cli.present.output import Listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mutt_cli.core.log_entry import Entry
    from mutt_cli.core.log_filter import LogFilter
    from mutt_cli.ops.logs import Logs, Places

app = word("logs")

_ON_TERMINAL: Final = 50
_ON_PIPE: Final = 1000
_BEFORE_FOLLOWING: Final = 10
_SLICE: Final = 500
_MOST_AT_ONCE: Final = 200_000
"""Rows that JSON or YAML, which is one whole, may hold."""

Services = Annotated[list[str] | None, typer.Argument(metavar="[SERVICE...]", help="Of these; without it of all five.")]
Level = Annotated[
    str | None, typer.Option("--level", metavar="LEVEL", help="This level or worse: debug info warn err crit.")
]
Cid = Annotated[str | None, typer.Option("--cid", metavar="ID", help="Lines about one event, by an id of it.")]
Grep = Annotated[
    str | None, typer.Option("--grep", metavar="TEXT", help="Lines with this text somewhere, in whatever case.")
]


@command(app, impact="R", listing=True, endless=True)
def logs(
    run: Run, services: Services = None, *, since: Since = None, until: Until = None, follow: Follow = False,
    level: Level = None, cid: Cid = None, grep: Grep = None, by: By = None,
) -> Listing | int | None:  # fmt: skip
    """Lines of the journal or of the log files, parsed, of all services in one order of time.

    The last 50 on a terminal, 1,000 on a pipe; -n N others, -n 0 all of them. --by counts instead: minute, service,
    level, status, host, reason or any other field. -f goes on until Ctrl-C, or for as long as --timeout says.
    """
    from mutt_cli.present.logs import group_listing

    wanted = _wanted(run, since=since, until=until, level=level, cid=cid, grep=grep)
    found = _found(run, services or ())
    if by is not None:
        if follow:
            raise UsageError("--by counts what was said, and -f waits for more: one of them")
        return group_listing(found.counted(wanted, by), found.warnings)
    if follow:
        return _follow(run, found, wanted)
    return _stream(run, found, wanted) if run.flags.limit == 0 else _last(run, found, wanted)


def _wanted(run: Run, *, since: str | None, until: str | None, level: str | None, cid: str | None,
            grep: str | None) -> "LogFilter":  # fmt: skip
    from mutt_cli.core.log_entry import LEVELS, level_named
    from mutt_cli.core.log_filter import LogFilter

    least = level_named(level) if level is not None else ""
    if least is None:
        raise UsageError(f"--level {level} is none; there are: {', '.join(name.lower() for name in LEVELS)}")
    first, last = run.moment(since, "--since"), run.moment(until, "--until")
    return LogFilter(
        least, cid or "", grep or "",
        None if first is None else round(first.timestamp() * 1000),
        None if last is None else round(last.timestamp() * 1000),
        _where(run),
    )  # fmt: skip


def _where(run: Run) -> Any:
    from mutt_cli.core.where import holds, named, value_at

    clauses, now = run.where, run.now()

    def true_of(values: "Mapping[str, Any]") -> bool:
        known = list(values)
        return all(holds(one, value_at(values, named(one.field, known) or one.field), now) for one in clauses)

    return true_of


def _found(run: Run, services: "Iterable[str]") -> "Logs":
    from mutt_cli.ops.logs import find

    return find(places_of(run), tuple(services))


def places_of(run: Run) -> "Places":
    """Where the logs of this deployment can be on this host."""
    from mutt_cli.adapters.contexts import state_dir
    from mutt_cli.ops.logs import places
    from mutt_cli.ops.platform.record import running

    state = state_dir(run.environ).absolute()
    platform = running(state)
    ours = platform is not None and str(run.context.env_file or "") == platform.env_file
    return places(run.settings, platform.log_dir if platform and ours else "", state)


def _last(run: Run, found: "Logs", wanted: "LogFilter") -> Listing | None:
    """The last lines, with a word if there are more."""
    from mutt_cli.present.logs import log_listing, people_lines

    most = run.flags.limit or (_ON_TERMINAL if run.people_read else _ON_PIPE)
    entries = found.last(wanted, most + 1)
    if len(entries) > most:
        entries = entries[1:]
        if run.flags.limit is None:
            run.say(f"the last {most:,} are shown; all: -n 0")
    if not run.people_read or run.flags.sort or run.flags.watch or run.flags.exit_when:
        return log_listing(entries, run.format, _columns(run), found.warnings)
    for warning in found.warnings:
        run.say(f"warning: {warning}")
    _print(people_lines(entries, run.flags.names, local=run.flags.local, wide=run.format == "wide"))
    return None


def _stream(run: Run, found: "Logs", wanted: "LogFilter") -> int | Listing:
    """Every line, none of them kept; JSON and YAML are one whole and therefore bounded."""
    from mutt_cli.present.logs import log_listing

    entries = found.all(wanted)
    if run.format in {"json", "yaml"} or run.flags.sort:
        held = list(islice(entries, _MOST_AT_ONCE + 1))
        if len(held) > _MOST_AT_ONCE:
            raise UsageError(
                f"more than {_MOST_AT_ONCE:,} lines do not fit into one {run.format} document",
                tries=("mutt logs ... -o jsonl", "mutt logs ... --since 1h", "mutt logs ... -n 1000"),
            )
        return log_listing(held, run.format, _columns(run), found.warnings)
    printer = _Printer(run)
    while some := list(islice(entries, _SLICE)):
        printer.add(some)
    for warning in found.warnings:
        run.say(f"warning: {warning}")
    return OK


def _follow(run: Run, found: "Logs", wanted: "LogFilter") -> int:
    """The last lines and then each as it comes."""
    from mutt_cli.adapters.clock import boottime_s
    from mutt_cli.ops.log_follow import Following

    if run.format in {"json", "yaml"}:
        raise UsageError(f"-f has no end, and {run.format} is one whole", tries=("mutt logs -f -o jsonl",))
    most = _BEFORE_FOLLOWING if run.flags.limit is None else run.flags.limit
    ends_at, printer = boottime_s() + run.timeout_s, _Printer(run)
    with Following(found, wanted) as following:
        for warning in found.warnings:
            run.say(f"warning: {warning}")
        printer.add(following.history.last(wanted, most) if most else [])
        while boottime_s() < ends_at:
            printer.add(following.more(ends_at - boottime_s()))
    return OK


class _Printer:
    """Writes lines as they come: for people, as rows with one heading, or as one JSON object each."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._headed = False

    def add(self, entries: "list[Entry]") -> None:
        """Write these."""
        from mutt_cli.present.arrange import Arrangement, arranged
        from mutt_cli.present.logs import log_listing, people_lines

        run = self._run
        if run.people_read:
            _print(people_lines(entries, run.flags.names, local=run.flags.local, wide=run.format == "wide"))
            return
        listing = log_listing(entries, run.format, _columns(run))
        text = run.rendered(arranged(listing, Arrangement(run.flags.names, wide=run.format == "wide")))
        if run.format in {"table", "wide", "csv"}:
            head, _, rows = text.partition("\n")
            text = rows if self._headed else text if head else ""
            self._headed = True
        if text:
            write(sys.stdout, text)


def _columns(run: Run) -> tuple[str, ...]:
    """Fields that are asked for as columns or for the order."""
    return (*run.flags.names, *([run.flags.sort.partition(":")[0]] if run.flags.sort else []))


def _print(lines: "Iterable[str]") -> None:
    text = "".join(f"{line}\n" for line in lines)
    if text:
        write(sys.stdout, text)
