"""Following logs: what was said until now and what comes after it, without a gap and without a line twice."""

from __future__ import annotations

import os
import selectors
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING, Final, Self, cast

from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.log_files import LONGEST, Tail
from mutt_cli.adapters.system_journal import end
from mutt_cli.core.log_entry import Entry, read_line, read_record
from mutt_cli.ops.logs import SERVICE_OF, FileSource, JournalSource, Logs, file_names

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from mutt_cli.core.log_filter import LogFilter

POLL_S: Final = 0.2
"""How often the end of a file is looked at."""
_AT_ONCE: Final = 1024 * 1024


class Following:
    """The logs from a moment on; a context manager. `history` are the same logs up to that moment."""

    def __init__(self, logs: Logs, wanted: LogFilter) -> None:
        self._wanted = wanted
        self._ends = ExitStack()
        self._streams: list[_Files | _Journal] = []
        sources: list[FileSource | JournalSource] = []
        for source in logs.sources:
            if isinstance(source, JournalSource):
                began_ms = now_ms()
                sources.append(replace(source, until_ms=began_ms))
                self._streams.append(_Journal(source, began_ms, self._ends))
            else:
                whole = replace(source, files=tuple(one.whole_lines() for one in source.files[:1]) + source.files[1:])
                sources.append(whole)
                self._streams.append(_Files(whole, cast("Path", logs.folder), self._ends))
        self.history = replace(logs, sources=tuple(sources))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def more(self, wait_s: float) -> list[Entry]:
        """The wanted lines that came since the last call, in order of time; after a short wait none if none came."""
        found = [entry for stream in self._streams for entry in stream.more() if self._wanted.takes(entry)]
        if not found:
            time.sleep(min(POLL_S, max(0.0, wait_s)))
        return sorted(found, key=lambda one: one.at_ms or 0)


class _Files:
    """The files of one service that are written to."""

    def __init__(self, source: FileSource, folder: Path, ends: ExitStack) -> None:
        self._service = source.service
        known = {file.path: file.size for file in source.files}
        self._tails = [Tail(folder / f"{name}.log") for name in file_names(source.service)]
        for tail in self._tails:
            tail.begin(known.get(tail.path, 0))
            ends.callback(tail.close)
        self._latest, self._level = now_ms(), ""

    def more(self) -> list[Entry]:
        """What came; a line without a time has that of the line before it."""
        found = []
        for tail in self._tails:
            for line in tail.more():
                entry = read_line(self._service, line)
                if entry.at_ms is None:
                    entry = replace(entry, at_ms=self._latest, level=self._level)
                self._latest, self._level = entry.at_ms or self._latest, entry.level
                found.append(entry)
        return found


@dataclass
class _Journal:
    """A journalctl that goes on."""

    source: JournalSource
    began_ms: int
    ends: ExitStack
    _process: subprocess.Popen[bytes] = field(init=False)
    _rest: bytes = field(default=b"", init=False)

    def __post_init__(self) -> None:
        self._process = self.source.journal.follow(self.began_ms)
        self.ends.callback(end, self._process)
        self._ready = self.ends.enter_context(selectors.DefaultSelector())
        self._ready.register(cast("IO[bytes]", self._process.stdout), selectors.EVENT_READ)

    def more(self) -> list[Entry]:
        """What came."""
        if not self._ready.select(timeout=0):
            return []
        read = os.read(cast("IO[bytes]", self._process.stdout).fileno(), _AT_ONCE)
        *records, rest = (self._rest + read).split(b"\n")
        self._rest = rest[: 8 * LONGEST]
        found = (read_record(record, SERVICE_OF) for record in records)
        return [entry for entry in found if entry is not None and (entry.at_ms or 0) >= self.began_ms]
