"""Flags that mean the same everywhere (ux.md section 3.1b): before the noun, before the verb and after it.

`SHARED` is the table; `for_command` says which of them a command has, by its impact class. `Flags` are the values
after merging: what stands further right wins.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from mutt_cli.core.spans import duration
from mutt_cli.present.output import Format

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Impact = Literal["R", "W", "B", "D", "-"]
"""R reads, W small and undoable, B many items or hard to undo, D destroys; `-` starts or stops processes."""
Colors = Literal["auto", "always", "never"]


def parse_duration(text: str) -> timedelta:
    """For typer: a duration, or a usage error that shows how one looks."""
    found = duration(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no duration; write 30s, 15m, 2h or 7d")
    return found


# Flags that only some commands list, with one meaning wherever they occur. `Since` and `Until` are resolved by
# `Run.moment`, which knows the clock.
Since = Annotated[str | None, typer.Option("--since", metavar="T", help="From: a duration ago, RFC 3339, or HH:MM.")]
Until = Annotated[str | None, typer.Option("--until", metavar="T", help="To: a duration ago, RFC 3339, or HH:MM.")]
By = Annotated[str | None, typer.Option("--by", metavar="FIELD", help="Counts per group.")]
For = Annotated[timedelta | None, typer.Option("--for", metavar="D", parser=parse_duration, help="For how long.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on as more comes, until Ctrl-C.")]
InFile = Annotated[str | None, typer.Option("--file", metavar="PATH|-", help="Read from a file, or - for stdin.")]
OutFile = Annotated[str | None, typer.Option("--out", metavar="PATH|-", help="Write to a file, or - for stdout.")]


@dataclass(frozen=True)
class SharedFlag:
    """One flag: its name as a parameter, what typer makes of it, and who has it."""

    name: str
    annotation: Any
    default: Any = None
    impacts: str = "RWBD-"
    listing: bool = False
    """Only where many rows are listed."""


def _flag(*names: str, help: str) -> Any:  # noqa: A002  typer's own word for it
    return Annotated[bool, typer.Option(*names, help=help, show_default=False)]


def _text(*names: str, metavar: str, help: str) -> Any:  # noqa: A002
    return Annotated[str | None, typer.Option(*names, metavar=metavar, help=help)]


SHARED: Final = (
    SharedFlag("context", _text("-c", "--context", metavar="NAME", help="Which deployment [env MUTT_CONTEXT].")),
    SharedFlag("output", Annotated[Format | None, typer.Option("-o", "--output", help="Format [env MUTT_OUTPUT].")]),
    SharedFlag("json", _flag("--json", "-j", help="Same as -o json."), default=False),
    SharedFlag(
        "output_version",
        Annotated[
            int | None, typer.Option("--output-version", min=1, metavar="N", help="An older version of the JSON.")
        ],
    ),
    SharedFlag("columns", _text("--columns", metavar="A,B", help="These columns, in this order."), listing=True),
    SharedFlag("sort", _text("--sort", metavar="KEY[:desc]", help="Order by this column."), listing=True),
    SharedFlag(
        "limit",
        Annotated[int | None, typer.Option("-n", "--limit", min=0, metavar="N", help="At most N rows, 0 = all.")],
        listing=True,
    ),
    SharedFlag(
        "where",
        Annotated[
            list[str] | None,
            typer.Option("--where", metavar="EXPR", help="Only rows like host~core or age>5m; may be repeated."),
        ],
        listing=True,
    ),
    SharedFlag("after", _text("--after", metavar="CURSOR", help="Only what comes after this row."), listing=True),
    SharedFlag("watch", _flag("--watch", "-w", help="Repeat, --watch=5 every 5 s."), default=False, impacts="R"),
    SharedFlag(
        "watch_every",
        Annotated[timedelta | None, typer.Option("--watch-every", metavar="D", parser=parse_duration, hidden=True)],
        impacts="R",
    ),
    SharedFlag(
        "exit_when",
        _text("--exit-when", metavar="COND", help="Repeat until a condition holds: state=ok, depth<100."),
        impacts="R",
    ),
    SharedFlag("dry_run", _flag("--dry-run", help="Print the plan, change nothing."), default=False, impacts="WBD"),
    SharedFlag(
        "yes", _flag("-y", "--yes", help="Do not ask; not enough where it is protected."), default=False, impacts="B"
    ),
    SharedFlag("confirm", _text("--confirm", metavar="NAME", help="The name the prompt would ask for."), impacts="BD"),
    SharedFlag(
        "force",
        Annotated[list[str] | None, typer.Option("--force", metavar="CHECK", help="Override one named safety check.")],
        impacts="WBD",
    ),
    SharedFlag("reason", _text("--reason", metavar="TEXT", help="Why; kept [env MUTT_REASON]."), impacts="WBD"),
    SharedFlag(
        "wait",
        Annotated[bool | None, typer.Option("--wait/--no-wait", help="Wait until every daemon has it (default).")],
        impacts="WBD",
    ),
    SharedFlag(
        "timeout",
        Annotated[
            timedelta | None,
            typer.Option("--timeout", metavar="D", parser=parse_duration, help="Total time this may take."),
        ],
    ),
    SharedFlag("no_input", _flag("--no-input", help="Never ask."), default=False),
    SharedFlag("quiet", _flag("-q", "--quiet", help="Nothing but errors."), default=False),
    SharedFlag(
        "verbose",
        Annotated[
            int, typer.Option("-v", "--verbose", count=True, show_default=False, help="Say more; -vv each call.")
        ],
        default=0,
    ),
    SharedFlag("debug", _flag("--debug", help="Show a traceback with an error."), default=False),
    SharedFlag("color", Annotated[Colors | None, typer.Option("--color", help="When to use colour [env MUTT_COLOR].")]),
    SharedFlag("no_color", _flag("--no-color", help="Same as --color never."), default=False),
    SharedFlag("ascii", _flag("--ascii", help="No characters beyond ASCII of our own."), default=False),
    SharedFlag("pager", _flag("--pager", help="Show it page by page [env MUTT_PAGER]."), default=False),
    SharedFlag("local", _flag("--local", help="Times in this machine's zone."), default=False),
)


@dataclass(frozen=True)
class Flags:
    """The shared flags of one call."""

    context: str | None = None
    output: Format | None = None
    json: bool = False
    columns: str | None = None
    sort: str | None = None
    limit: int | None = None
    where: tuple[str, ...] = ()
    after: str | None = None
    watch: bool = False
    watch_every: timedelta | None = None
    exit_when: str | None = None
    output_version: int | None = None
    pager: bool = False
    dry_run: bool = False
    yes: bool = False
    confirm: str | None = None
    force: tuple[str, ...] = ()
    reason: str | None = None
    wait: bool | None = None
    timeout: timedelta | None = None
    no_input: bool = False
    quiet: bool = False
    verbose: int = 0
    debug: bool = False
    color: Colors | None = None
    no_color: bool = False
    ascii: bool = False
    local: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The columns asked for."""
        return tuple(name.strip() for name in (self.columns or "").split(",") if name.strip())


