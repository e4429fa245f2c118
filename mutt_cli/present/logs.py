"""Log lines as rows, as lines for people, and counted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.log_entry import LEVELS
from mutt_cli.present import times
from mutt_cli.present.encode import scalar_text
from mutt_cli.present.output import Column, Listing
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mutt_cli.core.log_entry import Entry
    from mutt_cli.core.log_groups import LogGroups

KIND: Final = "mutt.logs"
COLUMNS: Final = (
    Column("time", "time"),
    Column("service"),
    Column("level", "state"),
    Column("message", "free"),
    Column("correlation_id", wide=True),
    Column("host", wide=True),
    Column("pod_name", wide=True),
)
_OWN: Final = tuple(one.field for one in COLUMNS)
_NESTED: Final = frozenset(("json", "jsonl", "yaml"))
_SERVICE_WIDTH: Final = len("remediation")
_LEVEL_WIDTH: Final = len("CRITICAL")


def log_row(entry: Entry, form: str) -> dict[str, Any]:
    """One line: in JSON what else was logged stands under `fields`; in a table each is a column of its own."""
    known = {
        "time": _moment(entry.at_ms), "service": entry.service, "level": entry.level or None,
        "message": entry.message, "correlation_id": entry.correlation_id or None, "host": entry.host or None,
        "pod_name": entry.pod or None,
    }  # fmt: skip
    return {**known, "fields": dict(entry.fields)} if form in _NESTED else {**entry.fields, **known}


def log_listing(entries: Iterable[Entry], form: str, names: Sequence[str], warnings: Sequence[str] = ()) -> Listing:
    """`mutt logs`. `names` are fields that somebody wants as columns, whatever lines have them."""
    more = tuple(Column(name, title=safe(name)) for name in names if name not in _OWN)
    rows = [log_row(one, form) for one in entries]
    return Listing(KIND, (*COLUMNS, *more), rows, warnings=warnings, name="correlation_id", filtered=True)


def group_listing(groups: LogGroups, warnings: Sequence[str] = ()) -> Listing:
    """`mutt logs --by FIELD`."""
    rows = [
        {"value": one.value, "count": one.count, "first_at": _moment(one.first_ms), "last_at": _moment(one.last_ms)}
        for one in groups.ordered()
    ]
    told = [f"{groups.others:,} lines had still other values and are not counted here"] if groups.others else []
    columns = (Column("value", title=safe(groups.by)), Column("count", "count"), Column("first_at", "time", wide=True),
               Column("last_at", "time"))  # fmt: skip
    return Listing(KIND, columns, rows, warnings=(*warnings, *told), fields={"by": groups.by}, filtered=True)


def people_lines(entries: Iterable[Entry], names: Sequence[str], *, local: bool, wide: bool = False) -> Iterator[str]:
    """Whole lines for a terminal: nothing is cut. Of a warning or worse everything that was logged is shown."""
    for one in entries:
        at = times.instant(_moment(one.at_ms) or datetime.fromtimestamp(0, UTC), local=local)
        if names:
            values = {**one.values, "time": at}
            yield "  ".join(safe(scalar_text(values.get(name))) or "-" for name in names)
            continue
        told = _more(one) if wide or LEVELS.get(one.level, 9) <= LEVELS["WARNING"] else ""
        yield f"{at} {safe(one.service):<{_SERVICE_WIDTH}} {one.level or '-':<{_LEVEL_WIDTH}} {safe(one.message)}{told}"


def _more(entry: Entry) -> str:
    """What was logged beside the message and is not in it."""
    shown = {**({"correlation_id": entry.correlation_id} if entry.correlation_id else {}), **entry.fields}
    texts = ((name, scalar_text(value)) for name, value in shown.items() if name != "event_id")
    return "".join(f"  {safe(name)}={safe(text)}" for name, text in texts if text and text not in entry.message)


def _moment(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, tz=UTC)
