"""Logs are read from real files: from their end, rotated, packed, of several services, and while they are written."""

from __future__ import annotations

import gzip
import io
import os
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.adapters import log_files
from mutt_cli.core.log_filter import LogFilter
from mutt_cli.core.log_line import json_line
from mutt_cli.core.moment import rfc3339
from mutt_cli.errors import AuthError, NotFoundError, UsageError
from mutt_cli.ops.log_follow import Following
from mutt_cli.ops.logs import Logs, Places, find
from mutt_cli.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

NOON = 1795867200000
ALL = LogFilter()


def line(message: str, second: float = 0, level: str = "INFO", **fields: object) -> str:
    at = rfc3339(NOON + round(second * 1000))
    return json_line({"timestamp": at, "level": level, "message": message, **fields}) + "\n"


def logs_in(folder: Path, *services: str) -> Logs:
    settings = Settings()
    return find(Places(replace(settings, log=replace(settings.log, directory=str(folder))), journal=None), services)


def said(logs: Logs, wanted: LogFilter = ALL, most: int = 100) -> list[str]:
    return [one.message for one in logs.last(wanted, most)]


@given(st.binary(max_size=200).map(lambda raw: raw.replace(b"\0", b"\n")), st.sampled_from([1, 2, 7, 64]))
def test_lines_from_the_end_are_those_from_the_beginning_turned_round(data: bytes, block: int) -> None:
    before, log_files.BLOCK = log_files.BLOCK, block  # type: ignore[misc]
    try:
        backward = list(log_files._backward(io.BytesIO(data), len(data)))
    finally:
        log_files.BLOCK = before  # type: ignore[misc]
    assert backward[::-1] == list(log_files._forward(io.BytesIO(data)))


def test_services_are_merged_in_one_order_of_time(tmp_path: Path) -> None:
    (tmp_path / "ingestor.log").write_text(line("one", 1) + line("four", 4))
    (tmp_path / "moog-forwarder.log").write_text(line("two", 2) + line("five", 5))
    (tmp_path / "alerter.log").write_text(line("three", 3))
    logs = logs_in(tmp_path)
    assert said(logs) == ["one", "two", "three", "four", "five"]
    assert said(logs, most=2) == ["four", "five"]
    assert [one.message for one in logs.all(ALL)] == ["one", "two", "three", "four", "five"]
    assert said(logs_in(tmp_path, "moog-forwarder")) == ["two", "five"]


def test_rotated_and_packed_files_are_read_on(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "alerter.log-20261126.gz", "wt") as packed:
        packed.write(line("oldest", 0) + line("old", 1))
    (tmp_path / "alerter.log.1").write_text(line("newer", 2))
    (tmp_path / "alerter.log").write_text(line("newest", 3))
    (tmp_path / "alerter.logs").write_text(line("another program's", 3))
    for age, name in enumerate(("alerter.log", "alerter.log.1", "alerter.log-20261126.gz")):
        os.utime(tmp_path / name, (NOON / 1000 + 10 - age, NOON / 1000 + 10 - age))
    logs = logs_in(tmp_path, "alerter")
    assert said(logs) == ["oldest", "old", "newer", "newest"]
    assert said(logs, most=3) == ["old", "newer", "newest"]
    assert [one.message for one in logs.all(ALL)] == ["oldest", "old", "newer", "newest"]


def test_a_packed_file_that_breaks_off_gives_what_it_has(tmp_path: Path) -> None:
    whole = gzip.compress((line("first") + line("second" * 50)).encode())
    (tmp_path / "alerter.log.1.gz").write_bytes(whole[:-12])
    (tmp_path / "alerter.log").write_text(line("third", 2))
    assert said(logs_in(tmp_path))[-1] == "third"


def test_a_trace_has_the_time_and_the_level_of_its_error(tmp_path: Path) -> None:
    trace = "Traceback (most recent call last):\n  File x, line 1\n"
    (tmp_path / "alerter.log").write_text(
        "words before logging began\n" + line("fine", 1) + line("broke", 2, "ERROR") + trace + line("fine again", 3)
    )
    logs, errors = logs_in(tmp_path, "alerter"), LogFilter(level="ERROR")
    wanted = ["broke", "Traceback (most recent call last):", "  File x, line 1"]
    assert said(logs, errors) == wanted
    assert [one.message for one in logs.all(errors)] == wanted
    assert len(said(logs)) == 6


def test_a_time_is_found_in_the_middle_of_a_large_file_from_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "alerter.log"
    path.write_text("".join(line(f"n{one} {'x' * 100}", one) for one in range(5000)))
    os.utime(path, (NOON / 1000 + 5000, NOON / 1000 + 5000))
    wanted = LogFilter(since_ms=NOON + 2_000_000, until_ms=NOON + 2_003_000)
    logs = logs_in(tmp_path, "alerter")
    expected = ["n2000", "n2001", "n2002"]
    assert [one.split()[0] for one in said(logs, wanted)] == expected
    assert [one.message.split()[0] for one in logs.all(wanted)] == expected


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "alerter.log"
    with path.open("w") as opened:
        opened.writelines(line(f"n{one}", one / 1000) for one in range(200_000))
        opened.write("x" * 20_000_000)  # one line without an end
    logs = logs_in(tmp_path, "alerter")
    tracemalloc.start()
    assert len(said(logs, most=3)) == 3
    assert logs.counted(LogFilter(text="n17"), "level").found["INFO"].count > 0
    assert sum(1 for _ in logs.all(LogFilter(level="ERROR"))) == 0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.stat().st_size > 30_000_000
    assert peak < 5_000_000


def test_what_comes_is_followed_over_rotation_and_truncation_without_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "alerter.log"
    path.write_text(line("before") + line("half")[:20])
    with Following(logs_in(tmp_path, "alerter"), ALL) as following:
        assert said(following.history) == ["before"]
        with path.open("a") as opened:
            opened.write(line("half")[20:] + line("now"))
        assert [one.message for one in following.more(0)] == ["half", "now"]
        path.rename(tmp_path / "alerter.log.1")
        with (tmp_path / "alerter.log.1").open("a") as opened:
            opened.write(line("last of the old file"))
        path.write_text(line("first of the new file"))
        found = [one.message for one in (*following.more(0), *following.more(0))]
        assert found == ["last of the old file", "first of the new file"]
        os.truncate(path, 0)
        with path.open("a") as opened:
            opened.write(line("new"))
        assert [one.message for one in following.more(0)] == ["new"]


def test_a_file_that_appears_later_is_followed_from_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "ingestor.log").write_text(line("old"))
    with Following(logs_in(tmp_path), LogFilter(text="hello")) as following:
        (tmp_path / "alerter.log").write_text(line("hello") + line("bye"))
        assert [one.message for one in following.more(0)] == ["hello"]


def test_an_unknown_service_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "ingestor.log").write_text(line("x"))
    (tmp_path / "valkey.log").write_text("1:M 28 Nov 2026 * Ready\n")
    with pytest.raises(UsageError, match="ingestor, alerter, forwarder, remediation, webui, valkey"):
        logs_in(tmp_path, "nobody")
    assert said(logs_in(tmp_path, "valkey")) == ["1:M 28 Nov 2026 * Ready"]


def test_no_logs_anywhere_is_told_with_the_places(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nothing in the journal"):
        logs_in(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_files_that_may_not_be_read_are_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "alerter.log"
    path.write_text(line("x"))
    path.chmod(0)
    with pytest.raises(AuthError, match="cannot be read"):
        logs_in(tmp_path)
