"""Lines of units in the systemd journal, read from a real journald that keeps a namespace of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from mutt_cli.adapters.system_journal import SystemJournal
from mutt_cli.core.log_filter import LogFilter
from mutt_cli.core.log_line import json_line
from mutt_cli.core.moment import rfc3339
from mutt_cli.errors import NotFoundError
from mutt_cli.ops.log_follow import Following
from mutt_cli.ops.logs import Places, find
from mutt_cli.settings import Settings
from tests.peers import peer
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.log_entry import Entry
    from mutt_cli.ops.logs import Logs

NAMESPACE: Final = "mutttest"
WORDS: Final = (f"--namespace={NAMESPACE}",)
_JOURNALD: Final = "/lib/systemd/systemd-journald"


@pytest.fixture(scope="module")
def journald() -> Iterator[Path]:
    """The socket of a journald of our own. It keeps its files in a folder that systemd names, so it must be root."""
    peer("journalctl", "systemd")
    if os.geteuid() != 0 or not Path(_JOURNALD).exists():
        pytest.skip("a journald of our own needs root")
    sockets = Path(f"/run/systemd/journal.{NAMESPACE}")
    process = subprocess.Popen([_JOURNALD, NAMESPACE], stderr=subprocess.DEVNULL)
    try:
        eventually((sockets / "socket").exists, "journald listens")
        yield sockets / "socket"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(sockets, ignore_errors=True)
        for folder in (Path("/var/log/journal"), Path("/run/log/journal")):
            for kept in folder.glob(f"*.{NAMESPACE}"):
                shutil.rmtree(kept, ignore_errors=True)


def write(journald: Path, unit: str, message: str | bytes, priority: int = 6) -> None:
    """One record. Root may name the unit a message is about, which is how systemd's own words about it are found."""
    raw = message.encode() if isinstance(message, str) else message
    fields = f"PRIORITY={priority}\nOBJECT_SYSTEMD_UNIT={unit}.service\n".encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(fields + b"MESSAGE\n" + len(raw).to_bytes(8, "little") + raw + b"\n", str(journald))


def written(*services: str) -> Logs:
    """The logs of these services, as soon as journald has any of them: it answers before it has written."""

    def there() -> Logs | None:
        try:
            return find(Places(Settings(), journal=WORDS), services)
        except NotFoundError:
            return None

    logs: Logs = eventually(there, "journald has written one")
    return logs


def said(entries: list[Entry]) -> list[str]:
    return [f"{one.service} {one.level} {one.message}" for one in entries]


def ours(message: str, level: str = "INFO", **fields: object) -> str:
    return json_line({"timestamp": rfc3339(time.time_ns() // 1_000_000), "level": level, "message": message, **fields})


def test_units_are_read_merged_and_parsed_and_other_units_are_not(journald: Path) -> None:
    write(journald, "mutt-ingestor", ours("Ingested event", correlation_id="abc123-def456"))
    write(journald, "mutt-moog-forwarder", ours("Forward error", "ERROR", reason="http_4xx"))
    write(journald, "sshd", ours("not ours"))
    write(journald, "mutt-alerter", b"caf\xe9 " + b"x" * 5000, priority=4)
    logs = written()
    assert logs.folder is None
    eventually(lambda: len(logs.last(LogFilter(), 10)) == 3, "journald has written all")
    found = logs.last(LogFilter(), 10)
    assert said(found)[:2] == ["ingestor INFO Ingested event", "forwarder ERROR Forward error"]
    assert (found[2].service, found[2].level, len(found[2].message)) == ("alerter", "WARNING", 5008)
    assert found[0].correlation_id == "abc123-def456"
    assert found[0].host == socket.gethostname()
    assert said(logs.last(LogFilter(level="ERROR"), 10)) == ["forwarder ERROR Forward error"]
    assert said(list(logs.all(LogFilter(correlation_id="abc123")))) == ["ingestor INFO Ingested event"]
    assert logs.counted(LogFilter(), "service").found.keys() == {"ingestor", "forwarder", "alerter"}
    assert said(written("forwarder").last(LogFilter(), 10)) == ["forwarder ERROR Forward error"]


def test_what_comes_is_followed_after_what_was(journald: Path) -> None:
    write(journald, "mutt-webui", ours("GET / 200 3ms"))
    logs = written("webui")
    eventually(lambda: logs.last(LogFilter(), 1), "journald has written it")
    with Following(logs, LogFilter()) as following:
        assert said(following.history.last(LogFilter(), 10)) == ["webui INFO GET / 200 3ms"]
        write(journald, "mutt-webui", ours("GET /rules 500 5123ms", "ERROR"))
        found = eventually(partial(following.more, 0.1), "the new line comes")
        assert said(found) == ["webui ERROR GET /rules 500 5123ms"]


def test_a_journal_without_our_units_holds_nothing(journald: Path) -> None:
    del journald
    assert not SystemJournal(("mutt-nobody",), WORDS).holds_any()
