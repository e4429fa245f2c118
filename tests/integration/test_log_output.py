"""Where log lines go: standard error with journal priorities, and files that outlive rotation."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters.logs import setup
from mutt_cli.errors import ConfigError
from mutt_cli.settings import Log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEAK = """
import logging, os, sys
from mutt_cli.adapters.logs import setup
from mutt_cli.settings import Log
found = os.fstat(2)
os.environ["JOURNAL_STREAM"] = sys.argv[1] or f"{found.st_dev}:{found.st_ino}"
log = setup(Log(level="DEBUG"), "alerter", "pod-1")
for level in (50, 40, 30, 20, 10):
    log.log(level, "said at %d", level)
"""


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook, warnings.showwarning
    yield
    for handler in set(root.handlers) - set(before[0]):
        handler.close()
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level, sys.excepthook, threading.excepthook, warnings.showwarning = before


def spoken(announced: str = "") -> list[str]:
    """Lines of a process whose JOURNAL_STREAM is `announced`, or names its standard error if that is empty."""
    done = subprocess.run([sys.executable, "-c", SPEAK, announced], capture_output=True, text=True, check=True)
    return done.stderr.splitlines()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_units_own_folder_gets_the_files_unless_the_setting_names_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, named = tmp_path / "own", tmp_path / "named"
    own.mkdir()
    named.mkdir()
    monkeypatch.setenv("LOGS_DIRECTORY", f"{own}:{tmp_path / 'second'}")
    setup(Log(), "alerter", "pod-1").info("hello")
    setup(Log(directory=str(named)), "webui", "pod-1").info("hello")
    assert [one.name for one in own.iterdir()] == ["alerter.log"]
    assert [one.name for one in named.iterdir()] == ["webui.log"]


def test_lines_to_the_journal_carry_the_priority_of_their_level() -> None:
    """C-77: `journalctl --priority=err` finds what is an error (SO:1482, TG:1690)."""
    found = spoken()
    assert [line[:3] for line in found] == ["<2>", "<3>", "<4>", "<6>", "<7>"]
    assert [json.loads(line[3:])["level"] for line in found] == ["CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"]


@pytest.mark.parametrize("announced", ["8:4711", "none"])
def test_a_journal_that_the_output_does_not_go_to_is_no_reason_for_priorities(announced: str) -> None:
    assert all(line.startswith("{") for line in spoken(announced))


@pytest.mark.parametrize(("service", "name"), [("forwarder", "moog-forwarder"), ("alerter", "alerter")])
def test_the_file_is_named_as_the_guide_names_it(tmp_path: Path, service: str, name: str) -> None:
    """SO:1442-1446."""
    setup(Log(directory=str(tmp_path)), service, "pod-1").info("hello")
    (line,) = lines(tmp_path / f"{name}.log")
    assert (line["message"], line["level"], line["service"]) == ("hello", "INFO", service)


def test_a_file_that_was_rotated_away_is_opened_anew(tmp_path: Path) -> None:
    """C-78: logrotate's `create` renames the file and tells nobody."""
    log, path = setup(Log(directory=str(tmp_path)), "alerter", "pod-1"), tmp_path / "alerter.log"
    log.info("before")
    path.rename(tmp_path / "alerter.log.1")
    path.touch(mode=0o640)
    log.info("after")
    path.unlink()
    log.info("after it was removed")
    assert [line["message"] for line in lines(tmp_path / "alerter.log.1")] == ["before"]
    assert [line["message"] for line in lines(path)] == ["after it was removed"]


def test_a_folder_that_cannot_be_written_to_is_told_at_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot write the log file") as raised:
        setup(Log(directory=str(tmp_path / "absent")), "alerter", "pod-1")
    assert raised.value.code == "MUTT-C106"


def test_a_file_that_cannot_be_written_any_more_is_told_once_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    log = setup(Log(directory=str(folder)), "alerter", "pod-1")
    (folder / "alerter.log").unlink()
    folder.rmdir()
    for number in range(3):
        log.info("line %d", number)
    told = [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()]
    assert [text for text in told if text.startswith("line")] == ["line 0", "line 1", "line 2"]
    assert len([text for text in told if "cannot be written" in text]) == 1


def test_what_nobody_caught_is_one_line_that_says_where(tmp_path: Path) -> None:
    setup(Log(directory=str(tmp_path)), "alerter", "pod-1")

    def fail() -> None:
        raise RuntimeError("two\nlines")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    (line,) = lines(tmp_path / "alerter.log")
    assert (line["level"], line["error"]) == ("CRITICAL", "RuntimeError: two\nlines")
    assert line["where"].endswith(" fail")


def test_text_format_carries_the_correlation_id(tmp_path: Path) -> None:
    log = setup(Log(directory=str(tmp_path), format="text"), "forwarder", "pod-1")
    log.info("sent", extra={"correlation_id": "abc123-def456"})
    text = (tmp_path / "moog-forwarder.log").read_text(encoding="utf-8")
    assert text.endswith(" INFO sent correlation_id=abc123-def456\n")


def test_a_process_that_may_not_write_to_its_output_goes_on(tmp_path: Path) -> None:
    # Python itself may fail to flush what is closed when it ends, so the process ends without it.
    code = "import os; os.close(2)\n" + SPEAK.replace("found = os.fstat(2)", "") + "\nos._exit(0)\n"
    done = subprocess.run(
        [sys.executable, "-c", code, "8:1"], check=False, env=os.environ | {"LOG_DIR": str(tmp_path)}, timeout=30
    )
    assert done.returncode == 0
