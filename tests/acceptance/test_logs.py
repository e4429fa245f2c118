"""`mutt logs` as an operator types it, on the files that daemons write."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.core.log_line import json_line, text_line
from mutt_cli.core.moment import rfc3339
from tests.acceptance.commands.world import validate
from tests.acceptance.frame import MUTT, environment, mutt, on_terminal

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "\x1b]0;owned\x07 [red]x[/red] \u202eabc\x00 =cmd|'/C calc'!A0"


def ago(seconds: float) -> str:
    """A moment before now: the tests of this file may begin long after it was imported."""
    return rfc3339(time.time_ns() // 1_000_000 - round(seconds * 1000))


def line(message: str, ago_s: float, level: str = "INFO", **fields: Any) -> str:
    return json_line({"timestamp": ago(ago_s), "level": level, "message": message, **fields}) + "\n"


@pytest.fixture
def here(tmp_path: Path) -> dict[str, str]:
    """A folder of logs: an hour of ingestor, alerter and forwarder."""
    folder = tmp_path / "log"
    folder.mkdir()
    ids = {"correlation_id": "abc123-def456"}
    (folder / "ingestor.log").write_text(
        line("Ingested event", 3000, status="success", **ids)
        + line("unauthorized: wrong or missing API key", 2000, "WARNING", status="fail", reason="auth")
        + line("ingest refused", 100, "WARNING", status="fail", reason="queue_full", **ids)
    )
    (folder / "alerter.log").write_text(line("Processing event", 2999, **ids) + line(HOSTILE, 50, "ERROR"))
    (folder / "moog-forwarder.log").write_text(
        line("Forward error", 2998, "ERROR", status="retry", http_status=503, **ids)
        + text_line(ago(40), "ERROR", "Circuit breaker is OPEN", {}) + "\n"
    )  # fmt: skip
    return {"LOG_DIR": str(folder)}


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(one) for one in text.splitlines()]


def test_lines_of_all_services_come_in_one_order(tmp_path: Path, here: dict[str, str]) -> None:
    answer = mutt(tmp_path, "logs", env=here)
    assert answer.code == 0
    head, *lines = answer.out.splitlines()
    assert head == "TIME\tSERVICE\tLEVEL\tMESSAGE"
    assert [one.split("\t")[1] for one in lines] == [
        "ingestor", "alerter", "forwarder", "ingestor", "ingestor", "alerter", "forwarder",
    ]  # fmt: skip
    assert mutt(tmp_path, "log", "-n", "1", env=here).out.splitlines()[1].endswith("Circuit breaker is OPEN")


@pytest.mark.parametrize(
    ("words", "messages"),
    [
        (["--level", "err", "--since", "10m"], ["alerter", "forwarder"]),
        (["--cid", "abc123-def456"], ["ingestor", "alerter", "forwarder", "ingestor"]),
        (["forwarder", "--since", "24h", "--grep", "circuit"], ["forwarder"]),
        (["moog-forwarder", "-n", "1"], ["forwarder"]),
        (["ingestor", "--since", "1h", "--where", "reason=auth"], ["ingestor"]),
        (["--where", "http_status>500"], ["forwarder"]),
        (["--until", "45m", "--where", "service!=alerter"], ["ingestor", "forwarder"]),
    ],
)
@pytest.mark.parametrize("more", [(), ("-n", "0")])
def test_filters_choose_lines(
    tmp_path: Path, here: dict[str, str], words: list[str], messages: list[str], more: tuple[str, ...]
) -> None:
    answer = mutt(tmp_path, "logs", *words, *(more if "-n" not in words else ()), "-o", "jsonl", env=here)
    assert answer.code == 0
    assert [one["service"] for one in rows(answer.out)] == messages


def test_columns_are_whatever_was_logged(tmp_path: Path, here: dict[str, str]) -> None:
    answer = mutt(
        tmp_path, "logs", "ingestor", "--where", "status=fail", "--columns", "time,correlation_id,reason", env=here
    )
    assert [one.split("\t")[1:] for one in answer.out.splitlines()] == [
        ["CORRELATION ID", "REASON"], ["-", "auth"], ["abc123-def456", "queue_full"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("by", "counts"),
    [("service", {"ingestor": 3, "alerter": 2, "forwarder": 2}), ("status", {"fail": 2, "retry HTTP 503": 1})],
)
def test_lines_are_counted_by_a_field(tmp_path: Path, here: dict[str, str], by: str, counts: dict[str, int]) -> None:
    answer = mutt(tmp_path, "logs", "--by", by, "--json", env=here)
    told = json.loads(answer.out)
    validate(told)
    found = {one["value"]: one["count"] for one in told["items"]}
    assert told["by"] == by
    assert {name: found[name] for name in counts} == counts


def test_json_is_the_declared_one_and_keeps_what_was_logged(tmp_path: Path, here: dict[str, str]) -> None:
    told = json.loads(mutt(tmp_path, "logs", "ingestor", "-n", "1", "--json", env=here).out)
    validate(told)
    assert told["items"][0]["fields"] == {"status": "fail", "reason": "queue_full"}


@pytest.mark.parametrize("form", ["table", "wide", "json", "jsonl", "yaml", "csv", "name"])
@pytest.mark.parametrize("more", [(), ("-n", "0")])
def test_hostile_text_reaches_no_terminal_raw(
    tmp_path: Path, here: dict[str, str], form: str, more: tuple[str, ...]
) -> None:
    (tmp_path / "log" / "webui.log").write_bytes(b"\x1b[2J raw \xff\x9b31m \r\n" + HOSTILE.encode() + b"\n")
    answer = mutt(tmp_path, "logs", *more, "-o", form, env=here)
    assert answer.code == 0
    assert not set(answer.out) & set("\x1b\x07\x00\x9b\u202e\r")


def test_a_terminal_gets_whole_lines_and_what_else_an_error_says(tmp_path: Path, here: dict[str, str]) -> None:
    answer = on_terminal(tmp_path, "logs", env=here, width=60)
    assert answer.code == 0
    assert "\x1b]0" not in answer.out
    assert "  ingestor    WARNING  ingest refused  correlation_id=abc123-def456  status=fail  reason=queue_full" in (
        answer.out.replace("Z ", "Z  ")
    )


def test_what_comes_is_followed_until_ctrl_c(tmp_path: Path, here: dict[str, str]) -> None:
    process = subprocess.Popen(
        [*MUTT, "logs", "-f", "-n", "1", "-o", "jsonl"],
        stdout=subprocess.PIPE, text=True, env=environment(tmp_path, here),
    )  # fmt: skip
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["message"] == "Circuit breaker is OPEN"
    with (tmp_path / "log" / "alerter.log").open("a") as opened:
        opened.write(line("now", 0))
    assert json.loads(process.stdout.readline())["message"] == "now"
    os.kill(process.pid, signal.SIGINT)
    assert process.communicate(timeout=20)[0] == ""
    assert process.returncode == 130


def test_following_ends_after_its_timeout(tmp_path: Path, here: dict[str, str]) -> None:
    answer = mutt(tmp_path, "logs", "-f", "--timeout", "0.3", env=here)
    assert answer.code == 0
    assert len(answer.out.splitlines()) == 8


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--level", "loud"], 2, "debug, info, warning, error, critical"),
        (["nobody"], 2, "MUTT-U410"),
        (["--since", "yesterday-ish"], 2, "--since takes"),
        (["-f", "--json"], 2, "-f has no end"),
        (["-f", "--by", "level"], 2, "one of them"),
        (["--where", "nonsense"], 2, "FIELD=VALUE"),
    ],
)
def test_words_that_do_not_fit_are_a_usage_error(
    tmp_path: Path, here: dict[str, str], words: list[str], code: int, said: str
) -> None:
    answer = mutt(tmp_path, "logs", *words, env=here)
    assert answer.code == code
    assert said in answer.err
    assert not answer.out


def test_a_host_without_logs_says_where_it_looked(tmp_path: Path) -> None:
    answer = mutt(tmp_path, "logs", env={"LOG_DIR": str(tmp_path / "absent")})
    assert answer.code == 3
    assert "MUTT-D411" in answer.err
    assert str(tmp_path / "absent") in answer.err
