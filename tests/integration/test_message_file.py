"""Messages in a file come back to the byte, and a file that is not whole is refused before anything is read."""

from __future__ import annotations

import gzip
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mutt_cli.adapters.files import file_sha256
from mutt_cli.adapters.message_file import BrokenFileError, Writer, read, verify

if TYPE_CHECKING:
    from pathlib import Path

ODD = (
    b'{"message":"plain"}', b"", b"text", b'{"a":\n1}', b'{"mutt_base64":"eA=="}', b'{"mutt_end":true}', b"\xff\xfe",
    b'{"raw":"\\u0000"}', b'{"mutt_messages":1}', b"{}\r", b"{not json", b'{"a":1}\n{"b":2}',
)  # fmt: skip


def write(path: Path, *elements: bytes) -> Path:
    with Writer(path, {"queue": "ingest"}) as writer:
        for element in elements:
            writer.add(element)
        written = writer.finish()
    assert (written.count, written.sha256) == (len(elements), file_sha256(path))
    return path


def test_every_byte_comes_back_and_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl.gz", *ODD)
    assert verify(path) == {"mutt_messages": 1, "queue": "ingest", "count": len(ODD)}
    assert list(read(path)) == list(ODD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_bytes_come_back(tmp_path: Path, elements: list[bytes]) -> None:
    path = tmp_path / "any.jsonl.gz"
    path.unlink(missing_ok=True)
    assert list(read(write(path, *elements))) == elements
    verify(path)


def test_json_lines_stand_as_they_are(tmp_path: Path) -> None:
    lines = gzip.decompress(write(tmp_path / "x.gz", b'{"message":"a"}').read_bytes()).splitlines()
    assert lines[1] == b'{"message":"a"}'


def _harmed(path: Path, harm: str) -> bytes:
    whole = path.read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    return {
        "cut": whole[:-12],
        "end": gzip.compress(b"".join(lines[:-1])),
        "line": gzip.compress(b"".join([lines[0], lines[2], lines[3]])),
        "tail": gzip.compress(b"".join([*lines, b"{}\n"])),
        "other": gzip.compress(b'{"x":1}\n{"mutt_end":true}\n'),
        "text": b"no gzip at all",
    }[harm]


@pytest.mark.parametrize("harm", ["cut", "end", "line", "tail", "other", "text"])
def test_a_file_that_is_not_whole_is_refused(tmp_path: Path, harm: str) -> None:
    path = write(tmp_path / "x.gz", b'{"message":"a"}', b'{"message":"b"}')
    path.write_bytes(_harmed(path, harm))
    with pytest.raises(BrokenFileError, match="cannot be used"):
        verify(path)


def test_a_writer_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail() -> None:
        with Writer(tmp_path / "x.gz", {}) as writer:
            writer.add(b"{}")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []
