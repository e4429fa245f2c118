"""`mutt health`: which checks are executed with which thresholds, and what they come to."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.health.catalogue import BY_ID, CATALOGUE, chosen, unknown, with_thresholds
from mutt_cli.core.health.causes import attributed
from mutt_cli.core.health.check import Definition, HealthCheck, worst
from mutt_cli.core.health.judges import JUDGES
from mutt_cli.core.health.limits import Limits
from mutt_cli.core.health.ranges import read_range
from mutt_cli.core.health.windows import capped
from mutt_cli.core.ledger import IN
from mutt_cli.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mutt_cli.core.health.check import State
    from mutt_cli.core.health.ranges import Range
    from mutt_cli.core.snapshot import QueueState, Snapshot
    from mutt_cli.core.window import Window
    from mutt_cli.settings import Settings

_PARTS: Final = 2


@dataclass(frozen=True)
class Selected:
    """The checks to execute. Raises UsageError where it is made, for ids and thresholds that are none."""

    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    group: str = "all"
    thresholds: Sequence[str] = ()
    """`ID=WARN,CRIT` as on the command line."""
    file: Path | None = None
    """Thresholds of this host, TOML; the command line wins."""


@dataclass(frozen=True)
class Health:
    """The verdict. `window`: of the open maintenance windows the one that ends last."""

    checks: tuple[HealthCheck, ...]
    window: Window | None
    snapshot: Snapshot

    @property
    def took_s(self) -> float:
        """How long the look took."""
        return self.snapshot.took_s

    @property
    def at_ms(self) -> int:
        """When the queues were looked at, by the clock of Redis where it answered."""
        return self.snapshot.pipeline.value.at_ms if self.snapshot.pipeline.value else self.snapshot.at_ms

    @property
    def queues(self) -> tuple[QueueState, ...]:
        """Every queue, as far as Redis answered."""
        return self.snapshot.pipeline.value.queues if self.snapshot.pipeline.value else ()

    @property
    def per_second(self) -> float:
        """Events that were accepted in the last full minute, for each second of it."""
        flow = self.snapshot.pipeline.value
        return sum(flow.per_minute.get(name, 0) for name in IN) / 60 if flow else 0.0

    def with_trouble(self, name: str, message: str, remedy: str) -> Health:
        """With one thing more that could not be done about the verdict itself: it is unknown at least."""
        trouble = HealthCheck(Definition(name, "local", "what was asked for beside the verdict"), "unknown", message)
        return replace(self, checks=(*self.checks, replace(trouble, remedy=remedy)))

    @property
    def executed(self) -> bool:
        """Whether any check was."""
        return any(one.state != "skipped" for one in self.checks)

    @property
    def state(self) -> State:
        """The worst check; unknown if none was executed, which must never look like well."""
        found = worst(self.checks)
        return "unknown" if found == "skipped" else found

    def count(self, state: State) -> int:
        """How many checks have this state."""
        return sum(one.state == state for one in self.checks)


@dataclass(frozen=True)
class Wanted:
    """The checks to execute, and the ranges that somebody gave for some of them."""

    definitions: tuple[Definition, ...]
    given: Mapping[str, tuple[Range | None, Range | None]]


def wanted(selected: Selected) -> Wanted:
    """What to execute. Raises UsageError MUTT-U050 or U051, ConfigError MUTT-C120 for what cannot be used."""
    if wrong := unknown((*selected.only, *selected.skip)):
        raise UsageError(f"no check selected by {', '.join(wrong)}", code="MUTT-U050", tries=("mutt health -v",))
    given = {**_of_file(selected.file), **_given(selected.thresholds)}
    found = chosen(selected.only, selected.skip, selected.group)
    if not found:
        raise UsageError("no check is left to execute", code="MUTT-U050", tries=("mutt health -v",))
    return Wanted(found, given)


def judged(snapshot: Snapshot, settings: Settings, asked: Wanted | None = None) -> tuple[HealthCheck, ...]:
    """The checks on a snapshot, by the settings in force if they are known, else by these.

    One that fails by a bug of ours is unknown and says so; the others are there.
    """
    limits = snapshot.limits or Limits.of(settings)
    definitions, given = (asked.definitions, asked.given) if asked is not None else (CATALOGUE, {})
    found = with_thresholds(definitions, {**limits.ranges, **given})
    return attributed([_executed(one, snapshot, limits) for one in found])


def health(snapshot: Snapshot, settings: Settings, asked: Wanted, *, maintenance: bool) -> Health:
    """The verdict on a snapshot; `maintenance`: whether open windows count."""
    checks = judged(snapshot, settings, asked)
    pipeline = snapshot.pipeline.value
    windows = pipeline.windows if pipeline is not None and maintenance else ()
    return Health(capped(checks, windows), max(windows, key=lambda one: one.until, default=None), snapshot)


def _executed(definition: Definition, snapshot: Snapshot, limits: Limits) -> HealthCheck:
    try:
        found = JUDGES[definition.id](snapshot, definition, limits)
        return replace(found, took_s=snapshot.source_of(definition.id).took_s)
    except Exception as error:  # noqa: BLE001  a check that crashes must not make all the others unknown
        return HealthCheck(definition, "unknown", f"this is a bug in mutt: {type(error).__name__}")


def _given(texts: Sequence[str]) -> dict[str, tuple[Range | None, Range | None]]:
    found = {}
    for text in texts:
        name, _, ranges = text.partition("=")
        if name not in BY_ID:
            raise UsageError(f"--threshold {text}: there is no check {name}", code="MUTT-U050")
        found[name] = _pair(name, ranges.split(","), f"--threshold {text}")
    return found


def _pair(name: str, ranges: Sequence[str], said: str) -> tuple[Range | None, Range | None]:
    """Two ranges, either of which may be empty: then the check is never that bad by its value."""
    known = [read_range(one.strip()) if one.strip() else None for one in ranges]
    if len(ranges) != _PARTS or any(text.strip() and one is None for text, one in zip(ranges, known, strict=True)):
        raise UsageError(
            f"{said}: {name} takes two ranges, WARN,CRIT, such as 10,20 or 5:,1:", code="MUTT-U051",
            tries=(f"mutt health --only {name} --threshold {name}=10,20",),
        )  # fmt: skip
    return known[0], known[1]


def _of_file(path: Path | None) -> dict[str, tuple[Range | None, Range | None]]:
    """`[thresholds]` with `"queue.alert.age" = "60,300"`. Raises ConfigError MUTT-C120."""
    if path is None:
        return {}
    try:
        told: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", code="MUTT-C120", tries=(f"ls -l {path}",)) from error
    table = told.get("thresholds", {}) if isinstance(told, dict) else {}
    if not isinstance(table, dict) or any(not isinstance(one, str) for one in table.values()):
        raise ConfigError(f'{path} holds no table [thresholds] of lines like "queue.alert.age" = "60,300"', "MUTT-C120")
    if wrong := sorted(set(table) - set(BY_ID)):
        raise ConfigError(f"{path}: there is no check {wrong[0]}", code="MUTT-C120", tries=("mutt health -v",))
    return {name: _pair(name, str(text).split(","), str(path)) for name, text in table.items()}
