"""A backup of a deployment that is at work, and the proof of a file."""

from __future__ import annotations

import gzip
import json
import stat
import threading
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import backup_proof
from mutt_cli.adapters.backup_file import unpacked
from mutt_cli.adapters.clock import utc_now
from mutt_cli.core.backup import TABLES
from mutt_cli.errors import MuttError
from mutt_cli.keys import Keys
from mutt_cli.ops import backup, backup_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.backup_file import Made
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.ops.backends import Backends

KEYS = Keys()


def kept(backends: Backends, folder: Path) -> Made:
    """A backup of this moment."""
    making = backup.Making("op-1", "backup create", "here", utc_now())
    return backup.create(backends, folder, making)


def groups(path: Path, part: str) -> dict[str, tuple[dict[str, Any], list[Any]]]:
    """What a part holds, read without any of our code."""
    found: dict[str, tuple[dict[str, Any], list[Any]]] = {}
    now, name = "", ""
    with gzip.open(path, "rb") as opened:
        for line in map(json.loads, opened):
            now = line.get("part", now)
            if now == part and "of" in line:
                name = line["of"]
                found[name] = (line, [])
            elif now == part and "e" in line:
                found[name][1].extend(line["e"])
    return found


@pytest.fixture
def made(backends: Backends, redis_client: Client, tmp_path: Path) -> Made:
    """A backup with something of each type of Redis."""
    redis_client.lpush(KEYS.ingest_queue, *(b'{"n":%d}' % number for number in range(2500)), b"\xff\x00")
    redis_client.zadd(KEYS.retry, {"a|{}": 1700000000123})
    redis_client.hset(KEYS.holds, "alerter", "{}")
    redis_client.xadd(KEYS.journal, {b"r": b"\x80\x81"}, id="5-1")
    redis_client.set(KEYS.breaker("state"), "OPEN")
    redis_client.set(KEYS.heartbeat("alerter", "p"), "{}", ex=30)
    return kept(backends, tmp_path / "backups")


def test_a_backup_holds_every_kind_of_key_byte_by_byte_and_no_lease(made: Made, redis_client: Client) -> None:
    found = groups(made.path, "redis")
    elements = [unpacked(one) for one in found[KEYS.ingest_queue][1]]
    assert elements == redis_client.lrange(KEYS.ingest_queue, 0, -1)
    assert found[KEYS.retry][1] == [["a|{}", 1700000000123.0]]
    assert found[KEYS.holds][1] == [["alerter", "{}"]]
    [[at, [[field, value]]]] = found[KEYS.journal][1]
    assert (at, field, unpacked(value)) == ("5-1", "r", b"\x80\x81")
    assert found[KEYS.breaker("state")][1] == ["OPEN"]
    assert KEYS.heartbeat("alerter", "p") not in found


def test_a_backup_is_for_its_owner_alone_and_nothing_unfinished_is_left(made: Made) -> None:
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert [one.name for one in made.path.parent.iterdir()] == [made.path.name]


def test_rows_of_the_data_base_come_back_by_copy_as_they_were(
    backends: Backends, migrated: Connection, made: Made
) -> None:
    migrated.execute(b"INSERT INTO device_teams (hostname, team_assignment) VALUES (E'tab\\tand\\nline', 'x')")
    again = kept(backends, made.path.parent / "second")
    head, rows = groups(again.path, "db")["device_teams"]
    migrated.execute(b"CREATE TEMP TABLE back (LIKE device_teams)")
    with (
        migrated.cursor() as cursor,
        cursor.copy(f"COPY back ({', '.join(head['columns'])}) FROM STDIN".encode()) as copy,
    ):
        copy.write("".join(f"{row}\n" for row in rows))
    differing = migrated.execute(b"SELECT * FROM device_teams EXCEPT SELECT * FROM back").fetchall()
    assert (len(rows), differing) == (1, [])


