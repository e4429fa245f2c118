"""`mutt db`: PostgreSQL as MUTT sees it."""

from typing import Annotated

import typer

from mutt_cli.commands import db_connections, db_index, db_partition, db_retention
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.parsing import PluralGroup
from mutt_cli.errors import OK
from mutt_cli.present.output import Document

app = noun("db", "PostgreSQL: schema, state, connections, history.")
app.add_typer(db_partition.app, name="partition")
app.add_typer(db_partition.app, name="partitions", hidden=True, cls=PluralGroup)
app.add_typer(db_index.app, name="index")
app.add_typer(db_index.app, name="indexes", hidden=True, cls=PluralGroup)
app.add_typer(db_connections.app, name="connections")
app.add_typer(db_retention.app, name="retention")

To = Annotated[int | None, typer.Option("--to", metavar="VERSION", min=1, help="Only up to this schema version.")]


@command(app, "status", impact="R")
def status(run: Run) -> Document:
    """Server, size, schema against this release, history, connections, dead rows, slow statements, settings: judged.

    Each statement is bounded by 2 s. What the role may not see is named with the grant that would show it.
    """
    from mutt_cli.ops import database
    from mutt_cli.ops.database_health import health
    from mutt_cli.present.database import status_document

    with database.opened(run.settings) as conn:
        found = database.status(conn, run.now().date())
        return status_document(found, health(conn, run.settings), local=run.flags.local)


@command(app, "migrate", impact="B", endless=True)
def migrate(run: Run, to: To = None) -> int:
    """Bring the schema to this release: all missing migrations in one transaction. --dry-run prints the SQL.

    Before that it looks whether another migration runs (then exit 7) and which transactions it would have to wait for.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import database
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.database import migrate_document, migrate_lines, plan_document

    with Backends(run.settings) as backends, database.working(backends) as conn:
        plan = database.plan_migration(conn, to)
        lines = migrate_lines(plan)
        title = f"MIGRATE the schema: {len(plan.pending)} to apply"
        if (plan.pending or run.flags.dry_run) and not approved(run, Plan(title, lines=lines)):
            run.show(plan_document(plan))
            return OK
        if not plan.pending:
            run.show(migrate_document(database.migrate(conn, run.now().date(), to)))
            return OK
        words = ("--to", str(to)) if to else ()
        labels = [one.label for one in plan.pending]
        with journalled(run, backends, words, {"pending": labels}, {"version": plan.version}) as operation:
            with database.working(backends):
                done = database.migrate(conn, run.now().date(), to)
            operation.counts = {"applied": len(done.applied), "partitions": len(done.partitions)}
    run.show(migrate_document(done, operation, new=not plan.version))
    return OK
