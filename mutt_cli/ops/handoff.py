"""What the next person on call has to know of a time: how it is, what was done, what is in force, what comes next.

Every part is what another command shows, asked of the operation of that command; here they are only put together. A
part that cannot be had is named with its error, and the others are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.where import Clause
from mutt_cli.ops import audit, database, dlq_list, dynamic, ledger_rows, metrics, operations, vault
from mutt_cli.ops.dlq_replay import LETTERS
from mutt_cli.ops.gather import Looked, connected, together
from mutt_cli.ops.questions import Questions
from mutt_cli.ops.status import Status, status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.snapshot.local import Folders

OPENED: Final = "mutt_moog_circuit_breaker_opened_total"


@dataclass(frozen=True)
class Counted:
    """The ledger's counters over the events that came in within a time."""

    counters: Mapping[str, int]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """Which time of which deployment. `folder` holds what this host noted while PostgreSQL was away."""

    configuration: Configuration
    folder: Path
    since: datetime
    until: datetime
    folders: Folders


@dataclass(frozen=True)
class Due:
    """Something that happens by itself, and when."""

    at: datetime
    what: str


@dataclass(frozen=True)
class Handover:
    """What was found, by part; a part that failed is in `looks` with its error."""

    asked: Asked
    looks: Mapping[str, Looked]
    at: datetime

    def part(self, name: str) -> Any:
        """What a look found; None if it failed."""
        return self.looks[name].found

    @property
    def status(self) -> Status | None:
        """How it is now."""
        found: Status | None = self.part("status")
        return found

    @property
    def missing(self) -> tuple[Looked, ...]:
        """The looks that found nothing."""
        return tuple(one for one in self.looks.values() if one.error is not None)

    @property
    def operations(self) -> tuple[Recorded, ...]:
        """What people did: what is not finished first, then the newest first."""
        found: operations.Found | None = self.part("operations")
        return () if found is None else tuple(sorted(found.operations, key=lambda one: not unfinished(one)))

    @property
    def due(self) -> tuple[Due, ...]:
        """What comes by itself, the next first."""
        return tuple(sorted((*_switched(self), *_reverting(self), *_expiring(self)), key=lambda one: one.at))


def unfinished(one: Recorded) -> bool:
    """Whether somebody has to look at this operation again."""
    return one.state in {"open", "interrupted", "stopped", "failed"}


def handover(asked: Asked, seconds: float, now: datetime) -> Handover:
    """Ask all at once; what has not answered after so many seconds is missing."""
    configuration = asked.configuration
    settings = configuration.settings

    alone = partial(connected, settings)
    looks: dict[str, Callable[[], Any]] = {
        "status": lambda: status(configuration, asked.folders),
        "operations": alone(
            lambda backends: operations.listed(backends, asked.folder, since=asked.since, until=asked.until)
        ),
        "settings": alone(lambda backends: dynamic.view(backends, configuration)),
        "changes": alone(lambda backends: audit.search(backends, audit.Wanted(asked.since, asked.until))),
        "dead letters": alone(lambda backends: _letters(backends, asked, now)),
        "counts": alone(lambda backends: _counts(backends, asked)),
        "metrics": alone(_breaker_opened),
        "database": alone(lambda backends: _database(backends, now)),
    }
    if settings.vault.addr:
        looks["vault"] = lambda: vault.status(settings)
        looks["token"] = lambda: vault.token(settings)
    return Handover(asked, together(looks, settings, seconds), now)


def _letters(backends: Backends, asked: Asked, now: datetime) -> dlq_list.Groups:
    """Letters whose event was accepted within the time, by queue and reason; `depths` is what lies there now."""
    age = max(0.0, (now - asked.since).total_seconds())
    return dlq_list.grouped(backends, LETTERS, (Clause("age", "<", f"{age:.0f}s"),), "reason")


def _counts(backends: Backends, asked: Asked) -> Counted:
    questions = Questions(backends)
    since, until = (one.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") for one in (asked.since, asked.until))
    since_ms = round(asked.since.timestamp() * 1000)
    sums: dict[str, int] = {}
    for minute, _source, counter, value in ledger_rows.entries(backends, questions, since_ms=since_ms):
        if since <= minute <= until:
            sums[counter] = sums.get(counter, 0) + value
    short = () if questions.answered else ("without PostgreSQL the counts are of the last hour alone",)
    return Counted(sums, (*questions.warnings, *short))


def _breaker_opened(backends: Backends) -> int | None:
    """How often the breaker was seen to open since the forwarders started; each of them counts all of it."""
    found = metrics.series(metrics.read(backends, twice=False), OPENED)
    values = [one.value for one in found if one.instance and one.value is not None]
    return round(max(values)) if values else None


def _database(backends: Backends, now: datetime) -> database.DatabaseStatus:
    with database.working(backends) as conn:
        return database.status(conn, now.date())


def _switched(found: Handover) -> list[Due]:
    if found.status is None:
        return []
    off = [(one.hold.until, f"ends: {one.text}") for one in found.status.off]
    windows = [(one.until, f"maintenance window {one.id} ends") for one in found.status.windows]
    return [Due(_moment(until), text) for until, text in (*off, *windows) if until > 0]


def _reverting(found: Handover) -> list[Due]:
    seen: dynamic.View | None = found.part("settings")
    if seen is None:
        return []
    return [
        Due(found.at + timedelta(seconds=left), f"{name} goes back from what is set now")
        for name, left in seen.returns.items()
    ]


def _expiring(found: Handover) -> list[Due]:
    due, parts = [], found.part("database")
    token = found.looks.get("token")
    if token is not None and token.found is not None and token.found.token.ttl_s is not None:
        due.append(Due(found.at + timedelta(seconds=token.found.token.ttl_s), "MUTT's Vault token ends"))
    days = [one.day for one in parts.partitions] if parts is not None else []
    if days:
        last = datetime.combine(max(days) + timedelta(days=1), datetime.min.time(), UTC)
        due.append(Due(last, "the history has no partition from here on, unless the historian makes it"))
    return due


def _moment(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(min(unix_ms, 253_402_300_799_000) / 1000, tz=UTC)
