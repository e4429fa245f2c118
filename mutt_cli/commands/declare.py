"""How a command is declared: its impact class, its kind and its shared flags are attributes in code.

A noun's module reads:

    app = noun("queue", __doc__)

    @command(app, "list", impact="R", listing=True)
    def list_queues(run: Run) -> Listing:
        # its docstring is its help
        from mutt_cli.ops.queues import depths
        return queue_listing(depths(run.settings))

What the function returns is shown; an int is the exit code. Help, confirmation and read-only mode read `Spec`.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, get_type_hints

import typer

from mutt_cli.commands.bound import bounded
from mutt_cli.commands.context import Run
from mutt_cli.commands.options import SHARED, Impact, for_command, merged, remember
from mutt_cli.commands.parsing import Leaf, LeafGroup, NounGroup
from mutt_cli.errors import OK, UsageError
from mutt_cli.present.output import Document, Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_BADGES: Final = {
    "R": "reads", "W": "writes, can be undone", "B": "changes many things, asks first",
    "D": "destroys, asks for the name", "-": "starts or stops processes",
}  # fmt: skip
_REPEATING: Final = frozenset({"watch", "watch_every", "exit_when"})
_WRITING: Final = timedelta(seconds=30)
_LIMITS: Final = {"R": timedelta(seconds=5), "W": _WRITING, "B": _WRITING, "D": _WRITING, "-": None}


@dataclass(frozen=True)
class Spec:
    """What is known about a command without running it."""

    path: str
    """The words after `mutt`: `queue list`."""
    impact: Impact
    kind: str
    """Kind of its JSON: `mutt.queue.list`."""
    listing: bool
    timeout: timedelta | None
    """Total time it may take unless --timeout says otherwise; None = until stopped."""
    waits: bool = False
    """Whether it waits for something and keeps to its time by itself."""
    writing: tuple[str, ...] = ()
    """Its own flags with which a call of it is of class W."""


def noun(path: str, help: str | None) -> typer.Typer:  # noqa: A002  typer's own word for it
    """The app of a noun with verbs. `path` are its words; add nested nouns with `app.add_typer(inner, name=...)`."""
    app = typer.Typer(
        name=path, help=help, cls=NounGroup, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )

    def verb_needed(**given: Any) -> None:
        context = given.pop("context_")
        remember(context, given)
        if context.invoked_subcommand is None:
            verbs = ", ".join(name for name, one in context.command.commands.items() if not one.hidden)
            raise UsageError(f"mutt {path} needs a verb: {verbs}", tries=(f"mutt {path} --help",))

    verb_needed.__doc__ = help
    sign(verb_needed, (), [flag.name for flag in for_command("R", listing=True)])
    app.callback(invoke_without_command=True)(verb_needed)
    return app


def word(path: str) -> typer.Typer:
    """The app of a command that is one word by itself: `mutt status`."""
    return typer.Typer(name=path, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def command(
    app: typer.Typer,
    verb: str = "",
    *,
    impact: Impact,
    kind: str = "",
    listing: bool = False,
    asks: bool = False,
    timeout: timedelta | None = None,
    endless: bool = False,
    waits: bool = False,
    once: bool = False,
    writing: Sequence[str] = (),
    aliases: Sequence[str] = (),
    stands_for: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a command. The function's first parameter is the `Run`; the others are its own arguments and flags.

    `timeout` replaces the class's limit (D37): 5 s for R, 30 s for W, B and D, none for what starts processes;
    `once`: it cannot be repeated by a flag (ux.md 3.1b).
    `endless` runs until it is done or stopped whatever its class, `waits` ends by itself when its time is over.
    `asks`: a call of it may be of class B, and has that class's flags. `stands_for`: this is another word for that
    command, not shown. `writing`: flags of its own with which a call of an R command is of class W.
    """
    path = stands_for or f"{app.info.name} {verb}".strip()
    limit = None if endless else timeout or _LIMITS[impact]
    spec = Spec(path, impact, kind or "mutt." + path.replace(" ", "."), listing, limit, waits, tuple(writing))

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        own = _own_parameters(function)
        names = frozenset(one.name for one in own)
        has = for_command(impact, listing=listing, asks=asks, writes=bool(writing), own=names)
        flags = [flag.name for flag in has if not (once and flag.name in _REPEATING)]

        def called(**given: Any) -> int:
            context = given.pop("context_")
            known = remember(context, {name: given.pop(name) for name in flags})
            return _run(Run(spec, merged(known)), function, given)

        called.__doc__, called.__name__ = inspect.getdoc(function), function.__name__
        called.spec = spec  # type: ignore[attr-defined]
        sign(called, own, flags)
        badge = f"Impact: {impact} ({_BADGES[impact]})."
        if writing:
            badge += f" With {' or '.join(f'--{one}' for one in writing)}: W ({_BADGES['W']})."
        if not verb and app.registered_callback is not None:
            _of_itself(app, called, own, badge)
            return function
        for name in (verb or path, *aliases):
            app.command(name, cls=Leaf, epilog=badge, hidden=bool(stands_for) or name in aliases)(called)
        return function

    return declare


