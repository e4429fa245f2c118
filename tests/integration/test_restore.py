"""A backup that is put back into a deployment whose daemons are stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import operations
from mutt_cli.adapters.backup_proof import Piece
from mutt_cli.adapters.clock import now_ms, utc_now
from mutt_cli.adapters.operations import Begun, Ended
from mutt_cli.adapters.restore_redis import Refill
from mutt_cli.core.backup import parts_of
from mutt_cli.core.hold import Hold
from mutt_cli.errors import RefusedError
from mutt_cli.keys import Keys
from mutt_cli.ops import restore, restore_run, standstill
from mutt_cli.ops.undo import UNDOERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.ops.backends import Backends
from tests.integration.restoring import (
    DAY,
    KEYS,
    begun,
    check,
    history,
    kept,
    keys_of,
    put_back,
    saved,
    spoil,
    tables_of,
)

__all__ = ["saved"]


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
    assert migrated.execute(b"SELECT id FROM operations ORDER BY 1").fetchall() == [("OP-LATER",), ("op-2",)]


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
    ended = b"SELECT id, result, finished_at >= started_at FROM operations WHERE id = 'op-1'"
    assert migrated.execute(ended).fetchall() == [("op-1", "done", True)]
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


def test_a_hold_that_somebody_else_set_while_the_services_were_held_stays(
    redis_client: Client,
) -> None:
    refill, hold = Refill(redis_client, KEYS, "op-2"), Hold("me", "half", "op-2", "restore", 1)
    refill.begin()
    refill.take(Piece("redis", {"of": "x", "key": KEYS.holds, "type": "hash"}, [["alerter", "then"], ["other", "x"]]))
    refill.hold(("alerter", "forwarder", "ingestor"), hold)
    refill.swap([])
    redis_client.hset(KEYS.holds, "forwarder", "theirs")
    refill.lift(hold)
    assert redis_client.hgetall(KEYS.holds) == {b"alerter": b"then", b"other": b"x", b"forwarder": b"theirs"}


def test_other_lanes_are_neither_kept_nor_replaced(
    backends: Backends, redis_client: Client, migrated: Connection, saved: restore.Source, tmp_path: Path
) -> None:
    other = Keys("b")
    redis_client.rpush(other.ingest_queue, "theirs")
    assert other.ingest_queue not in kept(backends, tmp_path / "second").counts["redis"]
    put_back(backends, saved, "redis")
    assert redis_client.lrange(other.ingest_queue, 0, -1) == [b"theirs"]
    migrated.execute(
        b"INSERT INTO ledger_folds (lane, uid, minutes, sources, counters, amounts)"
        b" VALUES ('b', gen_random_uuid(), '{}', '{}', '{}', '{}')"
    )
    with pytest.raises(RefusedError) as caught:
        check(backends, saved)
    assert caught.value.code == "MUTT-G053"
    assert check(backends, saved, "here", "other-lanes") == []
    assert restore.check(backends, saved, "here", parts_of("redis")) == []


def test_slices_of_operations_are_joined(backends: Backends, migrated: Connection, tmp_path: Path) -> None:
    added = b"INSERT INTO operation_slices (operation_id, number, moved, messages) VALUES ('op-1', %s, 1, '')"
    migrated.execute(added, (1,))
    migrated.execute(added, (2,))
    found = kept(backends, tmp_path)
    migrated.execute(b"DELETE FROM operation_slices WHERE number = 1")
    migrated.execute(added, (3,))
    put_back(backends, found, "db")
    rows = migrated.execute(b"SELECT number FROM operation_slices ORDER BY 1").fetchall()
    assert rows == [(1,), (2,), (3,)]


def test_a_score_without_end_comes_back(backends: Backends, redis_client: Client, tmp_path: Path) -> None:
    redis_client.zadd(KEYS.retry, {"a": float("inf"), "b": float("-inf"), "c": 1.5})
    found = kept(backends, tmp_path)
    redis_client.delete(KEYS.retry)
    put_back(backends, found, "redis")
    assert redis_client.zrange(KEYS.retry, 0, -1, withscores=True) == [
        (b"b", float("-inf")), (b"c", 1.5), (b"a", float("inf")),
    ]  # fmt: skip


def test_what_was_done_after_the_backup_is_undone_by_it_until_it_is_undone_itself(
    backends: Backends, migrated: Connection, saved: restore.Source
) -> None:
    for name, command, originals in (
        ("op-a", "queue purge", "{}"), ("op-b", "vault set", "{}"), ("op-c", "config set", '{"file": "/etc/x"}'),
    ):  # fmt: skip
        values = (name, command, originals)
        migrated.execute(b"INSERT INTO operations (id, actor, command, originals) VALUES (%s, 'x', %s, %s)", values)
    put_back(backends, saved)
    asked = b"SELECT id FROM operations WHERE undone_by = 'op-2'"
    assert migrated.execute(asked).fetchall() == [("op-a",)]
    begun(backends, "op-3")
    back = restore_run.Return(saved, parts_of(None), "op-3", "me", undoes="op-2")
    restore_run.put_back(backends, back, lambda *_: None)
    assert migrated.execute(asked).fetchall() == []


def test_every_command_that_a_restore_undoes_can_be_undone() -> None:
    named = {one for some in restore.UNDONE.values() for one in some}
    elsewhere = {
        "context add", "vault set", "db index create", "db partition create", "db partition drop", "restore", "chaos",
    }  # fmt: skip
    left = {one for one in UNDOERS if not one.startswith("generate ")} - elsewhere
    assert left == named


@pytest.mark.parametrize("change", ["hold", "setting", "element", "journal"])
def test_a_small_change_after_a_restore_is_noticed(
    backends: Backends, redis_client: Client, saved: restore.Source, change: str
) -> None:
    put_back(backends, saved)
    marks = standstill.marks(backends, ("redis",))
    redis_client.hset(KEYS.workers, "alerter:new", "t")
    assert standstill.marks(backends, ("redis",)) == marks
    changes: dict[str, Callable[[], object]] = {
        "hold": lambda: redis_client.hset(KEYS.holds, "alerter", "other"),
        "setting": lambda: redis_client.set(KEYS.breaker("state"), "CLOSED"),
        "element": lambda: redis_client.rpop(KEYS.ingest_queue),
        "journal": lambda: redis_client.xadd(KEYS.journal, {"r": "x"}),
    }
    changes[change]()
    assert standstill.marks(backends, ("redis",)) != marks


def test_that_all_was_put_back_is_not_forgotten_by_whoever_never_heard_of_it(
    backends: Backends, migrated: Connection, saved: restore.Source
) -> None:
    put_back(backends, saved, "db")
    begun_ = Begun("op-2", utc_now(), "me", "", "", "restore", "D", (), "", {})
    operations.end(migrated, begun_, Ended("failed: MUTT-P101", {}, {}))
    asked = b"SELECT result, originals FROM operations WHERE id = 'op-2'"
    assert migrated.execute(asked).fetchall() == [("failed: MUTT-P101", {"put_back": True})]
