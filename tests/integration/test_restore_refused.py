"""When a restore must not begin, or not end: then nothing was replaced."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import dynamic_store, restore_tables
from mutt_cli.adapters.backup_proof import Piece
from mutt_cli.adapters.restore_redis import ForgottenError, Refill
from mutt_cli.errors import MuttError, RefusedError
from mutt_cli.ops import restore, restore_run, standstill
from mutt_cli.ops.backends import Backends
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
from tests.integration.restoring import KEYS, begun, check, kept, keys_of, meanwhile, put_back, saved, spoil, tables_of

__all__ = ["saved"]


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


def test_another_whole_backup_in_the_place_of_the_one_that_was_looked_at_is_refused(
    backends: Backends, redis_client: Client, saved: restore.Source, tmp_path: Path
) -> None:
    redis_client.rpush(KEYS.alert_queue, "later")
    later = kept(backends, tmp_path / "later", "op-9")
    saved.path.write_bytes(later.path.read_bytes())
    with pytest.raises(MuttError) as caught:
        put_back(backends, saved)
    assert caught.value.code == "MUTT-U042"


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


@pytest.mark.parametrize("service", ["ingestor", "remediation", "webui"])
def test_a_daemon_that_only_reads_settings_is_seen(
    backends: Backends, redis_client: Client, saved: restore.Source, service: str
) -> None:
    dynamic_store.note_reader(redis_client, KEYS, dynamic_store.Reader(service, "x", "db1", 1, ""))
    assert standstill.living(backends) == [f"{service} on db1"]
    with pytest.raises(RefusedError, match=service):
        put_back(backends, saved)


def test_a_daemon_that_begins_meanwhile_is_met_before_anything_is_replaced(
    backends: Backends, redis_client: Client, migrated: Connection, saved: restore.Source
) -> None:
    spoil(redis_client, migrated)
    begun(backends)
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


def test_one_who_is_refused_takes_nothing_from_the_one_who_puts_back(
    backends: Backends, redis_client: Client, connector: Callable[[], Connection], saved: restore.Source
) -> None:
    keys = keys_of(redis_client)
    redis_client.delete(KEYS.ingest_queue)
    other = Backends(backends.settings)
    other._postgres = connector()

    def second() -> None:
        with pytest.raises(RefusedError) as caught:
            put_back(other, saved)
        assert caught.value.code == "MUTT-G019"

    meanwhile(backends, saved, "db", second)
    assert keys_of(redis_client) == keys


@pytest.mark.parametrize("lost", ["ingest_queue", "circuit_breaker:moogsoft:state", ""])
def test_a_redis_that_forgets_what_was_filled_is_met_before_anything_is_replaced(
    backends: Backends, redis_client: Client, migrated: Connection, saved: restore.Source, lost: str
) -> None:
    spoil(redis_client, migrated)
    before = keys_of(redis_client), tables_of(migrated)
    with pytest.raises(ForgottenError):
        meanwhile(backends, saved, "db", lambda: redis_client.delete(f"{KEYS.restoring('op-2')}{lost}"))
    assert (keys_of(redis_client), tables_of(migrated)) == before


def test_a_list_that_lost_its_tail_is_not_what_was_filled(
    backends: Backends, redis_client: Client, saved: restore.Source
) -> None:
    beside = f"{KEYS.restoring('op-2')}ingest_queue"
    with pytest.raises(ForgottenError, match="ingest_queue"):
        meanwhile(backends, saved, "db", lambda: redis_client.ltrim(beside, 0, 99))
    assert redis_client.llen(KEYS.ingest_queue) == 2501


def test_what_was_given_up_cannot_take_its_place_later(redis_client: Client) -> None:
    refill = Refill(redis_client, KEYS, "op-2")
    refill.begin()
    refill.take(Piece("redis", {"of": "x", "key": KEYS.alert_queue, "type": "list"}, ["a"]))
    refill.drop()
    redis_client.rpush(KEYS.ingest_queue, "here")
    with pytest.raises(ForgottenError):
        refill.swap([KEYS.ingest_queue.encode()])
    assert keys_of(redis_client) == {KEYS.ingest_queue.encode(): [b"here"]}


def test_what_somebody_does_meanwhile_is_not_lost(
    backends: Backends, redis_client: Client, migrated: Connection, saved: restore.Source
) -> None:
    spoil(redis_client, migrated)
    tables = tables_of(migrated)
    with pytest.raises(RefusedError) as caught:
        meanwhile(backends, saved, "db", lambda: redis_client.hset(KEYS.holds, "ingestor", "INC-7"))
    assert caught.value.code == "MUTT-G006"
    assert redis_client.hget(KEYS.holds, "ingestor") == b"INC-7"
    assert (redis_client.llen(KEYS.alert_queue), tables_of(migrated)) == (1, tables)


def test_a_backup_of_another_place_or_of_a_later_schema_is_refused(backends: Backends, saved: restore.Source) -> None:
    assert check(backends, saved) == []
    with pytest.raises(RefusedError) as caught:
        check(backends, saved, "prod")
    assert (caught.value.code, "context here, here prod" in caught.value.message) == ("MUTT-G052", True)
    assert check(backends, saved, "prod", "other-deployment") == ["it is of another place: context here, here prod"]
    older = restore.Source(saved.path, "", head={**saved.head, "schema_version": 1})
    assert "begins empty" in check(backends, older)[0]
    later = restore.Source(saved.path, "", head={**saved.head, "schema_version": 10_000})
    with pytest.raises(MuttError) as newer:
        check(backends, later)
    assert newer.value.code == "MUTT-U041"
    tagged = restore.Source(saved.path, "", head={**saved.head, "redis": {**saved.head["redis"], "key_tag": "b"}})
    with pytest.raises(RefusedError, match="REDIS_KEY_TAG b"):
        check(backends, tagged, "here", "other-deployment")
