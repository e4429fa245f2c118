"""What `mutt reconcile --repair` would do, did, and left, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.ledger_repair import WHYS

if TYPE_CHECKING:
    from mutt_cli.core.ledger_repair import Judged
    from mutt_cli.ops.ledger_repair import Repaired, RepairPlan

MOST_IDS: Final = 1000
"""Ids in the JSON; `missing_count` and `extra_count` say how many there are."""


def repair_title(judged: Judged) -> str:
    """One line: what would be done."""
    kinds = (
        (len(judged.emitted), "sent round again"), (len(judged.dead), "counted as dead"),
        (len(judged.removals), "copies taken out"), (judged.ended.total(), "known ends counted"),
    )  # fmt: skip
    return "REPAIR the ledger: " + ", ".join(f"{number:,} {told}" for number, told in kinds if number)


def repair_lines(plan: RepairPlan, few: int) -> list[str]:
    """The ids of each kind, at most so many, and what is left with its reason."""
    judged = plan.judged
    lines = [f"sent round again  {one}" for one in judged.emitted[:few]]
    lines += [f"counted as dead   {one}" for one in judged.dead[:few]]
    lines += [
        f"taken out         {one.copy.event_id} of {one.copy.queue}, "
        + (f"its other copy is in {one.kept}" if one.kept else "it was delivered")
        for one in judged.removals[:few]
    ]
    minutes = sorted(judged.ended.items())[:few]
    lines += [f"known ends        {number:,} of those accepted at {minute}Z" for minute, number in minutes]
    if judged.emitted and plan.result.gone:
        lines.append("note: what arrived just before Redis was put back arrives twice, with the same Idempotency-Key")
    return [*lines, *_left_text(judged, few)]


def _left_text(judged: Judged, few: int) -> list[str]:
    lines = []
    for one in judged.left:
        why = WHYS[one.why]
        lines.append(f"left: {one.number:,} ({one.why}) {why.told}")
        lines += [f"  {event_id}" for event_id in one.ids[:few]]
        lines += [f"  and {one.number - few:,} more"] if len(one.ids) > few else []
        lines += [f"  try: {told}" for told in why.tries]
    return lines


def repair_text(repaired: Repaired, few: int) -> list[str]:
    """What was done, and what is left, at most so many ids of each kind."""
    judged = repaired.plan.judged
    if not repaired.operation:
        return _left_text(judged, few)
    sums = (
        f"sent again {repaired.emitted:,}", f"counted as dead {repaired.dead:,}", f"taken out {repaired.removed:,}",
        f"known ends {repaired.ended:,}", f"operation {repaired.operation}",
    )  # fmt: skip
    lines = ["repaired  " + "  ".join(sums)]
    lines += [f"backup    {repaired.backup}"] if repaired.backup else []
    return [*lines, *_left_text(judged, few)]


def repair_fields(repaired: Repaired) -> dict[str, Any]:
    """The same for machines."""
    judged = repaired.plan.judged
    return {
        "operation": repaired.operation or None,
        "planned": {
            "emitted": list(judged.emitted[:MOST_IDS]),
            "emitted_count": len(judged.emitted),
            "counted_dead": list(judged.dead[:MOST_IDS]),
            "counted_dead_count": len(judged.dead),
            "removed": [
                {"event_id": one.copy.event_id, "queue": one.copy.queue, "kept": one.kept or None}
                for one in judged.removals[:MOST_IDS]
            ],
            "removed_count": len(judged.removals),
            "ended_count": judged.ended.total(),
        },
        "done": {
            "emitted": repaired.emitted, "counted_dead": repaired.dead, "removed": repaired.removed,
            "ended": repaired.ended,
        },
        "backup": repaired.backup or None,
        "left": [
            {
                "why": one.why, "number": one.number, "ids": list(one.ids[:MOST_IDS]), "told": WHYS[one.why].told,
                "tries": list(WHYS[one.why].tries),
            }
            for one in judged.left
        ],
    }  # fmt: skip
