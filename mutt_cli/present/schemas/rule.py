"""JSON of `mutt rule`."""

from typing import Final

from mutt_cli.present.inventory_schema import CHANGE_ROW, CHANGED
from mutt_cli.present.schema import COUNT, FLAG, TEXT, TIME, Field, document, listing, many, maybe, optional, record
from mutt_cli.present.schemas.audit import AUDITED

_EXPORTED: Final[dict[str, Field]] = {
    "rule_name": TEXT, "pattern": TEXT, "match_type": TEXT, "severity": maybe(TEXT), "priority": COUNT, "enabled": FLAG,
    "team": maybe(TEXT), "dedupe_fold": FLAG, "description": maybe(TEXT),
}  # fmt: skip
_RULE: Final[dict[str, Field]] = {
    "id": COUNT, **_EXPORTED, "rule_version": COUNT, "state": TEXT, "place": maybe(COUNT), "matches": COUNT,
    "matches_total": COUNT, "last_match_at": maybe(TIME), "changed_by": maybe(TEXT), "changed_at": maybe(TIME),
    "problem": maybe(TEXT),
}  # fmt: skip
RULES: Final = many(record(id=optional(COUNT), **_EXPORTED))
_CHANGING: Final = ("add", "set", "edit", "enable", "disable", "delete", "import")

SCHEMAS: Final = {
    "mutt.rule.list": listing(**_RULE),
    "mutt.rule.show": document(**_RULE, device_team_id=maybe(COUNT), created_at=maybe(TIME)),
    "mutt.rule.history": listing(**AUDITED),
    **dict.fromkeys([f"mutt.rule.{verb}" for verb in _CHANGING], CHANGED),
    "mutt.rule.export": document(revision=COUNT, complete=FLAG, rules=RULES),
    "mutt.rule.diff": listing({"unchanged": COUNT}, **CHANGE_ROW, what=TEXT),
}
