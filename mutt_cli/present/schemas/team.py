"""JSON of `mutt team`."""

from typing import Final

from mutt_cli.present.inventory_schema import CHANGED
from mutt_cli.present.schema import COUNT, TEXT, document, listing, many, record
from mutt_cli.present.schemas.host import ENTRY, RULE

SCHEMAS: Final = {
    "mutt.team.list": listing(team=TEXT, rules=COUNT, hosts=COUNT, dev_hosts=COUNT),
    "mutt.team.show": document(team=TEXT, rules=many(RULE), hosts=many(record(**ENTRY))),
    "mutt.team.rename": CHANGED,
}
