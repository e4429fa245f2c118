"""`mutt reconcile`: the ledger, judged."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.commands.options import Since, Until
from mutt_cli.errors import NO, OK, UsageError

if TYPE_CHECKING:
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.reconcile import Accepted, Reconciliation

app = word("reconcile")

Group = Annotated[
    Literal["minute", "source"] | None, typer.Option("--by", help="One row per accepted minute or source.")
]
Accept = Annotated[bool, typer.Option("--accept", help="Close the remainder that is named (class W).")]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why, with --accept [env MUTT_REASON].")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="With --accept: print the plan, change nothing.")]


@command(app, impact="R", timeout=timedelta(minutes=10))
def reconcile(
    run: Run,
    *,
    since: Since = None,
    until: Until = None,
    by: Group = None,
    accept: Accept = False,
    reason: Reason = None,
    dry_run: DryRun = False,
) -> int:
    """Is everything that was accepted accounted for? Exit 1 and the ids if not; messages in flight are fine.

    `missing` came in, is in no queue, and no record ends its way. `extra` is there once too often. `waiting` was
    pushed by hand and is counted in as soon as a worker files it; it never unbalances. `forgotten` was answered 200
    and Redis does not know it: it was rolled back, and what had not come to its end is missing. --since bounds the
    search for ids (default: a day, or as far back as a minute is off) and the rows of --by; the totals are always
    judged whole.
    """
    from mutt_cli.ops import reconcile as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.reconcile import reconcile_document, reconcile_listing

    if (reason or dry_run) and not accept:
        raise UsageError("--reason and --dry-run go with --accept", tries=('mutt reconcile --accept --reason "..."',))
    first, last = _ms(run.moment(since, "--since")), _ms(run.moment(until, "--until"))
    with Backends(run.settings) as backends:
        folder = witness_folder(run)
        result = ops.reconcile(backends, folder, since_ms=first, rows=by is not None)
        done = _accept(run, backends, result, reason, dry_run) if accept else None
        if done is not None:
            result = ops.reconcile(backends, folder, since_ms=first, rows=by is not None)
    if by is None:
        run.show(reconcile_document(result, accepted=done))
    else:
        run.show(reconcile_listing(result, result.rows(by, first, last), by))
    return OK if result.balanced else NO


def _accept(
    run: Run, backends: "Backends", result: "Reconciliation", reason: str | None, dry_run: bool
) -> "Accepted | None":
    """Close the remainder; None if there is none, or with --dry-run."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.ops.reconcile import accept

    run.reason = reason or run.reason
    run.flags = replace(run.flags, dry_run=dry_run)
    if result.balanced:
        run.say("nothing to accept")
        return None
    if not run.reason:
        raise UsageError(
            "--accept needs a reason: it stays in the journal for ever", code="MUTT-U006",
            tries=('mutt reconcile --accept --reason "INC-1182: removed by hand"',),
        )  # fmt: skip
    lines = [*(f"missing {one}" for one in result.missing[:10]), *(f"extra {one}" for one in result.extra[:10])]
    title = f"ACCEPT a remainder of {result.remainder:,}: {len(result.missing):,} missing, {len(result.extra):,} extra"
    if not approved(run, Plan(title, lines=lines, impact="W", needs_reason=True)):
        return None
    return accept(backends, result, reason=run.reason, actor=run.actor)


def witness_folder(run: Run) -> Path:
    """Where the ingestors of this deployment on this host note accepted ids: the state folder of its own file."""
    from mutt_cli.adapters.configuration import parse_env_text
    from mutt_cli.adapters.contexts import state_dir

    file = run.configuration.env_file
    named: Any = parse_env_text(file.read_text(errors="replace"))[0].get("MUTT_STATE_DIR") if file else None
    return Path(named or run.settings.platform.state_dir or state_dir(run.environ)) / "witness"


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
