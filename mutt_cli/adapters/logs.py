"""Logs: one JSON object per line (contract.md section 8), journal priorities, files reopened after rotation.

Lines about single events are written up to LOG_EVENT_RATE per second and process, beyond that 1 in N, with
`"sampled":N` (D29). Text from outside is escaped by JSON; the text format escapes control characters itself.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from itertools import chain
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli import __version__
from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.settings import Log

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_PRIORITY: Final = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "INFO": 6, "DEBUG": 7}


class _Lines(logging.Formatter):
    def __init__(self, service: str, pod: str, *, json: bool, priority: bool) -> None:
        super().__init__()
        self._fixed = {"service": service, "version": __version__, "pod_name": pod}
        self._json, self._priority = json, priority

    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            extra["error"] = f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
        when = rfc3339(int(record.created * 1000))
        if self._json:
            fields: dict[str, Any] = {"timestamp": when, "level": record.levelname, "message": text}
            line = msgspec.json.encode(fields | self._fixed | extra, enc_hook=str).decode()
        else:
            shown = " ".join(f"{name}={value}" for name, value in extra.items())
            line = _visible(f"{when} {record.levelname} {text} {shown}".rstrip())
        return f"<{_PRIORITY.get(record.levelname, 6)}>{line}" if self._priority else line


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def setup(settings: Log, service: str, pod: str) -> logging.Logger:
    """Send this process's logs to stderr, and to LOG_DIR/<service>.log if a folder is set; return its logger."""
    root = logging.getLogger()
    root.handlers.clear()
    root.setLevel(settings.level)
    to_journal = bool(os.environ.get("JOURNAL_STREAM"))
    json = settings.format == "json"
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(_Lines(service, pod, json=json, priority=to_journal))
    root.addHandler(stream)
    if settings.directory:
        path = Path(settings.directory) / f"{service}.log"
        file = WatchedFileHandler(path, encoding="utf-8", delay=True)
        file.setFormatter(_Lines(service, pod, json=json, priority=False))
        root.addHandler(file)
    # waitress warns for every request that waits, and a pipe nobody drains would stop the server (performance.md 5).
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    # Each attempt of a pool to connect is a warning; whoever asked for the connection says what is wrong, once.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return logging.getLogger(f"mutt.{service}")


class EventLog:
    """The one documented line per event, sampled above a rate. Not shared between threads.

    Ask `due` first: above the rate most lines are never put into words.
    """

    def __init__(self, logger: logging.Logger, per_second: int) -> None:
        self._logger, self._limit = logger, per_second
        self._second = 0
        self._seen = 0

    def due(self) -> bool:
        """Count one event; True if its line is to be written: in a second past the limit, one in N."""
        self._turn()
        self._seen += 1
        return self._seen <= self._limit or self._seen % self._limit == 0

    def due_among(self, count: int) -> Iterator[int]:
        """Count so many events; the positions of those whose line is to be written, each before the next is asked for.

        As asking `due` for each of them, but all count in the second of the first.
        """
        self._turn()
        before = self._seen
        sampled = range(-(before + 1) % self._limit, count, self._limit)  # numbers that N divides
        whole = min(count, max(0, self._limit - before))
        for place in chain(range(whole), (place for place in sampled if place >= whole)):
            self._seen = before + place + 1
            yield place
        self._seen = before + count

    def _turn(self) -> None:
        """Begin to count anew in a new second."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._seen = second, 0

    def line(self, text: str, **fields: object) -> None:
        """Write the line of an event that was `due`."""
        if self._seen > self._limit:
            fields["sampled"] = self._limit
        self._logger.info(text, extra=fields)
