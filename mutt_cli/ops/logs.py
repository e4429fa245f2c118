"""What the daemons said: journal or files of this host, all services in one order of time, found without a full scan.

The journal is asked where systemd runs the units; else the files of LOG_DIR, of the platform that `mutt up` runs, or
of /var/log/mutt. Memory is bounded by what is shown: lines come from the end of a file by blocks, and a packed file is
read once from its beginning.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import log_files, system_journal
from mutt_cli.adapters.logs import FILES
from mutt_cli.adapters.system_journal import SystemJournal
from mutt_cli.adapters.systemd import UNITS
from mutt_cli.core.log_entry import Entry, head, read_line, read_record
from mutt_cli.core.log_groups import LogGroups
from mutt_cli.core.moment import unix_ms
from mutt_cli.core.snapshot import SERVICES
from mutt_cli.errors import AuthError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mutt_cli.adapters.log_files import LogFile
    from mutt_cli.core.log_filter import LogFilter
    from mutt_cli.settings import Settings

USUAL_FOLDER: Final = Path("/var/log/mutt")
_UNIT_OF: Final = dict(zip(SERVICES, UNITS, strict=True))
SERVICE_OF: Final = {unit: service for service, unit in _UNIT_OF.items()}
_OTHER_NAMES: Final = {"moog-forwarder": "forwarder"}
_MOST_UNTIMED: Final = 1000
"""Lines without a time that wait for the line they belong to."""


@dataclass(frozen=True)
class FileSource:
    """The log of one service in files, newest first."""

    service: str
    files: tuple[LogFile, ...]

    def newest_first(self, wanted: LogFilter, most: int) -> Iterator[Entry]:
        """Lines that are wanted; of a packed file at most the last `most`."""
        for file in self.files:
            if wanted.too_old(file.changed_ms):
                return
            if file.packed:
                yield from reversed(deque(_forward(self.service, file, wanted), maxlen=most))
            else:
                yield from _backward(self.service, file, wanted)

    def oldest_first(self, wanted: LogFilter) -> Iterator[Entry]:
        """Lines that are wanted."""
        for file in reversed(self.files):
            if not wanted.too_old(file.changed_ms):
                yield from _forward(self.service, file, wanted)


@dataclass(frozen=True)
class JournalSource:
    """The logs of all units in the journal of this host, before `until_ms` if that is set."""

    journal: SystemJournal
    until_ms: int | None = None

    def newest_first(self, wanted: LogFilter, most: int) -> Iterator[Entry]:
        """Lines that are wanted."""
        del most
        yield from self._before_the_end(_records(self.journal.backward(wanted.since_ms, wanted.until_ms), wanted))

    def oldest_first(self, wanted: LogFilter) -> Iterator[Entry]:
        """Lines that are wanted."""
        yield from self._before_the_end(_records(self.journal.forward(wanted.since_ms, wanted.until_ms), wanted))

    def _before_the_end(self, found: Iterator[Entry]) -> Iterator[Entry]:
        return (one for one in found if self.until_ms is None or (one.at_ms or 0) < self.until_ms)


@dataclass(frozen=True)
class Logs:
    """Where the lines of the services asked for are. `folder` is None for the journal."""

    sources: tuple[FileSource | JournalSource, ...]
    folder: Path | None
    services: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def last(self, wanted: LogFilter, most: int) -> list[Entry]:
        """The last lines that are wanted, oldest first."""
        streams = [one.newest_first(wanted, most) for one in self.sources]
        found = list(islice(heapq.merge(*streams, key=lambda one: -(one.at_ms or 0)), most))
        for stream in streams:
            stream.close()  # type: ignore[attr-defined]  # generators: journalctl ends now, not some time later
        found.reverse()  # before sorting: lines of one millisecond keep their order
        return sorted(found, key=lambda one: one.at_ms or 0)

    def all(self, wanted: LogFilter) -> Iterator[Entry]:
        """Every line that is wanted, oldest first, none of them kept."""
        streams = (one.oldest_first(wanted) for one in self.sources)
        return heapq.merge(*streams, key=lambda one: one.at_ms or 0)

    def counted(self, wanted: LogFilter, by: str) -> LogGroups:
        """How many lines are wanted, by a field."""
        groups = LogGroups(by)
        for source in self.sources:
            for entry in source.oldest_first(wanted):
                groups.add(entry)
        return groups


@dataclass(frozen=True)
class Places:
    """Where logs can be on this host."""

    settings: Settings
    platform: Path | None = None
    """The log folder of the platform that this call is about."""
    state: Path | None = None
    """The log folder that a platform of this user left."""
    journal: tuple[str, ...] | None = ()
    """journalctl's words for the journal; None if systemd does not run this machine."""


def places(settings: Settings, platform: str, state: Path) -> Places:
    """The usual ones. `platform` is the log folder of a running platform, empty for none."""
    journal = () if system_journal.available() else None
    return Places(settings, Path(platform) if platform else None, state / "log", journal)


def find(where: Places, services: Sequence[str]) -> Logs:
    """The logs of these services, or of all five.

    Raises UsageError MUTT-U410 for a service that has no log, NotFoundError MUTT-D411 if there are none at all,
    AuthError MUTT-D410 if there are and they cannot be read.
    """
    wanted = tuple(dict.fromkeys(_OTHER_NAMES.get(one, one) for one in services))
    if where.platform is not None:
        return _in_folder(where.platform, wanted)
    folder = Path(where.settings.log.directory) if where.settings.log.directory else USUAL_FOLDER
    denied = None
    if where.journal is not None and all(one in SERVICES for one in wanted):
        try:
            found = _in_journal(where.journal, wanted or SERVICES)
        except AuthError as error:
            found, denied = None, error
        if found is not None:
            return found
    for place in (folder, where.state):
        if place is not None and any(log_files.files_of(place, name) for one in SERVICES for name in file_names(one)):
            return _in_folder(place, wanted)
    raise denied or _nowhere(folder)


