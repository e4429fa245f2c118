"""`mutt db index`: which indexes there are, building what is missing, fresh statistics."""

from typing import Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import OK, PARTIAL
from mutt_cli.present.output import Listing

app = noun("db index", "Indexes of the schema.")

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Indexes as `list` shows them.")]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_indexes(run: Run) -> Listing:
    """Missing, broken, different and unused indexes first; and the plan by which the rules are read, without a run."""
    from mutt_cli.ops import database, database_indexes
    from mutt_cli.present.database_indexes import index_listing

    with database.opened(run.settings) as conn:
        return index_listing(database_indexes.report(conn))


@command(app, "create", impact="W", endless=True)
def create(run: Run, names: Names = None) -> int:
    """Build what is missing or broken with CREATE INDEX CONCURRENTLY: readers and writers go on meanwhile.

    Without NAME all of the schema that are missing. What a build that did not end has left is removed first; an index
    of that name with another definition is refused (exit 7).
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import database, database_indexes
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.database_indexes import create_lines, created_document

    with Backends(run.settings) as backends, database.working(backends) as conn:
        chosen = database_indexes.to_create(conn, names or ())
        plan = Plan(f"CREATE {len(chosen):,} indexes", lines=create_lines(chosen))
        if not chosen or not approved(run, plan):
            run.show(created_document(chosen, dry_run=run.flags.dry_run))
            return OK
        missing = {"missing": [one.name for one in chosen]}
        with journalled(run, backends, names or (), missing, missing) as operation:
            built: list[str] = []
            with database.working(backends):
                for name in database_indexes.create(conn, chosen):
                    built.append(name)
                    operation.counts = {"built": len(built)}
    run.show(created_document(chosen, built, operation))
    return OK


@command(app, "analyze", impact="W", endless=True)
def analyze(run: Run) -> int:
    """ANALYZE: fresh statistics, so that PostgreSQL chooses good plans. Exit 6 if some tables may not be analysed."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import database, database_indexes
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.database_indexes import analyzed_document

    tables = database_indexes.ANALYZED
    with Backends(run.settings) as backends, database.working(backends) as conn:
        if not approved(run, Plan(f"ANALYZE {len(tables)} tables: {', '.join(tables)}")):
            run.show(analyzed_document(tables))
            return OK
        with journalled(run, backends, ()) as operation, database.working(backends):
            done = database_indexes.analyze(conn)
            operation.counts = {"analyzed": len(done.tables), "refused": len(done.refused)}
    run.show(analyzed_document(tables, done, operation))
    return PARTIAL if done.refused else OK
