"""`mutt slo`: service levels."""

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.present.output import Listing

app = noun("slo", "Service levels.")


@command(app, "show", impact="R")
def show(run: Run) -> Listing:
    """Availability, burn rate of the last hour, and what is left of the error budget, of intake and forwarding.

    The figures are Prometheus', if PROMETHEUS_URL is set, else the ledger's own; which, is said.
    """
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.slo import levels
    from mutt_cli.present.slo import slo_listing

    with Backends(run.settings) as backends:
        found = levels(backends, run.configuration)
    if not run.people_read and run.format in {"table", "wide", "csv"}:
        run.say(f"source: {found.source}")
    return slo_listing(found)
