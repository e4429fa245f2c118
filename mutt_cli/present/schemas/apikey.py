"""JSON of `mutt apikey`."""

from typing import Final

from mutt_cli.core.api_keys import ROLES
from mutt_cli.present.schema import CHANGE, TEXT, TIME, Field, Schema, document, listing, maybe, words

_KEY: Final[dict[str, Field]] = {
    "name": TEXT, "role": words(*ROLES), "state": words("valid", "expired"), "expires_at": maybe(TIME),
    "last_used_at": maybe(TIME), "created_at": TIME, "created_by": TEXT, "fingerprint": TEXT,
}  # fmt: skip

SCHEMAS: Final[dict[str, Schema]] = {
    "mutt.apikey.list": listing(**_KEY),
    "mutt.apikey.add": document(
        **CHANGE, name=TEXT, role=words(*ROLES), expires_at=maybe(TIME), key=maybe(TEXT), file=maybe(TEXT),
        undo=maybe(TEXT),
    ),
    "mutt.apikey.revoke": document(**CHANGE, **_KEY),
}  # fmt: skip
