"""`mutt db`: PostgreSQL as MUTT sees it."""

from typing import Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.present.output import Document

app = noun("db", "PostgreSQL: schema and state.")

To = Annotated[int | None, typer.Option("--to", metavar="VERSION", min=1, help="Only up to this schema version.")]


@command(app, "status", impact="R")
def status(run: Run) -> Document:
    """Server, size, connections, schema against this release, partitions, rejected records."""
    from mutt_cli.ops import database
    from mutt_cli.present.database import status_document

    with database.opened(run.settings) as conn:
        return status_document(database.status(conn, run.now().date()), local=run.flags.local)


@command(app, "migrate", impact="B")
def migrate(run: Run, to: To = None) -> Document:
    """Bring the schema to this release: all missing migrations in one transaction. --dry-run prints the SQL."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.ops import database
    from mutt_cli.present.database import migrate_document, plan_document

    with database.opened(run.settings) as conn:
        missing = database.plan(conn, to)
        plan = Plan(f"MIGRATE the schema: {len(missing)} to apply", lines=[one.label for one in missing])
        if (missing or run.flags.dry_run) and not approved(run, plan):
            return plan_document(missing)
        return migrate_document(database.migrate(conn, run.now().date(), to))
