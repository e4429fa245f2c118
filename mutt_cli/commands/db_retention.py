"""`mutt db retention`: what the history does not keep any longer."""

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import OK
from mutt_cli.present.output import Document

app = noun("db retention", "What is deleted by policy.")


@command(app, "show", impact="R")
def show(run: Run) -> Document:
    """What HISTORY_DAYS, HISTORY_RAW_DAYS and HISTORY_MAX_BYTES do not keep; historians delete it once an hour.

    They are the historian's own; where none has told them, those of this host, and its disk counts for nothing.
    """
    from mutt_cli.ops import database, retention
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.retention import retention_document

    with database.opened(run.settings) as conn, Backends(run.settings) as backends:
        return retention_document(retention.doomed(conn, retention.in_force(backends), run.now().date()))


@command(app, "run", impact="D", endless=True)
def run_now(run: Run) -> int:
    """Delete it now: a day or 10,000 rows in each transaction. Interrupted, the same command goes on with the rest."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import database, retention
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.retention import asked_lines, deleted_document

    with Backends(run.settings) as backends, database.working(backends) as conn:
        doomed = retention.doomed(conn, retention.in_force(backends), run.now().date())
        title = f"DELETE {len(doomed.partitions):,} partitions ({doomed.size:,} bytes) and {doomed.rows:,} rows"
        if doomed.nothing or not approved(run, Plan(title, database.name_of(conn), asked_lines(doomed))):
            run.show(deleted_document(doomed, dry_run=run.flags.dry_run))
            return OK
        planned = {"partitions": [one.name for one in doomed.partitions], "rows": doomed.rows}
        gone: dict[str, int] = {}
        with journalled(run, backends, (), planned) as operation, database.working(backends):
            for name, rows in retention.delete(conn, doomed):
                gone[name] = gone.get(name, 0) + rows
                operation.counts = {"tables": len(gone), "rows": sum(gone.values())}
                run.detail(f"{name}: {rows:,} rows" if rows else f"dropped {name}")
    run.show(deleted_document(doomed, gone, operation))
    return OK
