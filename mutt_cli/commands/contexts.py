"""`mutt context`: which deployment commands go to."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mutt_cli.commands.context import Run, wants_color, write
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import OK, UNREACHABLE
from mutt_cli.present.output import Document, Listing

if TYPE_CHECKING:
    from mutt_cli.adapters.contexts import Context

app = noun("context", "Which deployment commands go to.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a deployment.")]
SomeName = Annotated[str | None, typer.Argument(metavar="[NAME]", help="Name; without it the one in use.")]
Used = Annotated[str, typer.Argument(metavar="NAME|-", help="Name of a deployment; - is the one before.")]
Assign = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="environment, protected, REDIS_HOST ...; may be repeated."),
]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_contexts(run: Run) -> Listing:
    """The deployments that can be chosen: the host's own, that of `mutt up`, and those that were added."""
    from mutt_cli.adapters.contexts import every
    from mutt_cli.present.contexts import context_listing, context_row

    current = run.context.name
    rows = [context_row(one, _places(run, one), current=one.name == current) for one in every(run.environ)]
    return context_listing(rows)


@command(app, "show", impact="R")
def show(run: Run, name: SomeName = None) -> Document:
    """One deployment: where it is and what protects it. Secrets are never in a context."""
    from mutt_cli.present.contexts import context_document, context_row

    one = _named(run, name)
    return context_document(context_row(one, _places(run, one), current=one.name == run.context.name))


@command(app, "add", impact="W")
def add(run: Run, name: Name, *, assign: Assign = None) -> int:
    """Write a deployment down in contexts.toml of this user.

    \b
    mutt context add prod-east --set environment=prod --set REDIS_HOST=10.0.3.11 --set POSTGRES_HOST=10.0.3.12

    It is protected if its name or environment means production, or with --set protected=true.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.adapters.context_files import user_file
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import noted
    from mutt_cli.ops import context_change as ops
    from mutt_cli.present.contexts import added_document

    table = ops.wanted_fields(name, assign or [])
    place = user_file(run.environ)
    if not approved(run, Plan(f"ADD context {name} to {place}")):
        run.show(added_document(run.spec.kind, name, str(place), table, operation=""))
        return OK
    with noted(run, [name, *(word for text in assign or () for word in ("--set", text))]) as operation:
        added = ops.add(run.environ, name, table)
        images = {"before": added.before, "after": added.place.read_text(encoding="utf-8")}
        operation.originals = {"place": str(added.place), **images}
    run.show(added_document(run.spec.kind, name, str(place), table, operation=operation.id))
    return OK


@command(app, "use", impact="W")
def use(run: Run, name: Used) -> int:
    """Choose a deployment for the commands that follow; a protected one for this terminal and eight hours.

    `mutt context use -` goes back. --context and MUTT_CONTEXT win over the choice.
    """
    from mutt_cli.adapters.context_choice import LASTS_S
    from mutt_cli.commands.journal import noted
    from mutt_cli.ops import context_change as ops
    from mutt_cli.present.contexts import used_document

    if run.flags.dry_run:
        found = _named(run, name)
        run.show(used_document(run.spec.kind, found.name, run.context.name, hours=0, dry_run=True))
        return OK
    with noted(run, [name]):
        choice, found = ops.use(run.environ, name, run.now())
    hours = LASTS_S // 3600 if found.protected else 0
    run.show(used_document(run.spec.kind, found.name, choice.previous, hours=hours, dry_run=False))
    return OK


@command(app, "check", impact="R")
def check(run: Run, name: SomeName = None) -> int:
    """Connect to everything that a deployment names. Exit 5 if something does not answer."""
    from mutt_cli.adapters.configuration import load
    from mutt_cli.adapters.contexts import own_only
    from mutt_cli.commands.folders import folders
    from mutt_cli.ops import context_check as ops
    from mutt_cli.present.contexts import checked_listing

    one = _named(run, name)
    found = ops.check(load(own_only(run.environ), one.env_file, context=one.settings), folders(run))
    run.show(checked_listing(one.name, found))
    return UNREACHABLE if ops.unreachable(found) else OK


@command(app, "prompt", impact="R")
def prompt(run: Run) -> None:
    """A short tag for PS1: `PS1='$(mutt context prompt) $ '`. Empty on any trouble: a prompt must not fail."""
    from mutt_cli.errors import MuttError
    from mutt_cli.present.contexts import prompt_tag

    try:
        one = run.context
    except MuttError:
        return
    flags = run.flags
    color = wants_color(flags.color, no_color=flags.no_color, environ=run.environ, terminal=sys.stderr.isatty())
    write(sys.stdout, prompt_tag(one, color=color))


def _named(run: Run, name: str | None) -> "Context":
    from mutt_cli.adapters.contexts import choose

    return run.context if name is None else choose(run.environ, name)


def _places(run: Run, one: "Context") -> dict[str, str]:
    """The addresses that a context means; nothing is asked."""
    from mutt_cli.adapters.configuration import load
    from mutt_cli.adapters.contexts import own_only
    from mutt_cli.adapters.redis_client import address
    from mutt_cli.errors import MuttError

    try:
        environ = run.environ if one.name == run.context.name else own_only(run.environ)
        settings = load(environ, one.env_file, context=one.settings).settings
    except MuttError as error:
        return {"redis": error.message}
    db = f"{settings.postgres.host}:{settings.postgres.port}/{settings.postgres.db}"
    return {"redis": address(settings.redis), "db": db, "vault": settings.vault.addr}