def _in_journal(words: tuple[str, ...], services: Sequence[str]) -> Logs | None:
    journal = SystemJournal(tuple(_UNIT_OF[one] for one in services), words)
    return Logs((JournalSource(journal),), None, tuple(services)) if journal.holds_any() else None


def _in_folder(folder: Path, services: Sequence[str]) -> Logs:
    sources, closed = [], []
    for service in services or SERVICES:
        files = tuple(file for name in file_names(service) for file in log_files.files_of(folder, name))
        if not files and service not in SERVICES:
            raise _unknown(folder, service)
        readable = tuple(file for file in files if not log_files.unreadable(file))
        closed += [file for file in files if file not in readable]
        sources.append(FileSource(service, readable))
    warnings = tuple(f"{one.path} cannot be read: {log_files.unreadable(one)}" for one in closed)
    if closed and not any(source.files for source in sources):
        raise AuthError(
            warnings[0], code="MUTT-D410", why="logs are for the account of the daemons and its group",
            tries=("sudo mutt logs ...", f"ls -l {folder}"),
        )  # fmt: skip
    return Logs(tuple(sources), folder, tuple(services or SERVICES), warnings)


def file_names(service: str) -> tuple[str, ...]:
    """The file is called as the unit (LOG_DIR) or as the service (`mutt up`)."""
    return tuple(dict.fromkeys((FILES.get(service, service), service)))


def _unknown(folder: Path, service: str) -> UsageError:
    others = sorted(path.name.removesuffix(".log") for path in folder.glob("*.log"))
    known = ", ".join(dict.fromkeys((*SERVICES, *(one for one in others if one not in _OTHER_NAMES))))
    return UsageError(f"there is no log of {service!r}; there are: {known}", code="MUTT-U410")


def _nowhere(folder: Path) -> NotFoundError:
    return NotFoundError(
        f"there are no logs of MUTT here: nothing in the journal, in {folder}, or of `mutt up`",
        code="MUTT-D411",
        why="logs are read on the host where the daemons run",
        tries=("run this on that host", "systemctl status 'mutt-*'", "set LOG_DIR as the daemons have it"),
    )


def _records(records: Iterable[bytes], wanted: LogFilter) -> Iterator[Entry]:
    for record in records:
        if b'"MESSAGE":[' not in record and not wanted.may(record):
            continue
        entry = read_record(record, SERVICE_OF)
        if entry is not None and wanted.takes(entry):
            yield entry


def _backward(service: str, file: LogFile, wanted: LogFilter) -> Iterator[Entry]:
    """A line without a time has that of the line it follows, and its level: a trace belongs to its error."""
    waiting: list[Entry] = []
    latest: int | None = file.changed_ms
    before = None if wanted.until_ms is None else lambda line: _is_before_the_end(line, wanted)
    for line in file.backward(before):
        if not waiting and _passed_over(line, wanted):
            if _is_too_old(line, wanted):
                return
            continue
        entry = read_line(service, line)
        if entry.at_ms is None and len(waiting) < _MOST_UNTIMED:
            waiting.append(entry)
            continue
        latest = latest if entry.at_ms is None else entry.at_ms
        if wanted.too_old(latest):
            return
        traces = (replace(one, at_ms=latest, level=entry.level) for one in waiting)
        yield from (one for one in (*traces, replace(entry, at_ms=latest)) if wanted.takes(one))
        waiting.clear()
    yield from (one for one in (replace(one, at_ms=latest) for one in waiting) if wanted.takes(one))


def _forward(service: str, file: LogFile, wanted: LogFilter) -> Iterator[Entry]:
    """As `_backward`. Lines before the first one with a time have that of the file."""
    leader: bytes | None = None
    latest, level = file.changed_ms, ""
    too_old = None if wanted.since_ms is None else lambda line: _is_too_old(line, wanted)
    for line in file.forward(too_old):
        if _passed_over(line, wanted):
            leader = line
            continue
        entry = read_line(service, line)
        if entry.at_ms is None and leader is not None:
            entry, leader = read_line(service, leader), None
            latest, level = entry.at_ms or latest, entry.level
            entry = read_line(service, line)
        if entry.at_ms is None:
            entry = replace(entry, at_ms=latest, level=level)
        latest, level, leader = entry.at_ms or latest, entry.level, None
        if wanted.too_new(latest):
            return
        if wanted.takes(entry):
            yield entry


def _passed_over(line: bytes, wanted: LogFilter) -> bool:
    """Whether bytes alone say that a line of ours is not wanted; it is then not parsed."""
    return head(line) is not None and not wanted.may(line)


def _is_too_old(line: bytes, wanted: LogFilter) -> bool:
    return wanted.too_old(_time(line))


def _is_before_the_end(line: bytes, wanted: LogFilter) -> bool:
    return not wanted.too_new(_time(line))


def _time(line: bytes) -> int | None:
    begins = head(line)
    return unix_ms(begins[0].decode()) if begins is not None else read_line("", line).at_ms
