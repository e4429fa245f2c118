"""`mutt redis`: the server that holds the queues, judged by the thresholds of the guides."""

from datetime import timedelta
from typing import Annotated, Literal

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import parse_duration
from mutt_cli.errors import OK
from mutt_cli.present.output import Document, Listing

app = noun("redis", "Redis: memory, clients, latency, large keys.")

Budget = Annotated[
    timedelta,
    typer.Option(
        "--budget", metavar="D", parser=parse_duration, help="How long keys are looked at.", show_default=False
    ),
]
OlderThan = Annotated[
    timedelta,
    typer.Option(
        "--older-than", metavar="D", parser=parse_duration, help="Last seen longer ago than this (7d).",
        show_default=False,
    ),
]  # fmt: skip
What = Annotated[Literal["unhandled"], typer.Argument(metavar="unhandled", help="Counts of events without a rule.")]
FIVE_SECONDS = timedelta(seconds=5)
WEEK = timedelta(days=7)


@command(app, "info", impact="R")
def info(run: Run) -> Document:
    """Version, role, work and CPU of the server, also a remote one; MUTT's keys apart from others'."""
    from mutt_cli.ops import redis_server
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.redis import info_document

    with Backends(run.settings) as backends:
        return info_document(redis_server.info(backends))


@command(app, "memory", impact="R")
def memory(run: Run) -> Document:
    """Memory against its limit and its host's, policy, append-only file, fragmentation; what to type where it fails.

    MUTT's share is weighed apart from others'; with many keys it is estimated from those that a second reaches.
    """
    from mutt_cli.ops import redis_server
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.redis import memory_document

    with Backends(run.settings) as backends:
        return memory_document(redis_server.memory(backends))


@command(app, "clients", impact="R")
def clients(run: Run) -> Listing:
    """Connections by name, MUTT's apart from others, against maxclients."""
    from mutt_cli.ops import redis_server
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.redis import clients_listing

    with Backends(run.settings) as backends:
        return clients_listing(redis_server.clients(backends))


@command(app, "latency", impact="R")
def latency(run: Run) -> Document:
    """A hundred round trips measured from this host; above 10 ms is high."""
    from mutt_cli.ops import redis_server
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.redis import latency_document

    with Backends(run.settings) as backends:
        return latency_document(redis_server.latency(backends))


@command(app, "slowlog", impact="R")
def slowlog(run: Run) -> Listing:
    """The newest slow commands and who sent them. Arguments are counted and never shown: they may be payload."""
    from mutt_cli.ops import redis_server
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.redis import slowlog_listing

    with Backends(run.settings) as backends:
        return slowlog_listing(redis_server.slowlog(backends))


@command(app, "bigkeys", impact="R", endless=True, aliases=("big-keys",))
def bigkeys(run: Run, *, budget: Budget = FIVE_SECONDS) -> Listing:
    """The largest keys by bytes, anybody's. Walks by SCAN for --budget (5s), half of the time at most; never KEYS."""
    from mutt_cli.ops import redis_keys
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.redis import big_keys_listing

    with Backends(run.settings) as backends:
        return big_keys_listing(redis_keys.largest(backends, _seconds(run, budget)))


@command(app, "nottl", impact="R", endless=True)
def nottl(run: Run, *, budget: Budget = FIVE_SECONDS) -> Listing:
    """MUTT's keys that should end by themselves and do not; queues and settings live for ever and are left out."""
    from mutt_cli.ops import redis_keys
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.redis import unending_listing

    with Backends(run.settings) as backends:
        return unending_listing(redis_keys.unending(backends, _seconds(run, budget)))


@command(app, "clean", impact="B")
def clean(run: Run, what: What, *, older_than: OlderThan = WEEK) -> int:
    """Remove counts of events without a rule that were last seen longer ago than --older-than (7d).

    Age is what the counts say, not the time that a key has left. Kinds that are seen again meanwhile stay.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import unhandled_clean
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.unhandled import cleaned_document, plan_lines

    with Backends(run.settings) as backends:
        plan = unhandled_clean.plan(backends, run.now(), older_than, run.left_s / 2)
        title = f"CLEAN {what}: {len(plan.old):,} of {plan.known:,} kinds, {plan.size:,} bytes"
        if plan.old and not approved(run, Plan(title, lines=plan_lines(plan))):
            run.show(cleaned_document(plan))
            return OK
        if not plan.old:
            run.show(cleaned_document(plan, dry_run=run.flags.dry_run))
            return OK
        words = (what, "--older-than", f"{older_than.total_seconds():g}s")
        wanted, images = {"old": len(plan.old), "bytes": plan.size}, unhandled_clean.images(plan.old)
        with journalled(run, backends, words, wanted, {"kinds": images}) as operation:
            removed = unhandled_clean.images(unhandled_clean.remove(backends, plan))
            operation.counts = {"removed": len(removed), "kept": len(plan.old) - len(removed)}
            operation.originals = {"kinds": removed}
    run.show(cleaned_document(plan, removed, operation))
    return OK


def _seconds(run: Run, budget: timedelta) -> float:
    return min(budget.total_seconds(), run.left_s)
