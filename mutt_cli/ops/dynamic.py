"""Settings changed at run time, as an operator changes them: see what is in effect where, set, go back, announce."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from mutt_cli.adapters import dynamic_store
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.dynamic_store import Former
from mutt_cli.adapters.operations import Audited
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.errors import ConfigError, MuttError, UsageError
from mutt_cli.settings import BY_DYNAMIC, Declaration, Notice, Value, apply_dynamic, value_of
from mutt_cli.settings.dynamic import OFF, read_dynamic, revision
from mutt_cli.settings.naming import declaration_named
from mutt_cli.settings.relations import advise
from mutt_cli.settings.values import Refused, clean, parse, shown, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.adapters.dynamic_store import Reader
    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Settings

State = Literal["in effect", "not yet", "refused", "off"]
"""How a daemon stands to what is published. `off`: it does not obey dynamic settings."""

POLL_S: Final = 0.1
LONGEST_WAIT_S: Final = 20.0
"""Longer than a daemon that missed the announcement needs, and than one that was killed stays listed."""
_THRESHOLDS: Final = ("alerter_queue_warn_threshold", "alerter_queue_shed_threshold", "max_ingest_queue_size")
"""Settings compared with the depth of the ingest queue."""


@dataclass(frozen=True)
class View:
    """What is published, and who runs with it."""

    chosen: Mapping[str, str]
    """Stored texts by dynamic key, without those that alerters wrote by themselves."""
    settings: Settings
    """The configured settings of this host with the stored ones laid over."""
    notices: tuple[Notice, ...]
    """What is stored and cannot be used."""
    readers: tuple[Reader, ...]
    returns: Mapping[str, int]
    """Dynamic keys that are set for a time, with the seconds that are left of it."""

    @property
    def revision(self) -> str:
        """The name of what is published; a reader with the same has read it."""
        return revision(self.chosen)

    def source(self, configuration: Configuration, declaration: Declaration) -> str:
        """Where the value of a setting comes from: `dynamic` if a stored one is in use, else as configured."""
        texts = {name: self.chosen[name] for name in _names(declaration) if name in self.chosen}
        if any(isinstance(read_dynamic(name, text), tuple) for name, text in texts.items()):
            return "dynamic"
        return configuration.sources[declaration.env]

    def state(self, reader: Reader, names: Iterable[str] = ()) -> State:
        """How one daemon stands to what is published, looking at these keys."""
        if reader.revision == OFF:
            return "off"
        if reader.revision != self.revision:
            return "not yet"
        return "refused" if set(names) & set(reader.refused) else "in effect"

    def readers_of(self, declaration: Declaration) -> list[tuple[Reader, State]]:
        """The daemons that use a setting, each with how it stands to what is published of it."""
        names = _names(declaration)
        return [(one, self.state(one, names)) for one in self.readers if one.service in declaration.services]

    @property
    def behind(self) -> list[Reader]:
        """The daemons that do not run with what is published."""
        return [one for one in self.readers if self.state(one) != "in effect"]


@dataclass(frozen=True)
class Change:
    """One setting before and after; `text` is what will be stored, None if what is stored will be removed."""

    declaration: Declaration
    old: Value
    old_source: str
    new: Value
    text: str | None
    stored: str | None
    """What is stored now, None if nothing."""
    pending: bool = False
    """Whether what is stored is meant for a time."""

    @property
    def key(self) -> str:
        """The dynamic key."""
        return self.declaration.dynamic

    @property
    def nothing(self) -> bool:
        """Whether it is so already."""
        return self.text == self.stored and not self.pending


@dataclass(frozen=True)
class Plan:
    """What a command is about to change, and what is worth knowing before."""

    changes: tuple[Change, ...]
    warnings: tuple[str, ...]


def view(backends: Backends, configuration: Configuration) -> View:
    """What is published now. Raises RedisUnavailableError."""
    client, keys = backends.redis(), backends.keys
    stored = dynamic_store.read(client, keys)
    chosen = {name: text for name, text in stored.chosen.items() if name in BY_DYNAMIC}
    returns = {name: max(0, left_ms // 1000) for name, left_ms in stored.returns.items() if name in chosen}
    settings, notices = apply_dynamic(obeying(configuration.settings), chosen)
    return View(chosen, settings, notices, tuple(dynamic_store.readers(client, keys)), returns)


def view_if_any(
    backends: AbstractContextManager[Backends], configuration: Configuration
) -> tuple[View | None, tuple[str, ...]]:
    """What is published now; without Redis nothing, and why."""
    try:
        with backends as opened:
            return view(opened, configuration), ()
    except MuttError as error:
        return None, (f"what is set at run time is not known: {error.message}",)


def plan_set(backends: Backends, configuration: Configuration, wishes: Sequence[tuple[str, str]]) -> Plan:
    """What setting these would change. Raises NotFoundError, UsageError or ConfigError before anything is looked up."""
    wanted: dict[Declaration, Value] = {}
    for name, text in wishes:
        declaration = _dynamic_named(configuration, name, f"mutt config set {{}}={text}")
        if declaration in wanted:
            raise UsageError(f"{name} is given twice")
        wanted[declaration] = _value(declaration, name, text)
    return _plan(backends, configuration, wanted)


def plan_unset(backends: Backends, configuration: Configuration, name: str) -> Plan:
    """What removing the stored value would change. Errors as `plan_set`."""
    return _plan(backends, configuration, {_dynamic_named(configuration, name, "mutt config unset {}"): None})


def plan_texts(backends: Backends, configuration: Configuration, wanted: Mapping[Declaration, str | None]) -> Plan:
    """What storing these texts, or removing (None) what is stored, would change. Raises ConfigError for a bad one."""
    values = {one: None if text is None else _value(one, one.dynamic, text) for one, text in wanted.items()}
    return _plan(backends, configuration, values)


def seed_all(backends: Backends, configuration: Configuration) -> tuple[str, ...]:
    """Write what is configured wherever nothing is stored, so that `GET` answers; returns the keys that were absent.

    It is noted as nobody's wish: what is configured goes on to count.
    """
    client, keys = backends.redis(), backends.keys
    stored = dynamic_store.read(client, keys)
    absent = absent_keys(stored.values)
    texts = {name: to_text(value_of(configuration.settings, BY_DYNAMIC[name])) for name in absent}
    dynamic_store.seed(client, keys, {name: text for name, text in texts.items() if text}, stored, renew=False)
    return tuple(name for name in absent if texts[name])


def absent(backends: Backends, configuration: Configuration) -> tuple[str, ...]:
    """The keys that `seed_all` would write."""
    missing = absent_keys(dynamic_store.read(backends.redis(), backends.keys).values)
    return tuple(name for name in missing if to_text(value_of(configuration.settings, BY_DYNAMIC[name])))


def absent_keys(stored: Mapping[str, str]) -> list[str]:
    """Dynamic keys under which nothing is stored, under their own name or an earlier one."""
    own = [name for name, one in BY_DYNAMIC.items() if one.dynamic == name]
    return [name for name in own if not any(key in stored for key in _names(BY_DYNAMIC[name]))]


def apply(backends: Backends, plan: Plan, *, for_s: float = 0.0) -> Former:
    """Store and announce, in one step; returns what had been chosen before, by key.

    With `for_s` the values go back by themselves after so many seconds, unless they are set again.
    """
    texts: dict[str, str | None] = {}
    for change in plan.changes:
        texts |= dict.fromkeys(change.declaration.dynamic_aliases)  # one that stayed would win once the key is removed
        texts[change.key] = change.text
    former = dynamic_store.change(backends.redis(), backends.keys, texts, for_ms=int(for_s * 1000))
    chosen: dict[str, str | None] = {}
    for one in plan.changes:
        said = (former.texts[name] for name in _names(one.declaration))
        chosen[one.key] = next((text for text in said if text is not None), None)
    return Former(chosen, {name: end for name, end in former.returns.items() if name in chosen})


def before_images(plan: Plan, former: Former | None = None) -> dict[str, Any]:
    """What undo needs: each key's stored text before (as planned, or as met), its end if it had one, and after."""
    before = {one.key: one.stored for one in plan.changes} if former is None else dict(former.texts)
    images: dict[str, Any] = {"former": before, "made": {one.key: one.text for one in plan.changes}}
    return images | ({"returns": msgspec.to_builtins(dict(former.returns))} if former and former.returns else {})


