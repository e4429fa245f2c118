"""Who changed which setting, when and why; and going back. A version is the number of a change in the audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.adapters.queries import query
from mutt_cli.errors import NotFoundError, RefusedError, UsageError
from mutt_cli.ops import dynamic
from mutt_cli.settings import BY_DYNAMIC
from mutt_cli.settings.naming import declaration_named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Declaration

MOST: Final = 1000


@dataclass(frozen=True)
class Changed:
    """One change of one setting. `old` and `new` None: it was not set. `kind`: `config` (run time) or `mutt.env`."""

    version: int
    at: datetime
    actor: str
    what: str
    kind: str
    key: str
    old: str | None
    new: str | None
    reason: str
    operation: str


def history(backends: Backends, name: str | None, *, since: datetime, until: datetime) -> tuple[Changed, ...]:
    """The changes of a time, the newest first. Raises NotFoundError for a name that is no setting."""
    names = _names(declaration_named(name, command="mutt config history {}")) if name else ()
    values = {"name": name, "names": list(names), "since": since, "until": until, "most": MOST}
    return tuple(Changed(*row) for row in _rows(backends, "config_history", values))


def as_of(backends: Backends, configuration: Configuration, version: int) -> dict[str, str]:
    """What was set at run time after that change, by dynamic key. Raises NotFoundError for a version that is none.

    What daemons brought back by themselves (`--for`) is no change of a person and not in the audit.
    """
    if not _rows(backends, "config_version", {"version": version})[0][0]:
        raise NotFoundError(f"there is no version {version} of the settings", tries=("mutt config history",))
    chosen = dict(dynamic.view(backends, configuration).chosen)
    for key, text in _rows(backends, "config_since", {"version": version}):
        chosen.pop(key, None)
        if text is not None and key in BY_DYNAMIC:
            chosen[key] = text
    return chosen


def plan_back(backends: Backends, configuration: Configuration, name: str | None, version: int | None) -> dynamic.Plan:
    """Going back: of one setting before its last change, or of it, or everything, as of a version.

    Raises UsageError without both, NotFoundError where there is nothing to go back to, RefusedError for values that the
    audit does not keep.
    """
    if name is None and version is None:
        raise UsageError("say what goes back: KEY, or --to VERSION", tries=("mutt config history",))
    if version is None:
        return _plan(backends, configuration, {_dynamic(name or ""): _before_last(backends, _dynamic(name or ""))})
    then, now = as_of(backends, configuration, version), dynamic.view(backends, configuration).chosen
    wanted: dict[Declaration, str | None] = {}
    for key in {*then, *now} & set(BY_DYNAMIC):
        if then.get(key) != now.get(key):
            wanted[BY_DYNAMIC[key]] = then.get(key)
    if name is not None:
        one = _dynamic(name)
        wanted = {one: wanted[one]} if one in wanted else {}
    return _plan(backends, configuration, wanted)


def _plan(backends: Backends, configuration: Configuration, wanted: Mapping[Declaration, str | None]) -> dynamic.Plan:
    hidden = [one.dynamic for one, text in wanted.items() if one.may_hold_secret and text]
    if hidden:
        raise RefusedError(
            f"the audit does not keep the value of {', '.join(hidden)}: it may hold a secret", code="MUTT-G037",
            tries=("mutt op list", "mutt undo OPERATION"),
        )  # fmt: skip
    return dynamic.plan_texts(backends, configuration, wanted)


def _before_last(backends: Backends, one: Declaration) -> str | None:
    values = {"name": one.dynamic, "names": list(_names(one)), "since": "-infinity", "until": "infinity", "most": MOST}
    for row in _rows(backends, "config_history", values):
        changed = Changed(*row)
        if changed.kind == "config":
            return changed.old
    raise NotFoundError(
        f"nobody has changed {one.dynamic} with mutt yet", tries=(f"mutt config history {one.dynamic}",)
    )


def _dynamic(name: str) -> Declaration:
    one = declaration_named(name, command="mutt config rollback {}")
    if not one.dynamic:
        raise UsageError(
            f"{one.env} needs a restart: take the operation back that wrote it",
            tries=(f"mutt config history {one.env}",),
        )
    return one


def _names(one: Declaration) -> tuple[str, ...]:
    return tuple(word for word in (one.dynamic, *one.dynamic_aliases, one.env) if word)


def _rows(backends: Backends, name: str, values: Mapping[str, Any]) -> list[Any]:
    try:
        return backends.postgres().execute(query(name), values).fetchall()
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
