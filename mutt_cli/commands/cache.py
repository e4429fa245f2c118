"""`mutt cache`: the rules that alerters decide with."""

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import OK, PARTIAL, TIMED_OUT
from mutt_cli.present.output import Listing

app = noun("cache", "The rules that alerters hold.")


@command(app, "show", impact="R", listing=True)
def show(run: Run) -> Listing:
    """Revision, age and size of each alerter's rules, and how long it took to read them.

    `warn`: that alerter decides by other rules than the database has.
    """
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.cache import caches
    from mutt_cli.present.cache import cache_listing

    with Backends(run.settings) as backends:
        return cache_listing(run.spec.kind, caches(backends))


@command(app, "reload", impact="W")
def reload(run: Run) -> int:
    """Let every alerter on every host read the rules now, and wait until each has.

    Exit 6 if some, 8 if none of them has; they go on with the rules they hold.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import cache
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.cache import reloaded_document

    with Backends(run.settings) as backends:
        found = cache.caches(backends)
        if not approved(run, Plan(f"RELOAD the rules of {len(found.held)} alerters")):
            run.show(reloaded_document(run.spec.kind, found, (), operation=None, waited_s=0.0))
            return OK
        with journalled(run, backends, []) as operation:
            asked = cache.reload(backends)
            operation.counts = {"alerters": len(found.held)}
        if run.flags.wait is False:
            run.show(reloaded_document(run.spec.kind, None, (), operation=operation, waited_s=0.0))
            return OK
        seen, behind, waited = cache.wait(backends, asked, run.left_s)
    run.show(reloaded_document(run.spec.kind, seen, behind, operation=operation, waited_s=waited))
    return OK if not behind else TIMED_OUT if len(behind) == len(seen.held) else PARTIAL
