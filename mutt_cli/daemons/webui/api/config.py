"""`/config`: settings as they are, one of them changed at run time, and who changed what."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from mutt_cli.adapters.clock import utc_now
from mutt_cli.core.rule_fields import MAX_WORDS
from mutt_cli.core.spans import duration
from mutt_cli.daemons.webui.api import parameters
from mutt_cli.daemons.webui.api.change import Doing, journalled, told
from mutt_cli.daemons.webui.api.endpoint import Endpoint, Reply
from mutt_cli.daemons.webui.api.hosts import body_of
from mutt_cli.daemons.webui.problems import RequestError, bad_request
from mutt_cli.ops import config_history, dynamic
from mutt_cli.present.schema import ANY, TEXT, many, mapping, maybe, record
from mutt_cli.present.schemas import schema_of
from mutt_cli.present.settings import settings_listing
from mutt_cli.present.settings_files import history_listing
from mutt_cli.present.times import instant
from mutt_cli.settings import BY_ENV
from mutt_cli.settings.values import to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.daemons.webui.api.endpoint import Call

_RECENT: Final = timedelta(days=30)
_ROWS: Final = {kind: (schema_of(f"mutt.config.{kind}") or {})["properties"]["items"] for kind in ("list", "history")}


class NewValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"lasts": "for"}):
    """A setting's value from now on."""

    value: bool | int | float | Annotated[str, msgspec.Meta(max_length=MAX_WORDS)]
    reason: Annotated[str, msgspec.Meta(max_length=MAX_WORDS)] = ""
    lasts: Annotated[str, msgspec.Meta(max_length=20)] = ""
    """For how long, like `2h`; then the former value comes back by itself. Empty: for good."""


def settings(call: Call) -> Reply:
    """All settings: those that change at run time by key with their values, and each with its source and meaning."""
    seen = dynamic.view(call.backends, call.place.configuration)
    rows = [_discreet(row) for row in settings_listing(call.place.configuration, seen).rows]
    return Reply({"config": {row["dynamic"]: row["value"] for row in rows if row["dynamic"]}, "settings": rows})


def change(call: Call) -> Reply:
    """Change a setting at run time; every daemon is told."""
    asked: NewValue = call.body
    lasts = duration(asked.lasts) if asked.lasts else timedelta(0)
    if lasts is None or (asked.lasts and not lasts):
        raise bad_request("for: it is no duration like 2h", {"for": "it is no duration like 2h"})
    text = asked.value if isinstance(asked.value, str) else to_text(asked.value)
    plan = dynamic.plan_set(call.backends, call.place.configuration, [(call.path["key"], text)])
    (one,) = plan.changes
    if one.declaration.may_hold_secret and call.caller.role != "admin":
        raise RequestError(
            403, "MUTT-W403", f"{one.key} may carry a key to somebody else's server: this needs the role admin"
        )
    before, after = (dynamic.told(one.declaration, to_text(value)) for value in (one.old, one.new))
    body: dict[str, Any] = {"key": one.key, "old_value": before, "new_value": after, "warnings": plan.warnings}
    if one.nothing and not lasts:
        return Reply(body | {"operation": None, "undo": None})
    doing = Doing("config set", [dynamic.word(one)], asked.reason)
    planned = {"settings": doing.words, "until": instant(utc_now() + lasts) if lasts else None}
    with journalled(call, doing, planned, dynamic.before_images(plan)) as operation:
        former = dynamic.apply(call.backends, plan, for_s=lasts.total_seconds())
        operation.originals = dynamic.before_images(plan, former)
        operation.counts = {"settings": len(former.texts)}
        operation.audited = dynamic.audited(plan, former.texts)
    return Reply(body | told(operation.id))


def history(call: Call) -> Reply:
    """Who changed which setting, the newest first; of the last 30 days unless `since` says otherwise."""
    until = call.query["until"] or utc_now()
    since = call.query["since"] or until - _RECENT
    found = config_history.history(call.backends, call.query["key"] or None, since=since, until=until)
    return Reply({"history": history_listing("mutt.config.history", found).rows})


def _discreet(row: Mapping[str, Any]) -> dict[str, Any]:
    """A setting without what its value may hold of a secret: addresses carry tokens, and viewers read this too."""
    one = BY_ENV[row["key"]]
    value = row["value"]
    return {**row, "value": dynamic.told(one, value) if one.may_hold_secret and isinstance(value, str) else value}


ENDPOINTS: Final = (
    Endpoint(
        "GET", "/config", "viewer", "list_settings", settings, record(config=mapping(ANY), settings=_ROWS["list"]),
        "config",
    ),
    Endpoint(
        "PUT", "/config/{key}", "operator", "change_setting", change,
        record(
            key=TEXT, old_value=TEXT, new_value=TEXT, warnings=many(TEXT), operation=maybe(TEXT), undo=maybe(TEXT)
        ),
        "config", body=body_of(NewValue, "setting"), errors=(404, 409),
    ),
    Endpoint(
        "GET", "/config/history", "viewer", "setting_history", history, record(history=_ROWS["history"]),
        "config",
        (parameters.words("key", "Of this setting."), parameters.moment("since", "From"),
         parameters.moment("until", "To")),
        errors=(404,),
    ),
)  # fmt: skip