def test_no_table_of_ours_is_forgotten(migrated: Connection) -> None:
    rows = migrated.execute(
        b"SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        b" WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    assert {name for (name,) in rows} == set(TABLES)


def test_what_stays_in_a_queue_while_producers_and_consumers_are_at_work_is_in_the_backup(
    backends: Backends, redis_client: Client, tmp_path: Path, valkey: Any
) -> None:
    staying = {b"stay-%d" % number for number in range(20_000)}
    leaving = [b"go-%d" % number for number in range(5_000)]
    redis_client.rpush(KEYS.ingest_queue, *sorted(staying), *leaving)
    with Moving(redis_client, len(leaving)):
        path = kept(backends, tmp_path).path
    held = {unpacked(one) for one in groups(path, "redis")[KEYS.ingest_queue][1]}
    moved_on = {unpacked(one) for one in groups(path, "redis").get(KEYS.alert_queue, ({}, []))[1]}
    assert staying <= held
    assert set(leaving) <= held | moved_on


class Moving:
    """Others push on the left and move from the right on, one message at a time, while the block runs."""

    def __init__(self, client: Client, most: int) -> None:
        self._client, self._left, self._stop = client, most, threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._client.lpush(KEYS.ingest_queue, b"new")
            if self._left:
                self._client.rpoplpush(KEYS.ingest_queue, KEYS.alert_queue)
                self._left -= 1


def test_a_whole_backup_is_proved_with_its_counts(made: Made) -> None:
    proved = backup_proof.proved(made.path)
    assert proved.parts == made.parts
    assert proved.parts["redis"][KEYS.ingest_queue] == 2501
    assert proved.head["made_by"] == "backup create"


def refused(path: Path) -> str:
    """The code with which a file is refused."""
    with pytest.raises(MuttError) as caught:
        backup_proof.proved(path)
    return caught.value.code


def test_a_backup_with_a_byte_changed_or_cut_anywhere_is_refused(made: Made, tmp_path: Path) -> None:
    content, path = made.path.read_bytes(), tmp_path / "changed.jsonl.gz"
    places = [*range(11), *range(11, len(content), 97), *range(len(content) - 9, len(content))]
    for place in places:
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        assert refused(path) in {"MUTT-U040", "MUTT-U042"}, place
        path.write_bytes(content[:place])
        assert refused(path) in {"MUTT-U040", "MUTT-U042"}, place
    path.write_bytes(content + b"more")
    assert refused(path) == "MUTT-U042"


def packed_again(path: Path, lines: Iterator[bytes] | list[bytes]) -> Path:
    """A file of these lines, as gzip as ours."""
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=3, mtime=0) as opened:
        opened.write(b"".join(lines))
    return path


def test_lines_that_somebody_took_out_or_changed_are_missed(made: Made, tmp_path: Path) -> None:
    lines = gzip.decompress(made.path.read_bytes()).splitlines(keepends=True)
    for number in range(1, len(lines)):
        assert refused(packed_again(tmp_path / "short.jsonl.gz", lines[:number] + lines[number + 1 :])) == "MUTT-U042"
    forged = [lines[0].replace(b"backup create", b"backup safety"), *lines[1:]]
    assert refused(packed_again(tmp_path / "forged.jsonl.gz", forged)) == "MUTT-U042"
    assert refused(packed_again(tmp_path / "long.jsonl.gz", [*lines, b"{}\n"])) == "MUTT-U042"


def test_a_foreign_file_and_one_of_a_later_format_are_told_apart(made: Made, tmp_path: Path) -> None:
    lines = gzip.decompress(made.path.read_bytes()).splitlines(keepends=True)
    later = [lines[0].replace(b'"mutt_backup":1', b'"mutt_backup":2'), *lines[1:]]
    assert refused(packed_again(tmp_path / "later.jsonl.gz", later)) == "MUTT-U041"
    assert refused(packed_again(tmp_path / "export.jsonl.gz", [b'{"mutt_messages":1}\n'])) == "MUTT-U040"
    (tmp_path / "text").write_text("hello")
    assert refused(tmp_path / "text") == "MUTT-U040"
    assert refused(tmp_path / "absent") == "MUTT-U003"
    assert refused(tmp_path) == "MUTT-U013"


def test_a_backup_that_cannot_be_written_leaves_nothing(backends: Backends, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MuttError) as caught:
        kept(backends, tmp_path / "file")
    assert caught.value.code == "MUTT-U013"


def test_what_a_kill_left_is_named_and_is_no_backup(made: Made) -> None:
    left = made.path.with_name(f".{made.path.name}.4711")
    left.write_bytes(made.path.read_bytes()[:100])
    found, unfinished = backup_files.listed(made.path.parent)
    assert [one.path for one in found] == [made.path]
    assert str(left) in unfinished[0]