_FIELDS: Final = frozenset(one.name for one in fields(Flags))
_META: Final = "mutt_cli.flags"


def for_command(
    impact: Impact, *, listing: bool, asks: bool = False, writes: bool = False, own: frozenset[str] = frozenset()
) -> Iterator[SharedFlag]:
    """The shared flags of a command of this class; a flag that it declares itself (`own`) is its own.

    `asks`: a command of class W that is class B in some cases has the flags of both. `writes`: one of class R that
    is class W with some of its flags has those of both.
    """
    classes = {impact, *(("B",) if asks else ()), *(("W",) if writes else ())}
    for flag in SHARED:
        if classes & set(flag.impacts) and (listing or not flag.listing) and flag.name not in own:
            yield flag


def remember(context: typer.Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the flags given at this level beside those of the levels above; a flag not given says nothing."""
    known: dict[str, Any] = context.meta.setdefault(_META, {})
    for name, value in given.items():
        if value not in (None, False, 0, []) or (name in {"limit", "wait"} and value is not None):
            known[name] = tuple(value) if isinstance(value, list) else value
    if given.get("json"):
        known["output"] = "json"
    return known


def merged(known: Mapping[str, Any]) -> Flags:
    """The flags of all levels together."""
    return Flags(**{name: value for name, value in known.items() if name in _FIELDS})