def _of_itself(app: typer.Typer, called: Callable[..., int], own: Sequence[inspect.Parameter], badge: str) -> None:
    """Make a noun a command by itself, beside its verbs: `db connections` and `db connections kill`."""

    def called_or_passed(**given: Any) -> int | None:
        context = given["context_"]
        if context.invoked_subcommand is None:
            return called(**given)
        early = [one.name for one in own if given.pop(one.name) != one.default]
        if early:  # it would be forgotten, and `kill` would go by its default
            flag = "--" + early[0].replace("_", "-")
            raise UsageError(f"{flag} stands before {context.invoked_subcommand}: write it after it")
        given.pop("context_")
        remember(context, given)
        return None

    called_or_passed.__doc__, called_or_passed.__name__ = called.__doc__, called.__name__
    called_or_passed.spec = called.spec  # type: ignore[attr-defined]
    called_or_passed.__signature__ = called.__signature__  # type: ignore[attr-defined]
    called_or_passed.__annotations__ = called.__annotations__
    app.info.cls, app.info.help, app.info.epilog = LeafGroup, called.__doc__, badge
    app.callback(cls=LeafGroup, help=called.__doc__, epilog=badge, invoke_without_command=True)(called_or_passed)


def _run(run: Run, function: Callable[..., Any], given: dict[str, Any]) -> int:
    """Run the command: once within its time, or again and again if it is watched."""
    writes = run.spec.impact != "R" or _writes(run, given)
    if run.flags.watch or run.flags.watch_every or run.flags.exit_when:
        from mutt_cli.commands.watch import watched

        return watched(run, lambda: _shown(run, function, given))
    if run.spec.impact == "-" or run.spec.waits or given.get("follow"):
        return _shown(run, function, given)
    with bounded(run.timeout_s, f"mutt {run.spec.path}", changes=writes):
        return _shown(run, function, given)


def _writes(run: Run, given: Mapping[str, Any]) -> bool:
    """Whether this call of a command that reads changes something. Raises UsageError where its flags do not fit."""
    if not run.spec.writing:
        return False
    named = " or ".join(f"--{one}" for one in run.spec.writing)
    flags = run.flags
    if not any(given.get(one) for one in run.spec.writing):
        if flags.dry_run or flags.reason or flags.force:
            raise UsageError(
                f"--dry-run, --reason and --force go with {named}",
                tries=(f"mutt {run.spec.path} --{run.spec.writing[0]} --dry-run",),
            )
        return False
    if flags.watch or flags.watch_every or flags.exit_when:
        raise UsageError(f"what changes something is not repeated: no --watch with {named}")
    return True


def _shown(run: Run, function: Callable[..., Any], given: dict[str, Any]) -> int:
    result = function(run, **given)
    if isinstance(result, (Listing, Document)):
        run.show(result)
        return OK
    return OK if result is None else int(result)


def _own_parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters after the `Run`, with their annotations resolved where the function was written."""
    first, *own = inspect.signature(function).parameters.values()
    written = {name: hint for name, hint in function.__annotations__.items() if name not in {first.name, "return"}}

    class Written:
        __annotations__ = written

    hints = get_type_hints(Written, globalns=function.__globals__, include_extras=True)
    return [one.replace(annotation=hints[one.name], kind=inspect.Parameter.KEYWORD_ONLY) for one in own]


def sign(function: Callable[..., Any], own: Sequence[inspect.Parameter], flags: Sequence[str]) -> None:
    """Give the function the signature that typer reads: its own parameters, the shared flags, the context."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    by_name = {flag.name: flag for flag in SHARED}
    shared = [
        inspect.Parameter(name, keyword, default=by_name[name].default, annotation=by_name[name].annotation)
        for name in flags
    ]
    context = inspect.Parameter("context_", keyword, annotation=typer.Context)
    everything = [*own, *shared, context]
    function.__signature__ = inspect.Signature(everything)  # type: ignore[attr-defined]
    function.__annotations__ = {one.name: one.annotation for one in everything}


GLOBAL_FLAGS: Final = [flag.name for flag in for_command("R", listing=True)]
"""Flags that may also stand before the noun."""
