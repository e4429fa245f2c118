"""Files, pipes, key files and the machine's zone, from real files and pipes."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.event_source import CHUNK_BYTES, chunks, local_zone, read_key
from mutt_cli.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_file_comes_whole_in_bounded_chunks(tmp_path: Path) -> None:
    content = os.urandom(2 * CHUNK_BYTES + 5)
    (tmp_path / "events").write_bytes(content)
    got = list(chunks(str(tmp_path / "events")))
    assert b"".join(got) == content
    assert max(map(len, got)) <= CHUNK_BYTES


def test_pipe_gives_what_it_holds_without_waiting_for_more(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR)
    try:
        os.write(writer, b"one\n")
        assert next(chunks(str(fifo))) == b"one\n"
    finally:
        os.close(writer)


def test_key_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret  \nnote\n")
    assert read_key(str(tmp_path / "key")) == "s3cret"


def test_what_cannot_be_read_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="absent"):
        next(chunks(str(tmp_path / "absent")))
    with pytest.raises(UsageError, match="is a folder"):
        next(chunks(str(tmp_path)))
    with pytest.raises(UsageError, match="is a folder"):
        read_key(str(tmp_path))


def test_zone_of_the_environment_wins_and_an_unknown_one_is_utc() -> None:
    moment = datetime(2026, 7, 1, tzinfo=UTC)
    assert moment.astimezone(local_zone({"TZ": ":Asia/Tokyo"})).hour == 9
    assert local_zone({"TZ": "Nowhere/At-All"}) is UTC
    assert local_zone({"TZ": "../etc/passwd"}) is UTC
