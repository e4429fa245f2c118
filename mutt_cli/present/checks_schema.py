"""What judged values look like in JSON; shared by the schemas of the back ends."""

from typing import Final

from mutt_cli.present.schema import ANY, TEXT, many, maybe, record, words

STATE: Final = words("ok", "warn", "crit", "unkn")
CHECKS: Final = many(record(check=TEXT, state=STATE, value=ANY, limit=maybe(TEXT), note=maybe(TEXT), tries=many(TEXT)))
OWNER: Final = words("mutt", "other")
