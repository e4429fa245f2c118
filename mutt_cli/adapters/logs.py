"""Logs: one JSON object per line (contract.md section 8), journal priorities, files reopened after rotation.

Everything a daemon says goes through here, its last words too: an error nobody foresaw is one line like any other.
Lines about single events are written up to LOG_EVENT_RATE per second and process, beyond that 1 in N, with
`"sampled":N` (D29). How a line is made safe is `core/log_line.py`'s.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from itertools import chain
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from mutt_cli import __version__
from mutt_cli.adapters.systemd import own_folder
from mutt_cli.core.log_line import json_line, text_line
from mutt_cli.core.moment import rfc3339
from mutt_cli.errors import ConfigError, MuttError
from mutt_cli.settings import Log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_PRIORITY: Final = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "INFO": 6, "DEBUG": 7}
FILES: Final = {"forwarder": "moog-forwarder"}
"""Services whose file is called as their unit is and not as they are (SO:1442-1446)."""
COMPLAIN_EVERY_S: Final = 60.0


class _Lines(logging.Formatter):
    def __init__(self, service: str, pod: str, *, json: bool, priority: bool) -> None:
        super().__init__()
        self._fixed = {"service": service, "version": __version__, "pod_name": pod}
        self._json, self._priority = json, priority

    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            extra |= _told(record.exc_info[1])
        when, text = rfc3339(int(record.created * 1000)), record.getMessage()
        if self._json:
            line = json_line({"timestamp": when, "level": record.levelname, "message": text} | self._fixed | extra)
        else:
            line = text_line(when, record.levelname, text, extra)
        return f"<{_PRIORITY.get(record.levelname, 6)}>{line}" if self._priority else line


def _told(error: BaseException) -> dict[str, str]:
    """What an exception is, and where it came from, innermost frame last."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-8:])
    said = {"error": f"{type(error).__name__}: {error}"}
    return said | {"where": where} if where else said


class _Stream(logging.StreamHandler[Any]):
    """Standard error. Where it cannot be written to, nothing else can be told either."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Say nothing: the one place to say it is what failed."""


class _File(WatchedFileHandler):
    """A file that is opened again when its name means another one, or none (C-78). A full disk stops nobody."""

    _complained_at = -COMPLAIN_EVERY_S

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; the base class leaves a file that cannot be opened again to its caller."""
        try:
            super().emit(record)
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - the name is logging's
        """Say on standard error, once a minute, that lines are missing in the file."""
        if time.monotonic() - self._complained_at < COMPLAIN_EVERY_S:
            return
        self._complained_at = time.monotonic()
        why = sys.exception()
        said = logging.makeLogRecord(
            {"levelname": "ERROR", "msg": f"the log file {self.baseFilename} cannot be written: {why}"}
        )
        for handler in logging.getLogger().handlers:
            if isinstance(handler, _Stream):
                handler.handle(said)


def in_journal(stream: IO[Any], announced: str) -> bool:
    """Whether a stream leads to the journal: systemd names its device and inode in JOURNAL_STREAM.

    A variable that was inherited by a daemon whose output goes elsewhere means nothing (systemd.exec(5)).
    """
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return announced == f"{found.st_dev}:{found.st_ino}"


def setup(settings: Log, service: str, pod: str) -> logging.Logger:
    """Send this process's logs to stderr, and to LOG_DIR/<unit>.log if a folder is set; return its logger.

    A unit with a LogsDirectory= sets one too, which LOG_DIR beats.

    Raises ConfigError MUTT-C106 if the file cannot be opened.
    """
    root = logging.getLogger()
    root.handlers.clear()
    root.setLevel(settings.level)
    json = settings.format == "json"
    stream = _Stream(sys.stderr)
    priority = in_journal(sys.stderr, os.environ.get("JOURNAL_STREAM", ""))
    stream.setFormatter(_Lines(service, pod, json=json, priority=priority))
    root.addHandler(stream)
    if folder := settings.directory or own_folder("LOGS", os.environ):
        file = _opened(Path(folder) / f"{FILES.get(service, service)}.log")
        file.setFormatter(_Lines(service, pod, json=json, priority=False))
        root.addHandler(file)
    # waitress warns for every request that waits, and a pipe nobody drains would stop the server (performance.md 5).
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    # Each attempt of a pool to connect is a warning; whoever asked for the connection says what is wrong, once.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    logger = logging.getLogger(f"mutt.{service}")
    _log_what_nobody_caught(logger)
    return logger


def _opened(path: Path) -> _File:
    try:
        return _File(path, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot write the log file {path}: {error.strerror}",
            code="MUTT-C106",
            why="LOG_DIR names a folder of log files beside the journal",
            tries=(f"ls -ld {path.parent}", "set LOG_DIR to a folder the service may write to, or to nothing"),
        ) from error


def _log_what_nobody_caught(logger: logging.Logger) -> None:
    def of_process(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        logger.critical("error: ended by what nobody foresaw", exc_info=(kind, error, trace))

    def of_thread(found: threading.ExceptHookArgs) -> None:
        if found.exc_value is not None:
            logger.critical(
                "error: a thread was ended by what nobody foresaw",
                exc_info=(found.exc_type, found.exc_value, found.exc_traceback),
            )

    sys.excepthook, threading.excepthook = of_process, of_thread


def last_words(service: str, error: Exception) -> None:
    """Write why a daemon ends, in one line; to stderr alone if its configuration could not even be read."""
    if not logging.getLogger().handlers:
        setup(Log(), service, "")
    logger = logging.getLogger(f"mutt.{service}")
    if not isinstance(error, MuttError):
        logger.critical("error: ended by what nobody foresaw", exc_info=error)
        return
    said = {"code": error.code, "why": error.why, "try": "; ".join(error.tries)}
    logger.critical("error: %s", error.message, extra={name: text for name, text in said.items() if text})


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
