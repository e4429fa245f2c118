"""`mutt db connections`: who is connected to PostgreSQL, and ending what nobody uses."""

from datetime import timedelta
from typing import Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import parse_duration
from mutt_cli.errors import OK, PARTIAL
from mutt_cli.present.output import Listing

app = noun("db connections", "Sessions by application and state.")

TEN_MINUTES = timedelta(minutes=10)
IdleOver = Annotated[
    timedelta | None,
    typer.Option("--idle-over", metavar="D", parser=parse_duration, help="Only sessions idle for longer."),
]
KillIdleOver = Annotated[
    timedelta,
    typer.Option(
        "--idle-over", metavar="D", parser=parse_duration, help="Only those idle for longer (10m).", show_default=False
    ),
]


@command(app, impact="R")
def connections(run: Run, *, idle_over: IdleOver = None) -> Listing:
    """Sessions of the whole server by application and state, against max_connections and what is reserved of it."""
    from mutt_cli.ops import database, database_sessions
    from mutt_cli.present.database_sessions import connections_listing

    pool_max = run.settings.postgres.pool_max
    with database.opened(run.settings) as conn:
        seconds = idle_over.total_seconds() if idle_over is not None else None
        return connections_listing(database_sessions.connections(conn, pool_max, seconds), pool_max)


@command(app, "kill", impact="D")
def kill(run: Run, *, idle_over: KillIdleOver = TEN_MINUTES) -> int:
    """End idle sessions of MUTT in its own data base: by their application names, never others', never this one.

    Each is ended only if it is still the same session and still idle. Pools connect again by themselves. Exit 6 if
    some may not be ended by this role.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import database, database_sessions
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.database_sessions import kill_document, session_lines

    seconds = idle_over.total_seconds()
    with Backends(run.settings) as backends, database.working(backends) as conn:
        found, hidden, name = database_sessions.idle_sessions(conn, seconds)
        plan = Plan(f"KILL {len(found):,} idle sessions of MUTT in {name}", name, session_lines(found))
        if not found or not approved(run, plan):
            run.show(kill_document(found, hidden=hidden, dry_run=run.flags.dry_run))
            return OK
        words = ("--idle-over", f"{seconds:g}s")
        planned = {"sessions": [[one.pid, one.application] for one in found]}
        with journalled(run, backends, words, planned) as operation:
            done = database_sessions.Ended()
            try:
                with database.working(backends):
                    database_sessions.end(conn, found, seconds, done)
            finally:
                operation.counts = {"ended": len(done.ended), "busy": len(done.busy), "refused": len(done.refused)}
    run.show(kill_document(found, done, operation, hidden=hidden))
    return PARTIAL if done.refused else OK
