"""`mutt audit`: who changed rules, inventory and settings, when and why, also with SQL or redis-cli's help."""

from datetime import timedelta
from typing import Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import Since, Until
from mutt_cli.present.output import Document, Listing

app = noun("audit", "Who changed what, and why.")

Id = Annotated[int, typer.Argument(metavar="ID", help="As mutt audit list shows it.")]
Actor = Annotated[str | None, typer.Option("--actor", metavar="NAME", help="Changes by whoever's name holds this.")]
Object = Annotated[
    str | None,
    typer.Option("--object", metavar="NAME", help="A rule's id or name, a host, a setting, a table, or TABLE/ID."),
]
_WEEK = timedelta(days=7)


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_changes(
    run: Run, *, since: Since = None, until: Until = None, actor: Actor = None, thing: Object = None
) -> Listing:
    """Changes of rules, hosts, teams and settings, the newest first; without --since the last seven days."""
    from mutt_cli.ops import audit
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.audit import audit_listing

    last = run.moment(until, "--until") or run.now()
    first = run.moment(since, "--since") or last - _WEEK
    wanted = audit.Wanted(first, last if until else None, actor or "", object=thing or "")
    with Backends(run.settings) as backends:
        return audit_listing(run.spec.kind, audit.search(backends, wanted))


@command(app, "show", impact="R")
def show(run: Run, number: Id) -> Document:
    """One change: who, why, by which operation, and each field before and after."""
    from mutt_cli.ops import audit
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.audit import audit_document

    with Backends(run.settings) as backends:
        return audit_document(audit.one(backends, number), local=run.flags.local)


@command(app, "report", impact="R")
def report(run: Run, *, since: Since = None, until: Until = None) -> Document:
    """The weekly report: how many changes by whom, of what, which were made by hand, which have no reason."""
    from mutt_cli.ops import audit
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.audit import report_document

    last = run.moment(until, "--until") or run.now()
    first = run.moment(since, "--since") or last - _WEEK
    with Backends(run.settings) as backends:
        found = audit.search(backends, audit.Wanted(first, last if until else None))
    return report_document(found, first, last, local=run.flags.local)
