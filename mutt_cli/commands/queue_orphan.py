"""`mutt queue orphan`: messages in the hands of workers that are gone."""

from datetime import timedelta
from typing import Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import OK
from mutt_cli.present.output import Listing

app = noun("queue orphan", "Messages in the hands of workers that are gone.")

Pod = Annotated[str | None, typer.Argument(metavar="[POD]", help="A worker; without it every one that is gone.")]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_orphans(run: Run) -> Listing:
    """Lists of messages without a live worker. Within seconds any live worker of the same kind gives them back."""
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.orphans import lease_s, orphans
    from mutt_cli.present.orphans import orphan_listing

    with Backends(run.settings) as backends:
        return orphan_listing(orphans(backends), run.now(), lease_s(backends))


@command(app, "recover", impact="B", timeout=timedelta(seconds=60))
def recover(run: Run, pod: Pod = None) -> int:
    """Give back what workers that are gone held, as any live worker of the same kind does by itself.

    One crash is counted for each message; one that has been in too many dead hands goes to `dead`.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import orphans as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.orphans import recovered_document

    with Backends(run.settings) as backends:
        found, lease_s = ops.of_pod(backends, pod), ops.lease_s(backends)
        lines = [f"{one.messages:,} messages of {one.pod} go back to {one.target}" for one in found]
        title = f"RECOVER {sum(one.messages for one in found):,} messages of {len(found)} workers that are gone"
        if not found or not approved(run, Plan(title, pod or "orphans", lines)):
            run.show(recovered_document(run.spec.kind, found, None, None, lease_s=lease_s))
            return OK
        plan = {"pods": [f"{one.role}:{one.pod}" for one in found]}
        with journalled(run, backends, [pod] if pod else [], plan) as operation:
            done = ops.recover(backends, found, run.left_s)
            operation.counts = {"messages": sum(one.returned + one.buried for one in done)}
    run.show(recovered_document(run.spec.kind, found, done, operation, lease_s=lease_s))
    return OK
