"""A backup that is put back into a deployment whose daemons are stopped."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import sql

from mutt_cli.adapters import restore_tables
from mutt_cli.adapters.clock import now_ms, utc_now
from mutt_cli.core.backup import REPLACED, parts_of
from mutt_cli.errors import MuttError, RefusedError
from mutt_cli.keys import Keys
from mutt_cli.ops import backup, restore, restore_run, standstill
from tests.stack import eventually

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


def put_back(backends: Backends, found: restore.Source, only: Part | None = None) -> restore_run.Return:
    """Put it back as an operation of its own."""
    back = restore_run.Return(found, parts_of(only), "op-2", "me")
    restore_run.put_back(backends, back, lambda *_: None)
    return back


@pytest.fixture
def saved(backends: Backends, redis_client: Client, migrated: Connection, tmp_path: Path) -> restore.Source:
    """A backup of a deployment in which something is everywhere."""
    fill(redis_client, migrated)
    return kept(backends, tmp_path)


def test_every_key_and_every_row_comes_back_as_it_was(
    backends: Backends, redis_client: Client, migrated: Connection, saved: restore.Source
) -> None:
    keys, tables = keys_of(redis_client), tables_of(migrated)
    spoil(redis_client, migrated)
    assert (keys_of(redis_client), tables_of(migrated)) != (keys, tables)
    back = put_back(backends, saved)
    assert keys_of(redis_client) == keys
    assert tables_of(migrated) == tables
    assert sum(back.counts.values()) == back.total
    left = redis_client.pttl(KEYS.crash("alerter"))
    assert 3_000_000 < left <= 3_600_000


def test_one_part_leaves_the_other_alone(
    backends: Backends, redis_client: Client, migrated: Connection, saved: restore.Source
) -> None:
    keys, tables = keys_of(redis_client), tables_of(migrated)
    spoil(redis_client, migrated)
    later = tables_of(migrated)
    put_back(backends, saved, "redis")
    assert (keys_of(redis_client), tables_of(migrated)) == (keys, later)
    redis_client.rpush(KEYS.alert_queue, b"new")
    put_back(backends, saved, "db")
    assert tables_of(migrated) == tables
    assert redis_client.llen(KEYS.alert_queue) == 1


def test_what_has_ended_since_stays_away(
    backends: Backends, redis_client: Client, saved: restore.Source, tmp_path: Path
) -> None:
    redis_client.set(KEYS.crash("moog"), "x", px=1)
    redis_client.set(KEYS.crash("alerter"), "x", pxat=now_ms() + 700)
    found = kept(backends, tmp_path / "second")
    while redis_client.exists(KEYS.crash("alerter")):
        pass
    put_back(backends, found)
    assert not redis_client.exists(KEYS.crash("alerter"), KEYS.crash("moog"))
    assert redis_client.exists(KEYS.ingest_queue)
    assert saved.path.exists()


def test_days_of_the_backup_get_their_partitions(
    backends: Backends, migrated: Connection, saved: restore.Source
) -> None:
    put_back(backends, saved)
    found = migrated.execute(
        b"SELECT tableoid::regclass::text FROM event_history UNION ALL SELECT tableoid::regclass::text FROM"
        b" event_payloads UNION ALL SELECT tableoid::regclass::text FROM journal_done"
    )
    names = {name for (name,) in found}
    assert names == {"event_history_p20260314", "event_payloads_p20260314", "journal_done_p20260314"}


def audit(conn: Connection) -> list[tuple[Any, ...]]:
    """What the audit says, without its numbers."""
    asked = b'SELECT "timestamp", changed_by, operation, record_id, new_values::text FROM audit_logs ORDER BY 1, 4'
    return conn.execute(asked).fetchall()


def test_audit_and_operations_lose_nothing_and_double_nothing(
    backends: Backends, redis_client: Client, migrated: Connection, saved: restore.Source
) -> None:
    migrated.execute(b"INSERT INTO operations (id, actor, command) VALUES ('OP-LATER', 'me', 'config set')")
    spoil(redis_client, migrated)
    before = audit(migrated)
    put_back(backends, saved)
    assert audit(migrated) == before
    assert migrated.execute(b"SELECT id FROM operations").fetchall() == [("OP-LATER",)]


def test_in_an_empty_data_base_the_audit_of_the_backup_is_joined_under_new_numbers(
    backends: Backends, migrated: Connection, tmp_path: Path
) -> None:
    migrated.execute(b"INSERT INTO alert_rules (rule_name, pattern) VALUES ('one', 'a')")
    migrated.execute(b"INSERT INTO operations (id, actor, command) VALUES ('op-1', 'me', 'backup create')")
    found, there = kept(backends, tmp_path), audit(migrated)
    migrated.execute(b"TRUNCATE audit_logs, operations, alert_rules, rule_versions RESTART IDENTITY")
    migrated.execute(b"INSERT INTO dev_hosts (hostname) VALUES ('new')")
    here = [one for one in audit(migrated) if one not in there]
    put_back(backends, found, "db")
    assert audit(migrated) == sorted(there + here, key=lambda one: (one[0], one[3]))
    assert migrated.execute(b"SELECT id, result FROM operations").fetchall() == [("op-1", "done")]
    migrated.execute(b"INSERT INTO alert_rules (rule_name, pattern) VALUES ('two', 'b')")
    numbers = [number for (number,) in migrated.execute(b"SELECT id FROM audit_logs")]
    assert len(numbers) == len(set(numbers)) == len(there) + len(here) + 1


def test_rules_count_versions_and_raise_the_revision_again_afterwards(
    backends: Backends, migrated: Connection, redis_client: Client, saved: restore.Source
) -> None:
    spoil(redis_client, migrated)
    asked = b"SELECT revision FROM rules_revision"
    ((before,),) = migrated.execute(asked).fetchall()
    put_back(backends, saved)
    ((after,),) = migrated.execute(asked).fetchall()
    assert after > before
    migrated.execute(b"UPDATE alert_rules SET pattern = 'new' WHERE rule_name = 'two'")
    assert migrated.execute(asked).fetchall() == [(after + 1,)]
    versions = b"SELECT version FROM rule_versions WHERE definition->>'rule_name' = 'two' ORDER BY 1"
    assert [number for (number,) in migrated.execute(versions)] == [1, 2, 3]
    added = b"INSERT INTO alert_rules (rule_name, pattern) VALUES ('four', 'x') RETURNING id"
    assert migrated.execute(added).fetchall() > [(3,)]


def unchanged(client: Client, conn: Connection, call: Callable[[], object]) -> MuttError:
    """The error of a call that changes nothing."""
    keys, tables = keys_of(client), tables_of(conn)
    with pytest.raises(MuttError) as caught:
        call()
    assert (keys_of(client), tables_of(conn)) == (keys, tables)
    return caught.value


def test_a_file_that_was_damaged_after_it_was_looked_at_changes_nothing(
    backends: Backends, redis_client: Client, migrated: Connection, saved: restore.Source
) -> None:
    spoil(redis_client, migrated)
    content = gzip.decompress(saved.path.read_bytes())
    saved.path.write_bytes(gzip.compress(content.replace(b"zzz", b"zzy").replace(b'"lab-1', b'"lab-2'), 3, mtime=0))
    assert unchanged(redis_client, migrated, lambda: put_back(backends, saved)).code == "MUTT-U042"
    saved.path.write_bytes(saved.path.read_bytes()[:-200])
    assert unchanged(redis_client, migrated, lambda: put_back(backends, saved)).code == "MUTT-U042"


def test_while_a_daemon_is_alive_nothing_is_put_back(
    backends: Backends, redis_client: Client, migrated: Connection, connector: Callable[[], Connection],
    saved: restore.Source,
) -> None:  # fmt: skip
    spoil(redis_client, migrated)
    redis_client.set(KEYS.heartbeat("alerter", "x"), '{"token":"ab"}', ex=30)
    error = unchanged(redis_client, migrated, lambda: put_back(backends, saved))
    assert (error.code, "alerter" in error.message) == ("MUTT-G051", True)
    redis_client.delete(KEYS.heartbeat("alerter", "x"))
    other = connector()
    other.execute(b"SET application_name = 'mutt-historian'")
    assert "mutt-historian" in unchanged(redis_client, migrated, lambda: put_back(backends, saved)).message
    other.close()
    eventually(lambda: not restore_tables.daemons(migrated), "its session has ended")
    put_back(backends, saved)


def test_a_daemon_that_begins_meanwhile_is_met_before_anything_is_replaced(
    backends: Backends, redis_client: Client, migrated: Connection, saved: restore.Source
) -> None:
    spoil(redis_client, migrated)
    keys, tables = keys_of(redis_client), tables_of(migrated)
    beat = KEYS.heartbeat("alerter", "x")
    back = restore_run.Return(saved, ("redis", "db"), "op-2", "me")

    def begins(*_: object) -> None:
        redis_client.set(beat, '{"token":"ab"}', ex=30)

    with pytest.raises(RefusedError, match="alerter"):
        restore_run.put_back(backends, back, begins)
    redis_client.delete(beat)
    assert (keys_of(redis_client), tables_of(migrated)) == (keys, tables)


def test_two_do_not_put_back_at_once(
    backends: Backends, connector: Callable[[], Connection], saved: restore.Source
) -> None:
    with restore_tables.alone(connector()), pytest.raises(RefusedError) as caught:
        put_back(backends, saved)
    assert caught.value.code == "MUTT-G019"
    put_back(backends, saved)


def test_what_happens_after_a_restore_is_noticed(
    backends: Backends, redis_client: Client, migrated: Connection, saved: restore.Source
) -> None:
    parts = ("redis", "db")
    put_back(backends, saved)
    marks = standstill.marks(backends, parts)
    assert standstill.marks(backends, parts) == marks
    redis_client.lpush(KEYS.alert_queue, b"x")
    assert standstill.marks(backends, parts) != marks
    redis_client.delete(KEYS.alert_queue)
    assert standstill.marks(backends, parts) == marks
    history(migrated, DAY + timedelta(days=1))
    assert standstill.marks(backends, parts) != marks


def test_a_backup_of_another_place_or_of_a_later_schema_is_refused(backends: Backends, saved: restore.Source) -> None:
    assert restore.check(backends, saved, "here") == []
    with pytest.raises(RefusedError) as caught:
        restore.check(backends, saved, "prod")
    assert (caught.value.code, "context here, here prod" in caught.value.message) == ("MUTT-G052", True)
    assert restore.check(backends, saved, "prod", ["other-deployment"]) == [
        "it is of another place: context here, here prod"
    ]
    older = restore.Source(saved.path, "", {**saved.head, "schema_version": 1})
    assert "begins empty" in restore.check(backends, older, "here")[0]
    later = restore.Source(saved.path, "", {**saved.head, "schema_version": 10_000})
    with pytest.raises(MuttError) as newer:
        restore.check(backends, later, "here")
    assert newer.value.code == "MUTT-U041"
    tagged = restore.Source(saved.path, "", {**saved.head, "redis": {**saved.head["redis"], "key_tag": "b"}})
    with pytest.raises(RefusedError, match="REDIS_KEY_TAG b"):
        restore.check(backends, tagged, "here", ["other-deployment"])
