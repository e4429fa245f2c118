"""A deployment that is filled, spoiled, and put back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import sql

from mutt_cli.adapters.clock import utc_now
from mutt_cli.core.backup import REPLACED, parts_of
from mutt_cli.keys import Keys
from mutt_cli.ops import backup, restore, restore_run, standstill

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.backup import Part
    from mutt_cli.ops.backends import Backends

KEYS = Keys()
DAY = datetime(2026, 3, 14, 15, 9, 26, 535_897, tzinfo=UTC)
Tables = dict[str, list[tuple[Any, ...]]]


def keys_of(client: Client) -> dict[bytes, object]:
    """Every key with its content."""
    readers: dict[Any, Callable[[Any], object]] = {
        b"list": lambda name: client.lrange(name, 0, -1),
        b"zset": lambda name: client.zrange(name, 0, -1, withscores=True),
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"stream": client.xrange,
        b"string": client.get,
    }
    return {name: readers[client.type(name)](name) for name in client.scan_iter()}


def tables_of(conn: Connection) -> Tables:
    """Every row of what a restore replaces, but for the revision, which only rises."""
    names = [one for one in REPLACED if one != "rules_revision"]
    asked = sql.SQL("SELECT to_jsonb(t)::text FROM {} AS t ORDER BY 1")
    return {name: conn.execute(asked.format(sql.Identifier(name))).fetchall() for name in names}


def fill(client: Client, conn: Connection) -> None:
    """Something of each type and in each table that people or daemons write."""
    client.lpush(KEYS.ingest_queue, *(b'{"n":%d}' % number for number in range(2500)), b"\xff\x00")
    client.zadd(KEYS.retry, {b"a|{}": 1700000000123.0, b"\xfe": -0.5})
    client.hset(KEYS.holds, "alerter", "{}")
    client.xadd(KEYS.journal, {b"r": b"\x80\x81"}, id="5-1")
    client.xadd(KEYS.journal, {b"r": b"2"}, id="5-2")
    client.set(KEYS.breaker("state"), "OPEN")
    client.sadd("mutt:of-a-later-release", b"a", b"\xfd")
    client.set(KEYS.crash("alerter"), "x", ex=3600)
    conn.execute(b"INSERT INTO alert_rules (rule_name, pattern) VALUES ('one', 'a\tb'), ('two', E'c\\nd')")
    conn.execute(b"UPDATE alert_rules SET priority = 7 WHERE rule_name = 'two'")
    conn.execute(b"INSERT INTO dev_hosts (hostname) VALUES ('lab-1')")
    history(conn, DAY)


def history(conn: Connection, at: datetime) -> None:
    """An event of that time in all three tables that are kept by day."""
    conn.execute(b"INSERT INTO event_payloads VALUES (%s, gen_random_uuid(), '\\x00ff0a')", (at,))
    digits = f"{int(at.timestamp() * 1000):012x}"
    conn.execute(b"INSERT INTO journal_done (uid) VALUES (%s)", (f"{digits[:8]}-{digits[8:]}-7000-8000-000000000001",))
    conn.execute(
        b"INSERT INTO event_history SELECT %s, gen_random_uuid(), 'c', 'ingestor', 'accepted', '', '', '', NULL, '',"
        b" NULL, 0, 0, '', '', '', '', NULL, NULL, '', NULL, '', NULL, gen_random_uuid()",
        (at,),
    )


def spoil(client: Client, conn: Connection) -> None:
    """What people and daemons do after a backup."""
    client.delete(KEYS.ingest_queue, KEYS.retry, KEYS.holds)
    client.rpush(KEYS.alert_queue, b"new")
    client.set(KEYS.dedupe("f"), "passed", ex=600)
    client.set(KEYS.idempotency("d"), "ids", ex=600)
    client.hset(KEYS.workers, "alerter:x", "t")
    conn.execute(b"DELETE FROM alert_rules WHERE rule_name = 'one'")
    conn.execute(b"UPDATE alert_rules SET pattern = 'zzz'")
    conn.execute(b"INSERT INTO alert_rules (rule_name, pattern) VALUES ('three', 'x')")
    history(conn, utc_now())


def kept(backends: Backends, folder: Path, name: str = "op-1") -> restore.Source:
    """A backup of this moment, as a restore reads it."""
    return restore.source(backup.create(backends, folder, backup.Making(name, "backup create", "here", utc_now())).path)


def begun(backends: Backends, name: str = "op-2") -> None:
    """The row of an operation that puts back."""
    backends.postgres().execute(
        b"INSERT INTO operations (id, actor, command) VALUES (%s, 'me', 'restore') ON CONFLICT DO NOTHING", (name,)
    )


def put_back(backends: Backends, found: restore.Source, only: Part | None = None) -> restore_run.Return:
    """Put it back as an operation of its own."""
    begun(backends)
    back = restore_run.Return(found, parts_of(only), "op-2", "me")
    restore_run.put_back(backends, back, lambda *_: None)
    return back


def meanwhile(backends: Backends, found: restore.Source, part: str, act: Callable[[], object]) -> None:
    """Put it back; while the first entries of a part are under way something happens, once."""
    begun(backends)
    left = [act]

    def tell(_done: int, _total: int, now: str) -> None:
        if now == part and left:
            left.pop()()

    back = restore_run.Return(found, parts_of(None), "op-2", "me", standstill.marks(backends, parts_of(None)))
    restore_run.put_back(backends, back, tell)


@pytest.fixture
def saved(backends: Backends, redis_client: Client, migrated: Connection, tmp_path: Path) -> restore.Source:
    """A backup of a deployment in which something is everywhere."""
    fill(redis_client, migrated)
    return kept(backends, tmp_path)


def check(backends: Backends, found: restore.Source, context: str = "here", *forced: str) -> list[str]:
    """What is told of a whole backup before it is put back."""
    return restore.check(backends, found, context, parts_of(None), forced)
