"""Rules in rows, one rule whole, and rules as a file."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.change_words import told
from mutt_cli.core.rule_change import EXPORTED, entry
from mutt_cli.present import times
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.adapters.inventory_store import Inventory
    from mutt_cli.ops.rule_views import SeenRule

_COLUMNS: Final = (
    Column("id"),
    Column("rule_name", title="name"),
    Column("priority", "count"),
    Column("state", "state"),
    Column("severity"),
    Column("team"),
    Column("matches", "count", "24h"),
    Column("last_match_at", "time", "last match"),
    Column("pattern", "free"),
    Column("place", "count", wide=True),
    Column("matches_total", "count", "all time", wide=True),
    Column("match_type", wide=True),
    Column("dedupe_fold", wide=True),
    Column("rule_version", "count", "version", wide=True),
    Column("changed_by", wide=True),
    Column("changed_at", "time", wide=True),
    Column("problem", "free", wide=True),
    Column("description", "free", wide=True),
)


def rule_row(seen: SeenRule) -> dict[str, Any]:
    """One rule in JSON."""
    image, matches = seen.image, seen.matches
    last = datetime.fromtimestamp(matches.last_ms / 1000, tz=UTC) if matches else None
    return {
        "id": image["id"],
        **{name: image[name] for name in EXPORTED},
        "rule_version": image["version"],
        "state": seen.state,
        "place": seen.place,
        "matches": matches.recent if matches else 0,
        "matches_total": matches.total if matches else 0,
        "last_match_at": last,
        "changed_by": seen.changed_by or None,
        "changed_at": seen.changed_at,
        "problem": seen.problem or None,
    }


def rule_listing(seen: Sequence[SeenRule]) -> Listing:
    """`mutt rule list`."""
    left_out = [
        f"rule {one.image['id']} is left out by alerters: {one.problem}" for one in seen if one.state == "refused"
    ]
    return Listing("mutt.rule.list", _COLUMNS, [rule_row(one) for one in seen], name="id", warnings=left_out)


def rule_document(seen: SeenRule, advice: Sequence[str], *, local: bool) -> Document:
    """`mutt rule show`."""
    row = rule_row(seen)
    fields = {**row, "device_team_id": seen.image["device_team_id"], "created_at": _time(seen.image["created_at"])}
    text = list(_lines(fields, seen, local=local))
    return Document("mutt.rule.show", fields, text=text, warnings=tuple(advice), name=str(row["id"]))


def export_document(live: Inventory) -> Document:
    """Every rule, as `mutt rule import` reads it; an id only where the name alone would not tell which rule it is."""
    names = Counter(image["rule_name"] for image in live.rules)
    rules = [entry(image, with_id=names[image["rule_name"]] > 1) for image in live.rules]
    return Document("mutt.rule.export", {"revision": live.revision, "complete": True, "rules": rules})


def _lines(fields: dict[str, Any], seen: SeenRule, *, local: bool) -> Iterator[str]:
    place = f", tried as number {seen.place}" if seen.place else ""
    yield f"rule {fields['id']}  {fields['rule_name']}  {seen.state}{place}"
    if seen.problem:
        yield f"left out     {seen.problem}"
    for name in ("pattern", "match_type", "severity", "priority", "team", "dedupe_fold", "description"):
        yield f"{name.replace('_', ' '):<12} {told(fields[name])}"
    last = f", last {times.instant(fields['last_match_at'], local=local)}" if seen.matches else ""
    yield f"matches      {fields['matches']:,} in 24 h, {fields['matches_total']:,} in all{last}"
    at = f" at {times.instant(seen.changed_at, local=local)}" if seen.changed_at else ""
    yield f"version      {fields['rule_version']}, by {seen.changed_by or 'nobody known'}{at}"


def _time(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
