"""Lists of workers that are gone, as rows, and what was given back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present.messages import moment
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.orphans import Orphan, Recovered

_COLUMNS: Final = (
    Column("queue"), Column("pod"), Column("messages", "count"), Column("oldest_age_seconds", "seconds", "oldest"),
    Column("goes_back_to"), Column("key", wide=True),
)  # fmt: skip


def orphan_listing(found: Sequence[Orphan], now: datetime, lease_s: float) -> Listing:
    """`mutt queue orphan list`; `lease_s` is how long a worker may be silent before it counts as gone."""
    rows = [_row(one, now) for one in found]
    return Listing("mutt.queue.orphan.list", _COLUMNS, rows, footer=() if rows else (_none(lease_s),))


def recovered_document(
    kind: str,
    found: Sequence[Orphan],
    done: Sequence[Recovered] | None,
    operation: Operation | None,
    *,
    lease_s: float,
) -> Document:
    """What was given back; `done` is None for a dry run, and where there is nothing to do."""
    lists = [
        {"queue": one.queue, "pod": one.pod, "messages": one.messages, "goes_back_to": one.target} for one in found
    ]
    fields = {
        "dry_run": done is None and bool(found),
        "operation": operation.id if operation else None,
        "lists": lists,
        "returned": sum(one.returned for one in done or ()),
        "buried": sum(one.buried for one in done or ()),
    }
    if not found:
        text = [_none(lease_s)]
    elif done is None:
        text = [f"{one.messages:,} messages of {one.pod} would go back to {one.target}" for one in found]
    else:
        text = [f"{one.returned:,} messages of {one.orphan.pod} are back in {one.orphan.target}" for one in done]
        text += [f"{one.buried:,} of {one.orphan.pod} went to dead" for one in done if one.buried]
    return Document(kind, fields, text=text, warnings=tuple(operation.warnings) if operation else ())


def _none(lease_s: float) -> str:
    return f"no list without a worker; one that fell silent counts as gone after {lease_s:g} s"


def _row(one: Orphan, now: datetime) -> dict[str, Any]:
    at = moment(one.oldest_ms)
    return {
        "queue": one.queue,
        "pod": one.pod,
        "messages": one.messages,
        "oldest_at": at,
        "oldest_age_seconds": None if at is None else max(0.0, (now - at).total_seconds()),
        "goes_back_to": one.target,
        "key": one.key,
    }
