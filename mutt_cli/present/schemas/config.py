"""JSON of `mutt config`."""

from typing import Final

from mutt_cli.present.schema import (
    ANY,
    CHANGE,
    COUNT,
    FLAG,
    TEXT,
    TIME,
    Field,
    document,
    listing,
    many,
    mapping,
    maybe,
    optional,
    record,
    words,
)  # fmt: skip

DAEMONS: Final = many(
    record(
        service=TEXT, name=TEXT, host=TEXT, pid=COUNT, revision=TEXT,
        state=words("in_effect", "not_yet", "refused", "off", "gone"),
    )
)  # fmt: skip
_SETTING: Final[dict[str, Field]] = {
    "key": TEXT, "value": ANY, "source": TEXT, "in_effect": TEXT, "default": ANY, "unit": TEXT, "meaning": TEXT,
    "dynamic": TEXT, "services": many(TEXT), "returns_in_seconds": maybe(COUNT),
}  # fmt: skip
_CHANGES: Final = many(record(key=TEXT, setting=TEXT, old=TEXT, old_source=TEXT, new=TEXT, unit=TEXT))
CHANGED: Final = document(
    **{**CHANGE, "operation": optional(maybe(TEXT))},
    changes=_CHANGES,
    revision=optional(maybe(TEXT)),
    daemons=optional(maybe(DAEMONS)),
    undo=optional(many(TEXT)),
    until=optional(maybe(TEXT)),
    file=optional(TEXT),
    lines=optional(many(TEXT)),
    restart=optional(many(TEXT)),
)
"""What a change of settings says, done or planned."""

SCHEMAS: Final = {
    "mutt.config.list": listing(**_SETTING),
    "mutt.config.get": document(**_SETTING, daemons=optional(DAEMONS)),
    "mutt.config.set": CHANGED,
    "mutt.config.unset": CHANGED,
    "mutt.config.show": document(
        key=TEXT,
        value=TEXT,
        source=TEXT,
        dynamic=TEXT,
        unit=TEXT,
        meaning=TEXT,
        services=many(TEXT),
        returns_in_seconds=maybe(COUNT),
        layers=many(record(layer=TEXT, place=TEXT, value=maybe(TEXT), wins=FLAG)),
        daemons=many(record(service=TEXT, name=TEXT, host=TEXT, pid=COUNT, value=TEXT, state=TEXT)),
    ),
    "mutt.config.rollback": CHANGED,
    "mutt.config.import": CHANGED,
    "mutt.config.history": listing(
        version=COUNT,
        at=TIME,
        actor=TEXT,
        key=TEXT,
        old=maybe(TEXT),
        new=maybe(TEXT),
        reason=TEXT,
        kind=words("config", "mutt.env"),
        operation=TEXT,
    ),
    "mutt.config.diff": listing({"other": TEXT}, key=TEXT, here=TEXT, there=TEXT, meaning=TEXT),
    "mutt.config.validate": listing({"file": TEXT}, state=words("ok", "warn", "crit"), setting=TEXT, text=TEXT),
    "mutt.config.watch": document(key=TEXT, value=maybe(TEXT), source=TEXT, at=TIME),
    "mutt.config.init": document(**CHANGE, seeded=many(TEXT)),
    "mutt.config.export": document(file=maybe(TEXT), settings=mapping(TEXT), left_out=many(TEXT)),
    "mutt.config.publish": document(
        dry_run=optional(FLAG), operation=TEXT, published=many(TEXT), revision=maybe(TEXT), daemons=maybe(DAEMONS)
    ),
}
