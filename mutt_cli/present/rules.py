"""Rules and their audit rows as JSON: the same names as in the tables, moments as RFC 3339."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from mutt_cli.adapters.rule_store import RuleRow
    from mutt_cli.core.rule_change import Image
    from mutt_cli.ops.audit import AuditPage

_NAMES: Final = (
    "id", "version", "rule_name", "pattern", "severity", "priority", "enabled", "description", "device_team_id", "team",
    "dedupe_fold", "match_type",
)  # fmt: skip


def rule_object(row: RuleRow) -> dict[str, Any]:
    """One rule; `team` is the team that its alerts get."""
    return asdict(row)


def image_object(image: Image) -> dict[str, Any]:
    """The same of an image of a rule."""
    return {name: image[name] for name in _NAMES}


def audit_object(page: AuditPage) -> dict[str, Any]:
    """One page of the audit log, and where it stands."""
    logs = []
    for row in page.rows:
        fields = asdict(row)
        logs.append({"id": fields.pop("id"), "timestamp": rfc3339(fields.pop("at_ms")), **fields})
    place = {"page": page.number, "limit": page.limit, "offset": page.offset}
    return {"logs": logs, "pagination": {**place, "total": page.total, "pages": page.pages}}
