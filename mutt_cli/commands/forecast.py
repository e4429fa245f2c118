"""`mutt forecast`: when a queue is full, or empty."""

from typing import Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.present.output import Listing

app = word("forecast")

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Queues; without any, all of them.")]
Rate = Annotated[str | None, typer.Option("--rate", metavar="R", help="As if so many left: 50 (each second), 600/1m.")]


@command(app, impact="R", listing=True)
def forecast(run: Run, names: Names = None, *, rate: Rate = None) -> Listing:
    """Time to full and time to drain, from two looks that are two seconds apart.

    \b
    mutt forecast ingest
    mutt forecast dlq-moog --rate 50/1m

    A queue that nobody empties now is judged by what its drainer is set to; `--rate` asks what another rate would give.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.forecast import outlook, rate_of
    from mutt_cli.present.forecast import forecast_listing

    per_second = rate_of(rate)
    with Backends(run.settings) as backends:
        return forecast_listing(run.spec.kind, outlook(backends, run.configuration, names or [], per_second))
