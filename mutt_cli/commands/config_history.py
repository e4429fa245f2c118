"""`mutt config`: what was changed, going back, and changes as they happen."""

from datetime import timedelta
from typing import Annotated, Final

import typer

from mutt_cli.commands.config_app import SomeKey, app
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command
from mutt_cli.commands.options import Since, Until
from mutt_cli.errors import OK
from mutt_cli.present.output import Listing

To = Annotated[int | None, typer.Option("--to", metavar="VERSION", min=1, help="As after this change of the history.")]
_SHOWN: Final = timedelta(days=30)


@command(app, "history", impact="R", listing=True)
def history(run: Run, key: SomeKey = None, *, since: Since = None, until: Until = None) -> Listing:
    """Who changed which setting, when and why, the newest first; without --since the last 30 days."""
    from mutt_cli.ops import config_history as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.settings_files import history_listing

    last = run.moment(until, "--until") or run.now()
    first = run.moment(since, "--since") or last - _SHOWN
    with Backends(run.settings) as backends:
        return history_listing(run.spec.kind, ops.history(backends, key, since=first, until=last))


@command(app, "rollback", impact="W")
def rollback(run: Run, key: SomeKey = None, *, to: To = None) -> int:
    """Go back: one setting to what it was before its last change, or, with --to, as it was after a change.

    \b
    mutt config rollback alerter_queue_shed_threshold
    mutt config rollback --to 118

    With --to and without KEY all settings that can change at run time go back to that version.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.commands.config_change import change_settings
    from mutt_cli.ops import config_history as ops
    from mutt_cli.ops.backends import Backends

    with Backends(run.settings) as backends:
        return change_settings(run, backends, ops.plan_back(backends, run.configuration, key, to))


@command(app, "init", impact="W")
def init(run: Run) -> int:
    """Write what is configured wherever nothing is stored at run time, so that `redis-cli GET` answers.

    It is noted as a default: what the files say goes on to count, and daemons change nothing.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import dynamic
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.settings_files import seeded_document

    with Backends(run.settings) as backends:
        names = dynamic.absent(backends, run.configuration)
        if not approved(run, Plan(f"SEED {len(names)} keys with what is configured", lines=names)):
            run.show(seeded_document(run.spec.kind, names, operation=None))
            return OK
        with journalled(run, backends, []) as operation:
            seeded = dynamic.seed_all(backends, run.configuration)
            operation.counts = {"settings": len(seeded)}
    run.show(seeded_document(run.spec.kind, seeded, operation=operation))
    return OK


@command(app, "watch", impact="R", endless=True, waits=True)
def watch(run: Run, key: SomeKey = None) -> int:
    """Changes as they are published, with the value that is then in effect, until Ctrl-C or --timeout."""
    from mutt_cli.ops import dynamic
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.settings_files import published_change

    with Backends(run.settings) as backends:
        for name, value, source in dynamic.changes(backends, run.configuration, key, run.timeout_s):
            run.show(published_change(run.spec.kind, name, value, source, run.now()))
    return OK
