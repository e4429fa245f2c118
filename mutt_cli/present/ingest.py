"""What became of events that were sent, or what would be sent: one row per event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.present.output import Column, Listing

if TYPE_CHECKING:
    from mutt_cli.core.intake import Item, Refused
    from mutt_cli.ops.ingest import Preview
    from mutt_cli.ops.ingest_test import Result
    from mutt_cli.ops.send import Sent

KIND: Final = "mutt.ingest.send"
_SENT: Final = (
    Column("correlation_id"), Column("event_id"), Column("line", "count"), Column("status", "state"), Column("reason"),
    Column("detail", "free"),
)  # fmt: skip
_PLANNED: Final = (
    Column("line", "count"), Column("status", "state"), Column("hostname"), Column("severity"), Column("reason"),
    Column("message", "free"),
)  # fmt: skip
_TESTED: Final = (
    Column("line", "count"), Column("status", "state"), Column("hostname"), Column("severity"), Column("rule"),
    Column("reason"), Column("detail", "free", wide=True), Column("message", "free"), Column("rule_id", wide=True),
)  # fmt: skip


def sent_listing(sent: Sent, most: int | None = None) -> Listing:
    """Each accepted event with its ids, each refused one with its reason; at most `most` rows of each."""
    rows: list[dict[str, Any]] = [
        {"correlation_id": one.correlation_id, "event_id": one.event_id, "line": one.line, "status": "accepted"}
        | {"reason": "", "detail": ""}
        for one in sent.events[:most]
    ]
    rows += [{"correlation_id": "", "event_id": ""} | _refused(one, "detail") for one in sent.refused[:most]]
    fields = {
        "dry_run": False,
        "accepted": sent.accepted,
        "refused": sent.refusals,
        "batches": sent.batches,
        "retries": sent.retries,
        "elapsed_seconds": round(sent.seconds, 3),
        "stopped": sent.stopped.code if sent.stopped else None,
        "resume_line": sent.resume_line or None,
    }
    total = sent.accepted + sent.refusals
    return Listing(KIND, _SENT, rows, total, fields=fields, warnings=_cut(len(rows), total), name="correlation_id")


def preview_listing(preview: Preview, most: int | None = None) -> Listing:
    """What `--dry-run` found: each event as it would be sent."""
    rows = [_planned(one) for one in preview.items[:most]]
    rows += [{"hostname": "", "severity": ""} | _refused(one, "message") for one in preview.refused[:most]]
    fields = {"dry_run": True, "accepted": 0, "refused": preview.refusals, "would_send": preview.count}
    total = preview.count + preview.refusals
    return Listing(KIND, _PLANNED, rows, total, fields=fields, warnings=_cut(len(rows), total), name="line")


def judged_listing(kind: str, found: Result, most: int | None = None) -> Listing:
    """`mutt ingest test`: each event with the rule that would match it, each refusal with its reason."""
    rows = [
        {
            "line": one.line, "status": "accepted" if one.accepted else "refused", "hostname": one.hostname,
            "severity": one.severity, "rule_id": one.rule_id, "rule": one.rule, "reason": one.reason,
            "detail": one.detail, "message": one.message,
        }
        for one in found.tested[:most]
    ]  # fmt: skip
    fields = {
        "accepted": found.accepted, "refused": found.refused, "matched": found.matched,
        "rules_revision": found.revision, "rules": found.rules,
    }  # fmt: skip
    total = found.accepted + found.refused
    return Listing(kind, _TESTED, rows, total, fields=fields, warnings=_cut(len(rows), total), name="rule")


def judged_line(found: Result) -> str:
    """The sum, in one line for people."""
    return (
        f"nothing was sent: {found.accepted:,} would be accepted, {found.refused:,} refused, {found.matched:,} match a"
        f" rule of revision {found.revision}"
    )


def sent_line(sent: Sent) -> str:
    """The sum, in one line for people."""
    repeated = f", {sent.retries} repeated" if sent.retries else ""
    counts = f"{sent.accepted:,} accepted, {sent.refusals:,} refused"
    return f"{counts}, {sent.batches:,} requests{repeated}, {sent.seconds:.1f} s"


def preview_line(preview: Preview) -> str:
    """The sum of a dry run, in one line for people."""
    return f"dry run: {preview.count:,} events would be sent, {preview.refusals:,} lines are no events"


def _planned(item: Item) -> dict[str, Any]:
    event = msgspec.json.decode(item.body)
    shown = {name: event.get(name, "") for name in ("hostname", "severity", "message")}
    return {"line": item.line, "status": "planned", **shown, "reason": "", "event": event}


def _refused(one: Refused, detail: str) -> dict[str, Any]:
    return {"line": one.line, "status": "refused", "reason": one.reason, detail: one.detail}


def _cut(shown: int, total: int) -> tuple[str, ...]:
    return (f"{shown:,} of {total:,} are listed; the counts are whole",) if shown < total else ()
