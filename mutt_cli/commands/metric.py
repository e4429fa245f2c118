"""`mutt metric`: what the daemons count, without knowing a port."""

from datetime import timedelta
from typing import Annotated, Final

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import OK, PARTIAL

_TWO_LOOKS: Final = timedelta(seconds=10)
"""A Redis that does not answer costs 2 s before the first look."""

app = noun("metric", "Metrics of all daemons.")

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of a metric, or a pattern: 'mutt_moog_*'. Quote it from the shell.")
]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_metrics(run: Run) -> int:
    """Every series of every daemon: its value now, of all instances together.

    Exit 6 if a daemon that should answer does not; which one is said.
    """
    from mutt_cli.ops import metrics
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.metrics import metric_listing

    with Backends(run.settings) as backends:
        reading = metrics.read(backends, twice=False)
    run.show(metric_listing(metrics.series(reading, each=False), reading.warnings))
    return PARTIAL if reading.silent else OK


@command(app, "show", impact="R", timeout=_TWO_LOOKS)
def show(run: Run, name: Name) -> int:
    """One metric, of each instance and of all: a counter with its rate, a histogram with p50, p95 and p99.

    Rates and percentiles are those of the last two seconds; percentiles are those since the start where less than five
    observations came in that time. Exit 6 if a daemon that should answer does not; which one is said.
    """
    from mutt_cli.ops import metrics
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.metrics import metric_document

    with Backends(run.settings) as backends:
        reading = metrics.read(backends, twice=True)
    run.show(metric_document(metrics.series(reading, name), reading.warnings))
    return PARTIAL if reading.silent else OK
