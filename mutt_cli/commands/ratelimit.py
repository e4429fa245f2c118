"""`mutt ratelimit`: the limiters of the intake and of the posts to Moogsoft, by name."""

from typing import Annotated

import typer

from mutt_cli.commands.breaker import positive
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import For
from mutt_cli.present.output import Listing

app = noun("ratelimit", "The two rate limits: of the intake, and of the posts to Moogsoft.")

Name = Annotated[str, typer.Argument(metavar="ingest|moog", help="Which limiter.")]
Allowed = Annotated[str, typer.Argument(metavar="COUNT/PERIOD", help="How many in how long: 1000/1m, 200/60s.")]


@command(app, "show", impact="R", listing=True)
def show(run: Run) -> Listing:
    """Both limiters: limit, what the window holds now, headroom, and how often they bit on this host."""
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.ratelimit import limiters
    from mutt_cli.present.ratelimit import limiter_listing

    with Backends(run.settings) as backends:
        return limiter_listing(run.spec.kind, limiters(backends, run.configuration))


@command(app, "set", impact="W")
def set_limit(run: Run, name: Name, allowed: Allowed, *, duration: For = None) -> int:
    """Change one limiter in every process, without a restart; with --for the old limit comes back by itself.

    \b
    mutt ratelimit set ingest 1000/1m --for 1h
    mutt ratelimit set moog 200/1m

    The limit of moog is one for all forwarders: more forwarders do not raise it.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from datetime import timedelta

    from mutt_cli.commands.config_change import change_settings
    from mutt_cli.ops import dynamic
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.ratelimit import wishes

    wanted, for_s = wishes(name, allowed), positive(duration)
    with Backends(run.settings) as backends:
        plan = dynamic.plan_set(backends, run.configuration, wanted)
        return change_settings(run, backends, plan, timedelta(seconds=for_s) if for_s else None)