def word(change: Change) -> str:
    """The change as it stands in the operations journal: `key=value`, or the key alone where it was removed."""
    return change.key if change.text is None else f"{change.key}={told(change.declaration, change.text)}"


def audited(plan: Plan, former: Mapping[str, str | None]) -> list[Audited]:
    """The rows of the audit; what may hold a secret is masked there."""
    rows = []
    for one in plan.changes:
        old, new = former[one.key], one.text
        kind = "DELETE" if new is None else "CREATE" if old is None else "UPDATE"
        before, after = ({"value": told(one.declaration, text)} if text is not None else None for text in (old, new))
        rows.append(Audited(kind, "config", one.key, before, after))
    return rows


def to_publish(backends: Backends, configuration: Configuration, name: str | None) -> tuple[str, ...]:
    """The keys to announce: one, or every one that is stored. Errors as `plan_set`."""
    if name is None:
        return tuple(sorted(view(backends, configuration).chosen))
    return (_dynamic_named(configuration, name, "mutt config publish {}").dynamic,)


def publish(backends: Backends, names: Sequence[str]) -> None:
    """Announce settings again; nothing changes."""
    dynamic_store.announce(backends.redis(), backends.keys, names)


def wait(backends: Backends, configuration: Configuration, seconds: float) -> tuple[View, float]:
    """Wait until every daemon runs with what is published, or until it is known that some will not.

    Returns the last view and how long it took. A daemon with dynamic settings off is not waited for.
    """
    began = boottime_s()
    while True:
        seen, spent = view(backends, configuration), boottime_s() - began
        pending = [one for one in seen.readers if seen.state(one) == "not yet"]
        if not pending or spent >= min(seconds, LONGEST_WAIT_S):
            return seen, spent
        time.sleep(POLL_S)


