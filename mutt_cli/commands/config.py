"""`mutt config`: every setting, its value, where it comes from, and changing what can change at run time."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from mutt_cli.commands import config_history  # noqa: F401  its verbs belong to the noun
from mutt_cli.commands.config_app import Key, SomeKey, app
from mutt_cli.commands.config_change import change_settings, exit_code, waited_for
from mutt_cli.commands.config_files import set_static
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command
from mutt_cli.commands.options import For, parse_duration
from mutt_cli.errors import OK, UsageError
from mutt_cli.present.output import Listing

if TYPE_CHECKING:
    from mutt_cli.ops.dynamic import View

Words = Annotated[list[str], typer.Argument(metavar="KEY=VALUE... | KEY VALUE", help="What to set.")]
Within = Annotated[
    timedelta | None,
    typer.Option("--confirm-within", metavar="D", parser=parse_duration, help="Go back unless set again in time."),
]
Publish = Annotated[bool, typer.Option("--publish", help="Accepted and needless: a change is always announced.")]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_settings(run: Run) -> Listing:
    """All settings with value, source, default and meaning; of dynamic ones, how many daemons run with the value."""
    from mutt_cli.present.settings import settings_listing

    seen, warnings = _seen(run)
    return settings_listing(run.configuration, seen, warnings)


@command(app, "get", impact="R")
def get(run: Run, key: Key) -> None:
    """The bare value of one setting; nothing is printed for an empty one."""
    from mutt_cli.settings.naming import declaration_named

    declaration = declaration_named(key)
    seen, warnings = _seen(run) if declaration.dynamic else (None, ())

    from mutt_cli.present.settings import setting_document

    run.show(setting_document(run.configuration, declaration, seen, warnings))


@command(app, "set", impact="W")
def set_values(
    run: Run, words: Words, *, duration: For = None, confirm_within: Within = None, publish: Publish = False
) -> int:
    """Change settings without a restart: validate, store, announce, and wait until every daemon runs with them.

    With --for the old value comes back by itself; with --confirm-within too, unless the same command without it
    follows in time. A daemon does that, within 5 s of the moment.
    Exit 6 if some daemons, 8 if all of them have not acknowledged; the value stays stored, they read it when they can.

    A setting that needs a restart is checked against the whole deployment and written into the mutt.env of this host
    as one clean line; the restart lines are printed, and it waits (10 minutes, or --timeout) until the daemons of this
    host run with it. Exit 4 without the permission to write: then the line is printed.
    """
    from mutt_cli.ops import dynamic
    from mutt_cli.ops.backends import Backends

    del publish  # the old habit; a change that is not announced would leave daemons apart for a while
    if duration and confirm_within:
        raise UsageError("--for and --confirm-within are two ends of one time: give one of them")
    wishes, lasts = _pairs(words), confirm_within if duration is None else duration
    if lasts is not None and not lasts:
        raise UsageError("a value that is meant for no time at all is not set")
    if _need_restart(wishes):
        if lasts is not None:
            raise UsageError("what needs a restart cannot go back by itself: leave out --for and --confirm-within")
        return set_static(run, wishes)
    with Backends(run.settings) as backends:
        return change_settings(run, backends, dynamic.plan_set(backends, run.configuration, wishes), lasts)


@command(app, "unset", impact="W")
def unset(run: Run, key: Key) -> int:
    """Back to what environment, file or default say."""
    from mutt_cli.ops import dynamic
    from mutt_cli.ops.backends import Backends

    with Backends(run.settings) as backends:
        return change_settings(run, backends, dynamic.plan_unset(backends, run.configuration, key))


@command(app, "publish", impact="W")
def publish(run: Run, key: SomeKey = None) -> int:
    """Announce what is stored once more, and tell which daemons run with it. Nothing changes."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import dynamic
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.dynamic import published_document

    with Backends(run.settings) as backends:
        names = dynamic.to_publish(backends, run.configuration, key)
        if not approved(run, Plan(f"PUBLISH {', '.join(names) or 'nothing: nothing is set at run time'}")):
            return OK
        with journalled(run, backends, names) as operation:
            dynamic.publish(backends, names)
            operation.counts = {"published": len(names)}
        seen, waited = waited_for(run, backends)
    run.show(published_document(run.spec.kind, names, seen, operation=operation, waited_s=waited))
    return exit_code(seen)


def _need_restart(wishes: list[tuple[str, str]]) -> bool:
    """Whether these go into the file. Raises UsageError if some do and some do not: they are two different things."""
    from mutt_cli.ops.static_settings import is_static

    kinds = {is_static(name) for name, _ in wishes}
    if len(kinds) == 2:
        raise UsageError("some of these need a restart and some do not: set them with two commands")
    return kinds == {True}


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    """`KEY=VALUE` each, or `KEY VALUE`, where the value may hold an equals sign."""
    if len(words) == 2 and "=" not in words[0]:
        return [(words[0], words[1])]
    wrong = [word for word in words if "=" not in word]
    if wrong:
        raise UsageError(f"{wrong[0]} has no value", tries=(f"mutt config set {wrong[0]}=VALUE",))
    return [(name, text) for name, _, text in (word.partition("=") for word in words)]


def _seen(run: Run) -> tuple["View | None", tuple[str, ...]]:
    """What is stored and in effect; without Redis nothing, and a warning."""
    from mutt_cli.ops import dynamic
    from mutt_cli.ops.backends import Backends

    return dynamic.view_if_any(Backends(run.settings), run.configuration)
