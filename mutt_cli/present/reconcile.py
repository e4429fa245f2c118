"""The ledger's answer, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.ledger import IN, OUT
from mutt_cli.present.ledger_repair import MOST_IDS, repair_fields, repair_text
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.reconciliation import Row
    from mutt_cli.ops.ledger_accept import Accepted
    from mutt_cli.ops.ledger_repair import Repaired
    from mutt_cli.ops.reconcile import By, Reconciliation

KIND: Final = "mutt.reconcile"
_SHOWN: Final = 20
"""Ids on a terminal."""


def reconcile_document(
    result: Reconciliation, *, accepted: Accepted | None = None, repaired: Repaired | None = None
) -> Document:
    """`mutt reconcile`, with --accept or --repair as things are after it."""
    fields = _fields(result, accepted)
    if repaired is not None:
        fields["repair"] = repair_fields(repaired)
    lines = [
        _verdict(result),
        *_sums(fields),
        *_forgotten(result),
        *_named("missing", result.missing),
        *_named("extra", result.extra),
    ]
    if not result.balanced and accepted is None and repaired is None:
        lines.append("next      mutt reconcile --repair --dry-run")
    if accepted is not None:
        lines.append(f"accepted: {accepted.amount:,}, {accepted.named:,} of it by id, journal entry {accepted.uid}")
    if repaired is not None:
        lines += repair_text(repaired, _SHOWN)
    return Document(KIND, fields, text=lines, warnings=_warnings(result), name=lines[0].partition(":")[0])


def reconcile_listing(result: Reconciliation, rows: Sequence[Row], by: By) -> Listing:
    """`mutt reconcile --by minute|source`: one row per group; JSON has the totals beside them."""
    columns = [
        Column(by),
        *(Column(name, "count", wide=name not in {"accepted", "forwarded"}) for name in (*IN, *OUT)),
        Column("in_flight", "count"),
        Column("accounted", "count", wide=True),
        Column("remainder", "count"),
        Column("balanced"),
    ]
    found = [_row(row, by) for row in rows]
    return Listing(
        KIND, columns, found, warnings=_warnings(result), fields=_fields(result, None), footer=(_verdict(result),)
    )


def _row(row: Row, by: By) -> dict[str, Any]:
    counters = {name: row.balance.counters.get(name, 0) for name in (*IN, *OUT)}
    return {
        by: row.minute + "Z" if by == "minute" else row.source,
        **counters,
        "in_flight": row.balance.in_flight,
        "accounted": row.balance.accounted,
        "remainder": row.remainder,
        "balanced": row.remainder == 0,
    }


def _fields(result: Reconciliation, accepted: Accepted | None) -> dict[str, Any]:
    balance = result.reading.balance
    fields: dict[str, Any] = {
        "balanced": result.balanced,
        **{name: balance.counters.get(name, 0) for name in (*IN, *OUT)},
        "in_flight": balance.in_flight,
        "accounted": balance.accounted,
        "waiting": result.waiting,
        "refused": balance.counters.get("refused", 0),
        "quarantined": result.quarantined,
        "remainder": result.remainder,
        "missing": list(result.missing[:MOST_IDS]),
        "missing_count": len(result.missing),
        "extra": list(result.extra[:MOST_IDS]),
        "extra_count": len(result.extra),
        "forgotten": result.forgotten.total(),
        "forgotten_lost": result.gone.total(),
        "forgotten_minutes": [
            {"minute": minute + "Z", "forgotten": number, "lost": result.gone[minute]}
            for minute, number in sorted(result.forgotten.items())
        ],
        "queues": dict(result.reading.lengths),
    }
    if accepted is not None:
        fields["correction"] = {"id": accepted.uid, "amount": accepted.amount, "named": accepted.named}
        fields["correction"]["operation"] = accepted.operation or None
    return fields


def _verdict(result: Reconciliation) -> str:
    if result.balanced:
        return "balanced: everything that came in is accounted for"
    number = abs(result.remainder)
    what = "message is" if number == 1 else "messages are"
    story = "came in and in no queue" if result.remainder > 0 else "there twice, or they never came in"
    return f"not balanced: {number:,} {what} {'missing: ' if result.remainder > 0 else 'too many: '}{story}"


def _sums(fields: dict[str, Any]) -> list[str]:
    def line(title: str, names: Sequence[str]) -> str:
        return f"{title:<10}" + "  ".join(f"{name.replace('_', ' ')} {fields[name]:,}" for name in names)

    return [
        line("came in", IN),
        line("went out", OUT),
        line("now", ("in_flight", "waiting", "accounted", "remainder")),
        line("beside", ("refused", "quarantined")),
    ]


def _forgotten(result: Reconciliation) -> list[str]:
    """What a failover or a rollback of Redis took out of the ledger, and whether it is lost."""
    if not result.forgotten:
        return []
    lost, number = result.gone.total(), result.forgotten.total()
    minutes = sorted(result.forgotten)
    when = f"{minutes[0]}Z" if len(minutes) == 1 else f"{minutes[0]}Z to {minutes[-1]}Z, {len(minutes)} minutes"
    return [
        f"forgotten {number:,} events that were answered 200 are unknown to Redis ({when}): it was rolled back",
        f"          {lost:,} of them lost, {number - lost:,} had come to their end before",
    ]


def _named(word: str, ids: Sequence[str]) -> list[str]:
    lines = [f"{word:<8}  {one}" for one in ids[:_SHOWN]]
    if len(ids) > _SHOWN:
        lines.append(f"{word:<8}  and {len(ids) - _SHOWN:,} more: mutt reconcile -o json")
    return lines


def _warnings(result: Reconciliation) -> list[str]:
    warnings = list(result.warnings)
    unnamed = result.remainder - len(result.missing) + len(result.extra)
    if not result.balanced and unnamed:
        if result.names_too_many:
            warnings.append("more ids than are missing: one whose record is lost may be among them; see mutt db status")
        else:
            warnings.append(f"{abs(unnamed):,} without a name; an earlier --since may find it")
    return warnings
