"""`mutt reconcile`: the ledger, judged, and corrected by hand."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.commands.options import Since, Until
from mutt_cli.errors import NO, OK, UsageError

if TYPE_CHECKING:
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.ledger_accept import Accepted
    from mutt_cli.ops.ledger_repair import Repaired
    from mutt_cli.ops.reconcile import Reconciliation

app = word("reconcile")

Group = Annotated[
    Literal["minute", "source"] | None, typer.Option("--by", help="One row per accepted minute or source.")
]
Accept = Annotated[bool, typer.Option("--accept", help="Close the remainder that is named (class W).")]
Repair = Annotated[
    bool, typer.Option("--repair", help="Send again what is lost, take out copies, count known ends (class W).")
]
_FEW: Final = 10
"""Ids of each kind in a plan."""


@command(app, impact="R", timeout=timedelta(minutes=10), writing=("accept", "repair"))
def reconcile(
    run: Run,
    *,
    since: Since = None,
    until: Until = None,
    by: Group = None,
    accept: Accept = False,
    repair: Repair = False,
) -> int:
    """Is everything that was accepted accounted for? Exit 1 and the ids if not; messages in flight are fine.

    \b
    mutt reconcile --repair --dry-run
    mutt reconcile --accept --reason "INC-1182: removed by hand"

    `missing` came in, is in no queue, and no record ends its way. `extra` is there once too often. `waiting` was
    pushed by hand and is counted in as soon as a worker files it; it never unbalances. `forgotten` was answered 200
    and Redis does not know it: it was rolled back, and what had not come to its end is missing. --since bounds the
    search for ids (default: a day, or as far back as a minute is off) and the rows of --by; the totals are always
    judged whole.

    --repair puts right what needs no guess and says of the rest why and what to do. A missing event whose content the
    history still has goes through the ingest queue again, with its id: what arrived although its record was lost with
    Redis arrives twice, with the same Idempotency-Key. A copy that would alert twice goes into a backup file. Known
    ends that the ledger had forgotten are counted. Killed half way, call it again. --accept closes what is left.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.commands.folders import witness_folder
    from mutt_cli.ops import reconcile as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.reconcile import reconcile_document, reconcile_listing

    if accept and repair:
        raise UsageError("--accept and --repair are two steps: repair first, accept what is left")
    if repair and by:
        raise UsageError("--repair shows what it did, not rows", tries=("mutt reconcile --by minute",))
    first, last = _ms(run.moment(since, "--since")), _ms(run.moment(until, "--until"))
    with Backends(run.settings) as backends:
        folder = witness_folder(run)
        result = ops.reconcile(backends, folder, since_ms=first, rows=by is not None)
        accepted = _accept(run, backends, result) if accept else None
        repaired = _repair(run, backends, result) if repair else None
        if accepted or (repaired and repaired.operation):
            result = ops.reconcile(backends, folder, since_ms=first, rows=by is not None)
    if by is None:
        run.show(reconcile_document(result, accepted=accepted, repaired=repaired))
    else:
        run.show(reconcile_listing(result, result.rows(by, first, last), by))
    return OK if result.balanced else NO


def _accept(run: Run, backends: "Backends", result: "Reconciliation") -> "Accepted | None":
    """Close the remainder; None if there is none, or with --dry-run."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops.ledger_accept import accept, booking

    if result.balanced:
        run.say("nothing to accept")
        return None
    if not run.reason:
        raise UsageError(
            "--accept needs a reason: it stays in the journal for ever", code="MUTT-U006",
            tries=('mutt reconcile --accept --reason "INC-1182: removed by hand"',),
        )  # fmt: skip
    lines = [*(f"missing {one}" for one in result.missing[:_FEW]), *(f"extra {one}" for one in result.extra[:_FEW])]
    title = f"ACCEPT a remainder of {result.remainder:,}: {len(result.missing):,} missing, {len(result.extra):,} extra"
    if not approved(run, Plan(title, lines=lines, impact="W", needs_reason=True)):
        return None
    booked = booking(result)
    plan = {"what": "accept", "amount": result.remainder}
    with journalled(run, backends, ["--accept"], plan, booked.as_mapping()) as operation:
        done = accept(backends, result, booked, reason=run.reason, actor=run.actor, operation=operation.id)
        operation.counts = {"accepted": abs(done.amount), "named": done.named}
        operation.originals = booked.as_mapping()
    _warn(run, operation.warnings)
    run.say(f"undo:  mutt undo {operation.id}")
    return done


def _repair(run: Run, backends: "Backends", result: "Reconciliation") -> "Repaired":
    """Put right what can be; without an operation if that is nothing, or with --dry-run."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import ledger_repair
    from mutt_cli.ops.message_files import backup_folder
    from mutt_cli.present.ledger_repair import repair_lines, repair_title

    planned = ledger_repair.plan(backends, result)
    if planned.judged.empty:
        run.say("nothing that can be repaired")
        return ledger_repair.Repaired(planned)
    plan = Plan(repair_title(planned.judged), lines=repair_lines(planned, _FEW), impact="W")
    if not approved(run, plan):
        return ledger_repair.Repaired(planned)
    with journalled(run, backends, ["--repair"], ledger_repair.recorded_plan(planned)) as operation:
        done = ledger_repair.carry_out(backends, planned, operation, run.actor, backup_folder(backends, run.environ))
    _warn(run, operation.warnings)
    run.say(f"undo:  mutt undo {operation.id}")
    return done


def _warn(run: Run, warnings: list[str]) -> None:
    for warning in warnings:
        run.say(f"warning: {warning}")


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
