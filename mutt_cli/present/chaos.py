"""`mutt chaos` on the screen and in JSON: what can be broken, and what each round came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.chaos import CATALOGUE, UNTOLD
from mutt_cli.core.diagnosis import BY_ID
from mutt_cli.core.diagnosis.cause import filled
from mutt_cli.core.ledger import IN, OUT
from mutt_cli.errors import MuttError
from mutt_cli.present import times
from mutt_cli.present.output import Column, Document, Listing
from mutt_cli.present.switches import moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from mutt_cli.core.chaos import Fault
    from mutt_cli.ops.chaos import Round
    from mutt_cli.ops.operation import Operation

_STATES: Final = {"ok": "ok", "ended": "warn"}
_HOW: Final = {
    "time": "its time was over", "interrupt": "Ctrl-C", "itself": "it came back by itself", "signal": "told to end",
}  # fmt: skip
_MOST_IDS: Final = 1000
_SHOWN: Final = 20
"""Ids on a terminal."""
_COLUMNS: Final = (
    Column("name"), Column("does", "free"), Column("doctor"), Column("health"), Column("heals_seconds", "seconds"),
    Column("heals", "free", wide=True), Column("here"),
)  # fmt: skip


def catalogue(kind: str, here: Collection[str]) -> Listing:
    """What can be broken; `here` are the names of those that this platform has."""
    rows = [{**_fault(one), "here": one.name in here} for one in CATALOGUE]
    footer = ("mutt chaos any   breaks one of them and tells which when it is over",)
    if not here:
        footer = ("nothing can be broken here: this is no running platform of mutt up",)
    return Listing(kind, _COLUMNS, rows, footer=footer)


def plan_lines(fault: Fault | None, seconds: float, *, sends: bool) -> list[str]:
    """What an operator wants to know before it is broken; None does not tell what it is."""
    lines = [f"what: {UNTOLD}"] if fault is None else [
        f"what: {fault.does}", f"seen by: mutt doctor {fault.cause}, mutt health {fault.check}",
        f"healed: {fault.heals}; all is well again about {fault.heals_s} s later",
    ]  # fmt: skip
    lines.append(f"for: {times.span(seconds)}, or until Ctrl-C; if this command is killed it heals all the same")
    told = "sample events go in, some of which become alerts for the simulator"
    lines.append(f"meanwhile: {told}" if sends else "meanwhile: no event is sent, because Moogsoft is a real one here")
    return lines


def planned(kind: str, names: Sequence[str], seconds: float) -> Document:
    """`mutt chaos NAME --dry-run`."""
    return Document(kind, _fields(names, seconds, (), dry_run=True), text=[f"would break: {', '.join(names)}"])


def rounds_document(
    kind: str, names: Sequence[str], seconds: float, rounds: Sequence[tuple[Round, Operation]]
) -> Document:
    """What was broken, and how it went."""
    text = [line for one, operation in rounds for line in _lines(one, operation)]
    warnings = [line for _, operation in rounds for line in operation.warnings]
    return Document(kind, _fields(names, seconds, rounds), text, warnings, name=rounds[-1][1].id)


def problem(found: Round) -> MuttError:
    """What a round that did not end well is told as."""
    judgement = found.judgement
    if judgement.result == "not_recovered":
        return MuttError(
            f"{found.fault.name}: {judgement.sentence}", code="MUTT-D150",
            why="it was healed, and something else is wrong, or takes longer",
            tries=("mutt doctor", "mutt health"),
        )  # fmt: skip
    return MuttError(
        f"{found.fault.name}: {judgement.sentence}", code="MUTT-D151",
        why="an event that was accepted is in no queue, and no record ends its way",
        tries=("mutt reconcile", "mutt reconcile --repair --dry-run"),
    )  # fmt: skip


def _fields(
    names: Sequence[str], seconds: float, rounds: Sequence[tuple[Round, Operation]], *, dry_run: bool = False
) -> dict[str, Any]:
    results = [one.judgement.result for one, _ in rounds]
    worst = next((one for one in results if one != "ok"), "ok")
    return {
        "dry_run": dry_run,
        "operation": rounds[-1][1].id if rounds else None,
        "names": list(names),
        "for_seconds": seconds,
        "state": _STATES.get(worst, "crit") if rounds else "unkn",
        "rounds": [_round(one, operation) for one, operation in rounds],
    }


def _fault(one: Fault) -> dict[str, Any]:
    return {
        "name": one.name, "does": one.does, "doctor": one.cause, "health": one.check, "heals": one.heals,
        "heals_seconds": one.heals_s,
    }  # fmt: skip


def _round(one: Round, operation: Operation) -> dict[str, Any]:
    books = one.books
    return {
        **_fault(one.fault),
        "title": title(one.fault.cause),
        "operation": operation.id,
        "result": one.judgement.result,
        "said": one.judgement.sentence,
        "began_at": moment(one.began_ms),
        "healed_at": moment(one.began_ms + round(one.broken_s * 1000)),
        "broken_seconds": one.broken_s,
        "ended_by": one.how,
        "recovered": one.recovery.seconds is not None,
        "recovery_seconds": one.recovery.seconds,
        "seen": [{"check": seen.check, "state": seen.state, "after_seconds": seen.after_s} for seen in one.seen],
        "left": [{"check": name, "state": state} for name, state in sorted(one.recovery.left.items())],
        "sent": one.events.sent,
        "answered": one.events.answered,
        "accepted": books.rose.get("accepted", 0) if books else None,
        "delivered": books.rose.get("forwarded", 0) if books else None,
        "ledger": {name: books.rose.get(name, 0) for name in (*IN, *OUT)} if books else None,
        "in_flight": books.in_flight if books else None,
        "balanced": books.opened == 0 if books else None,
        "remainder": books.remainder if books else None,
        "missing": list(books.missing[:_MOST_IDS]) if books else [],
        "extra": list(books.extra[:_MOST_IDS]) if books else [],
    }


def title(cause: str) -> str:
    """What `mutt doctor` says of a cause, in one sentence."""
    name, _, about = cause.partition(":")
    return filled(BY_ID[name].title, {"about": about if about != "*" else "that was added"})


def _lines(one: Round, operation: Operation) -> Iterator[str]:
    began, healed = (times.clock(at) for at in (moment(one.began_ms), moment(_healed_ms(one))) if at)
    yield f"{one.fault.name}: {one.fault.does}   {operation.id}"
    yield f"  broken      {began} to {healed}, {times.span(one.broken_s)}: {_HOW[one.how]}"
    yield f"  doctor      {one.fault.cause}: {title(one.fault.cause)}"
    seen = ", ".join(f"{seen.check} {seen.state} after {times.span(seen.after_s)}" for seen in one.seen)
    yield f"  health      {seen or 'it was over before a look had found it'}   (expected: {one.fault.check})"
    if one.recovery.seconds is not None:
        yield f"  well again  {times.span(one.recovery.seconds)} after it was healed"
    yield f"  events      {one.events.sent:,} sent, {one.events.answered:,} answered 200"
    if one.books is not None:
        rose = [f"{name} {number:,}" for name in (*IN, *OUT) if (number := one.books.rose.get(name, 0))]
        yield f"  ledger      {'  '.join(rose) or 'nothing came in'}"
        before = f" (before: {one.books.before:,})" if one.books.before else ""
        yield f"              in flight now {one.books.in_flight:,}  remainder {one.books.remainder:,}{before}"
        yield from (f"  missing     {name}" for name in one.books.missing[:_SHOWN])
    yield f"  verdict     {one.judgement.sentence}"


def _healed_ms(one: Round) -> int:
    return one.began_ms + round(one.broken_s * 1000)
