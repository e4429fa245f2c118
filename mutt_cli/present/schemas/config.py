"""JSON of `mutt config`."""

from typing import Final

from mutt_cli.present.schema import (
    ANY,
    CHANGE,
    COUNT,
    FLAG,
    TEXT,
    Field,
    document,
    listing,
    many,
    maybe,
    optional,
    record,
    words,
)  # fmt: skip

DAEMONS: Final = many(
    record(
        service=TEXT, name=TEXT, host=TEXT, pid=COUNT, revision=TEXT,
        state=words("in_effect", "not_yet", "refused", "off"),
    )
)  # fmt: skip
_SETTING: Final[dict[str, Field]] = {
    "key": TEXT, "value": ANY, "source": TEXT, "in_effect": TEXT, "default": ANY, "unit": TEXT, "meaning": TEXT,
    "dynamic": TEXT, "services": many(TEXT),
}  # fmt: skip
_CHANGES: Final = many(record(key=TEXT, setting=TEXT, old=TEXT, old_source=TEXT, new=TEXT, unit=TEXT))
CHANGED: Final = document(
    **{**CHANGE, "operation": optional(maybe(TEXT))},
    changes=_CHANGES,
    revision=optional(maybe(TEXT)),
    daemons=optional(maybe(DAEMONS)),
    undo=optional(many(TEXT)),
    until=optional(maybe(TEXT)),
)
"""What a change of settings says, done or planned."""

SCHEMAS: Final = {
    "mutt.config.list": listing(**_SETTING),
    "mutt.config.get": document(**_SETTING, returns_in_seconds=optional(maybe(COUNT)), daemons=optional(DAEMONS)),
    "mutt.config.set": CHANGED,
    "mutt.config.unset": CHANGED,
    "mutt.config.publish": document(
        dry_run=optional(FLAG), operation=TEXT, published=many(TEXT), revision=maybe(TEXT), daemons=maybe(DAEMONS)
    ),
}
