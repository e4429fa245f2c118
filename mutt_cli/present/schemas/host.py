"""JSON of `mutt host`."""

from typing import Final

from mutt_cli.present.inventory_schema import CHANGED
from mutt_cli.present.schema import COUNT, FLAG, TEXT, Field, document, listing, many, maybe, record, words

ENTRY: Final[dict[str, Field]] = {"host": TEXT, "team": maybe(TEXT), "env": words("dev", "prod")}
RULE: Final = record(id=COUNT, rule_name=TEXT, enabled=FLAG, priority=COUNT)

SCHEMAS: Final = {
    "mutt.host.list": listing(**ENTRY, team_id=maybe(COUNT)),
    "mutt.host.show": document(**ENTRY, team_id=maybe(COUNT), effective_team=TEXT, rules_by_team_id=many(RULE)),
    **dict.fromkeys([f"mutt.host.{verb}" for verb in ("add", "set", "delete", "import")], CHANGED),
    "mutt.host.export": document(revision=COUNT, complete=FLAG, hosts=many(record(**ENTRY))),
}