def changes(
    backends: Backends, configuration: Configuration, name: str | None, seconds: float
) -> Iterator[tuple[str, str | None, str]]:
    """Each change as it is announced: the key, its value then, where that comes from; for so long.

    Raises RedisUnavailableError when the subscription breaks, errors as `plan_set` for a name that is no dynamic one.
    """
    wanted = set(_names(_dynamic_named(configuration, name, "mutt config watch {}"))) if name else None
    ends_at = boottime_s() + seconds
    with dynamic_store.Announcements(backends.redis(), backends.keys) as announcements:
        while (left := ends_at - boottime_s()) > 0:
            for key in announcements.wait(min(left, 0.5)):
                if wanted is None or key in wanted:
                    yield _now(view(backends, configuration), configuration, key)


def _now(seen: View, configuration: Configuration, key: str) -> tuple[str, str | None, str]:
    one = BY_DYNAMIC.get(key)
    if one is None:
        return key, None, "no such setting"
    source = seen.source(configuration, one)
    return key, told(one, to_text(value_of(seen.settings, one))), source


def _dynamic_named(configuration: Configuration, name: str, command: str) -> Declaration:
    declaration = declaration_named(name, command=command)
    if declaration.dynamic:
        return declaration
    place = configuration.env_file or "/etc/mutt/mutt.env"
    restarts = (f"systemctl restart {_unit(one)}" for one in declaration.services)
    services = " and ".join(declaration.services) or "mutt up"
    raise ConfigError(
        f"{declaration.env} cannot change at run time: it is set in {place} and needs a restart of {services}",
        code="MUTT-C105",
        why="it is read once, when a service starts",
        tries=(f"write {declaration.env}=... into {place}", *restarts),
    )


def _unit(service: str) -> str:
    return "mutt-moog-forwarder" if service == "forwarder" else f"mutt-{service}"


def _value(declaration: Declaration, name: str, text: str) -> Value:
    cleaned = clean(text).text
    if not cleaned:
        raise UsageError(f"{name} needs a value", tries=(f"mutt config unset {declaration.dynamic}",))
    value = parse(declaration, cleaned)
    if isinstance(value, Refused):
        raise ConfigError(f"{name}: {value.text}", code="MUTT-C101", why="nothing was changed")
    return value


def _plan(backends: Backends, configuration: Configuration, wanted: Mapping[Declaration, Value | None]) -> Plan:
    seen = view(backends, configuration)
    texts = {one.dynamic: to_text(value) for one, value in wanted.items() if value is not None}
    names = {name for one in wanted for name in _names(one)}
    kept = {name: text for name, text in seen.chosen.items() if name not in names}
    after, corrected = apply_dynamic(obeying(configuration.settings), kept | texts)
    changes = tuple(
        Change(
            one,
            value_of(seen.settings, one),
            seen.source(configuration, one),
            value_of(after, one),
            texts.get(one.dynamic),
            next((seen.chosen[name] for name in _names(one) if name in seen.chosen), None),
            one.dynamic in seen.returns,
        )
        for one in wanted
    )
    before = {str(one) for one in (*advise(seen.settings), *seen.notices)}
    told = [str(one) for one in (*corrected, *advise(after)) if str(one) not in before]
    return Plan(changes, (*told, *_below_depth(backends, changes)))


def _below_depth(backends: Backends, changes: Sequence[Change]) -> list[str]:
    """A threshold lowered below what waits now acts at once (D9)."""
    lowered = [
        (one.key, one.new)
        for one in changes
        if isinstance(one.new, int) and isinstance(one.old, int) and one.new < one.old
        if one.key in _THRESHOLDS
    ]
    if not lowered:
        return []
    with failures_named():
        depth = int(backends.redis().llen(backends.keys.ingest_queue))
    return [
        f"{key} {new} is below what waits in the ingest queue now, {depth}: it acts at once"
        for key, new in lowered
        if new < depth
    ]


def told(declaration: Declaration, text: str) -> str:
    """A value's text as a record or somebody elsewhere may see it: without what it may hold of a secret."""
    return shown(declaration, text)[1:-1] if declaration.may_hold_secret else text


def _names(declaration: Declaration) -> tuple[str, ...]:
    return declaration.dynamic, *declaration.dynamic_aliases


def obeying(settings: Settings) -> Settings:
    """The same, with dynamic settings on: what is published does not depend on the file of this host."""
    return replace(settings, worker=replace(settings.worker, dynamic_config_enabled=True))
