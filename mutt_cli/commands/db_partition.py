"""`mutt db partition`: the days of the history."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import OK
from mutt_cli.present.output import Listing

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection

app = noun("db partition", "Days of the history.")

Months = Annotated[
    int, typer.Option("--months", metavar="N", min=1, max=12, help="How far ahead (1).", show_default=False)
]
Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Partitions as `list` shows them.")]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_partitions(run: Run) -> Listing:
    """Each day of the history with its size, about how many rows it has, and whether it is archived on this host."""
    from mutt_cli.ops import database, database_partitions
    from mutt_cli.present.database_partitions import partition_listing

    today = run.now().date()
    with database.opened(run.settings) as conn:
        folder = _folder(run, conn)
        return partition_listing(database_partitions.rows(conn, run.settings.history, today, folder), today)


@command(app, "create", impact="W")
def create(run: Run, *, months: Months = 1) -> int:
    """Make the days ahead, so that nothing goes to DEFAULT while no historian runs. Undo removes those still empty."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import database, database_partitions
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.database_partitions import created_document

    with Backends(run.settings) as backends, database.working(backends) as conn:
        planned = database_partitions.to_create(conn, run.now().date(), months)
        if not planned or not approved(run, Plan(f"CREATE {len(planned):,} partitions")):
            run.show(created_document(planned, dry_run=run.flags.dry_run))
            return OK
        missing, words = {"missing": [one.name for one in planned]}, ("--months", str(months))
        with journalled(run, backends, words, missing, missing) as operation:
            made: list[str] = []
            with database.working(backends):
                for name in database_partitions.create(conn, planned):
                    made.append(name)
                    operation.counts = {"made": len(made)}
    run.show(created_document(planned, made, operation))
    return OK


@command(app, "archive", impact="B", endless=True)
def archive(run: Run, names: Names = None) -> int:
    """Write days that have ended to compressed files with checksums, each read again after writing.

    Without NAME every day that has no archive yet. Nothing is removed: `mutt db partition drop` does that. Interrupted,
    the same command goes on with the rest.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import database, database_partitions
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.database_partitions import archive_lines, archived_document

    with Backends(run.settings) as backends, database.working(backends) as conn:
        plan = database_partitions.to_archive(conn, names or (), run.now().date(), _folder(run, conn))
        _need_room(run, plan.size, plan.free)
        title = f"ARCHIVE {len(plan.partitions):,} partitions, {plan.size:,} bytes"
        if not plan.partitions or not approved(run, Plan(title, lines=archive_lines(plan))):
            run.show(archived_document(plan, dry_run=run.flags.dry_run))
            return OK
        wanted = [one.name for one in plan.partitions]
        with journalled(run, backends, names or (), {"partitions": wanted}) as operation:
            operation.backup_path, done = str(plan.folder), []
            with database.working(backends):
                name, now = database.name_of(conn), run.now().isoformat()
                for one in database_partitions.archive(conn, plan, name, now):
                    done.append(one)
                    run.detail(f"archived {one.name}: {one.rows:,} rows")
                    operation.counts = {"archived": len(done), "rows": sum(each.rows for each in done)}
    run.show(archived_document(plan, done, operation))
    return OK


@command(app, "drop", impact="D", endless=True)
def drop(run: Run, names: Names = None) -> int:
    """Drop days whose verified archive is on this host; the space is free at once, and undo makes them again from it.

    Without NAME every archived day. A day that got records after it was archived is refused (exit 7).
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import database, database_partitions
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.database_partitions import drop_lines, dropped_document

    with Backends(run.settings) as backends, database.working(backends) as conn:
        plan = database_partitions.to_drop(conn, names or (), run.now().date(), _folder(run, conn))
        wanted = [one.name for one, _ in plan.partitions]
        target = wanted[0] if len(wanted) == 1 else database.name_of(conn)
        title = f"DROP {len(wanted):,} partitions, {plan.size:,} bytes"
        if not wanted or not approved(run, Plan(title, target, drop_lines(plan))):
            run.show(dropped_document(plan, dry_run=run.flags.dry_run))
            return OK
        digests = {one.name: known.sha256 for one, known in plan.partitions}
        planned = {"partitions": wanted, "folder": str(plan.folder), "sha256": digests}
        with journalled(run, backends, names or (), planned, planned) as operation:
            operation.backup_path, done = str(plan.folder), []
            with database.working(backends):
                for one in database_partitions.drop(conn, plan):
                    done.append(one)
                    operation.counts = {"dropped": len(done)}
    run.show(dropped_document(plan, done, operation))
    return OK


def _folder(run: Run, conn: "Connection") -> Path:
    from mutt_cli.adapters.contexts import state_dir
    from mutt_cli.adapters.partition_archive import folder_of
    from mutt_cli.ops.database import name_of, server_id

    return folder_of(state_dir(run.environ), name_of(conn), server_id(conn))


def _need_room(run: Run, size: int, free: int) -> None:
    from mutt_cli.errors import RefusedError
    from mutt_cli.present.times import size as text

    if size > free and "disk" not in run.flags.force:
        raise RefusedError(
            f"there are {text(free)} free for what takes {text(size)} in the data base",
            code="MUTT-P214",
            why="compressed text takes less, so it may fit; nothing was written",
            tries=("mutt db partition archive NAME", "add --force disk", "set MUTT_STATE_DIR to a folder with room"),
        )
