"""`mutt drill`: a labelled canary through the real pipeline, timed per stage."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.errors import OK

if TYPE_CHECKING:
    from mutt_cli.adapters.ingest_client import IngestClient
    from mutt_cli.ops.backends import Backends

app = word("drill")

_LIMIT: Final = timedelta(seconds=60)

Send = Annotated[
    bool, typer.Option("--send", help="Post it: one alert titled TEST goes to Moogsoft.", show_default=False)
]


@command(app, impact="W", timeout=_LIMIT, waits=True)
def drill(run: Run, *, send: Send = False) -> int:
    """Send one labelled event through ingestor, alerter and forwarder, and time each stage.

    \b
    mutt drill
    mutt drill --send --reason "after the upgrade"
    muttctl drill -q                       from cron, beside DRILL_INTERVAL

    Without --send the forwarder records what it would post. -q says nothing if all is well; -vv shows this command's
    calls. Exit 1 if the canary is late (--timeout), lost, set aside or not taken: it says where, and takes it away.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled, storable
    from mutt_cli.ops import drill as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.drill import Wish
    from mutt_cli.present.drill import drill_document, plan_lines, problem

    with Backends(run.settings) as backends:
        wired = ops.ready(backends, "send" if send else "record")
        title = f"SEND one canary through the pipeline{' to Moogsoft' if send else ''}"
        if not approved(run, Plan(title, lines=plan_lines(wired, send=send))):
            run.show(drill_document(run.spec.kind, None, mode="send" if send else "record", last=wired.last))
            return OK
        _watch_calls(run, backends)
        with _door(run) as door, journalled(run, backends, ["--send"] if send else [], {"send": send}) as operation:
            wish = Wish("send" if send else "record", operation.id, storable(run.actor)[:64], run.timeout_s)
            found = ops.carry_out(backends, door, wish, tell=lambda text: run.detail(text, level=2))
            operation.counts = {"canaries": 1}
            operation.result = "done" if found.finding.ok else f"failed: {problem(found).code} {problem(found).message}"
    fine = found.finding.ok and run.flags.quiet and run.format in {"table", "wide"}
    if not fine:
        run.show(drill_document(run.spec.kind, found, mode=wish.mode, last=wired.last, operation=operation))
    if not found.finding.ok:
        raise problem(found)
    return OK


def _door(run: Run) -> "IngestClient":
    """The way in. Raises what reading INGEST_API_KEY raises, with what a drill wants it for."""
    from dataclasses import replace

    from mutt_cli.errors import MuttError
    from mutt_cli.ops.ingest import door

    try:
        return door(run.settings)
    except MuttError as error:
        why = "A drill sends as senders do, with INGEST_API_KEY; nothing was sent."
        raise replace(error, why=f"{why} {error.why}".strip(), tries=(*error.tries, "mutt vault status")) from error


def _watch_calls(run: Run, backends: "Backends") -> None:
    """With -vv each call to Redis is told."""
    if run.flags.verbose > 1:
        from mutt_cli.adapters.redis_calls import watch

        watch(backends.redis(), lambda text: run.detail(text, level=2))
