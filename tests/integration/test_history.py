"""The history against a real server: exactly once, nothing refused silently, found again, dropped by age and size."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import psycopg
import pytest
from psycopg import sql

from mutt_cli.adapters import history
from mutt_cli.adapters import history_partitions as partitions
from mutt_cli.adapters.history import StoreResult
from mutt_cli.adapters.queries import query
from mutt_cli.core import journal
from mutt_cli.core.ids import uuid7
from mutt_cli.core.journal import Entry, Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.postgres import Connection

TODAY = date(2026, 11, 23)
NOW_MS = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp() * 1000)
DAY_MS = 86_400_000


def event(n: int, at_ms: int = NOW_MS, **more: object) -> Record:
    fields = {"event_id": uuid7(at_ms, n, n), "correlation_id": f"ticket-{n:04}", "stage": "alerter"}
    return Record(**{**fields, "outcome": "unhandled", **more})  # type: ignore[arg-type]


def entry(*records: Record, at_ms: int = NOW_MS, uid: str | None = None) -> Entry:
    return Entry(uid or str(uuid.uuid4()), at_ms, records)


def count(conn: Connection, table: str) -> int:
    row = conn.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


def test_every_field_of_a_record_comes_back(migrated: Connection) -> None:
    full = Record(
        event_id=uuid7(NOW_MS, 1, 1), correlation_id="c-é☃", stage="forwarder", outcome="retry", reason="http_5xx",
        queue="retry", pod="forwarder-1", received_ms=NOW_MS - 1, source="core", started_ms=NOW_MS + 1,
        duration_us=1234567890123, attempt=3, hostname="r1", sender="10.0.0.1", ingestor="ing-1", severity="major",
        rule_id=5, rule_version=6, rule_name="cpu", response_code=503, operation_id="op-7Q3A",
        parent_id=uuid7(NOW_MS, 2, 2),
    )  # fmt: skip
    bare = event(3)
    one = entry(full, bare)
    assert history.store(migrated, [one]) == StoreResult(frozenset({one.uid}), 2, 0)
    assert history.find(migrated, full.event_id) == [(NOW_MS, full, one.uid)]
    assert history.find(migrated, bare.event_id) == [(NOW_MS, bare, one.uid)]


def test_the_test_above_covers_every_field() -> None:
    assert len(msgspec.structs.fields(Record)) == 23


def test_an_entry_that_is_offered_again_is_not_stored_again(migrated: Connection) -> None:
    old, new = entry(event(1)), entry(event(2))
    history.store(migrated, [old])
    moved = msgspec.structs.replace(event(1), pod="other")
    again = Entry(old.uid, NOW_MS + DAY_MS * 2, [moved])  # after a failover: same call, another time
    assert history.store(migrated, [again, new, new]) == StoreResult(frozenset({new.uid}), 1, 0)
    assert count(migrated, "event_history") == 2


def test_an_entry_stays_known_when_its_day_gets_a_partition(migrated: Connection) -> None:
    one = entry(event(1), uid=uuid7(NOW_MS, 0, 0))
    history.store(migrated, [one])
    partitions.ensure_partitions(migrated, TODAY)
    assert history.store(migrated, [one]).rows == 0


def test_a_uid_that_is_no_uuid_is_stored_once_all_the_same(migrated: Connection) -> None:
    one = entry(event(1), uid="half-a-uid")
    assert history.store(migrated, [one]).stored_uids == {"half-a-uid"}
    assert history.store(migrated, [one]).stored_uids == frozenset()


def test_no_entries_are_no_work(migrated: Connection) -> None:
    assert history.store(migrated, []) == StoreResult(frozenset(), 0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"correlation_id": "nul\x00inside"},
        {"reason": "surrogate\ud800"},
        {"event_id": "router-7"},
        {"event_id": ""},
        {"event_id": "ab" * 15},
        {"event_id": "ab" * 17},
        {"event_id": "nul\x00"},
        {"parent_id": "x"},
        {"duration_us": 1 << 63},
        {"received_ms": 1 << 62},
        {"received_ms": -(1 << 53)},
        {"attempt": 1 << 31},
        {"response_code": 1 << 40},
    ],
)
def test_a_row_no_column_takes_is_kept_whole_and_its_neighbours_are_stored(
    migrated: Connection, change: dict[str, object]
) -> None:
    bad = msgspec.structs.replace(event(1, payload=b"raw"), **change)
    one = entry(event(0), event(2, payload=b"p2"), bad, *(event(n) for n in range(3, 20)))
    assert history.store(migrated, [one]) == StoreResult(frozenset({one.uid}), 19, 1)
    assert (count(migrated, "event_history"), count(migrated, "event_payloads")) == (19, 1)
    kept = migrated.execute("SELECT journal_uid, record, error FROM event_history_rejects").fetchall()
    assert [(uid, bool(error)) for uid, _, error in kept] == [(one.uid, True)]
    assert b"raw" in kept[0][1]


def test_a_reject_can_be_read_as_the_record_it_was(migrated: Connection) -> None:
    bad = event(1, event_id="router-7", payload=b"\xff\x00")
    history.store(migrated, [entry(bad)])
    row = migrated.execute("SELECT record FROM event_history_rejects").fetchone()
    assert row is not None
    assert journal.unpack({b"uid": b"u", b"at": b"1", b"data": row[0]}).records == [bad]


def test_a_batch_of_nothing_but_bad_rows_is_done_with(migrated: Connection) -> None:
    one = entry(*(event(n, correlation_id="\x00") for n in range(65)))
    assert history.store(migrated, [one]) == StoreResult(frozenset({one.uid}), 0, 65)
    assert history.store(migrated, [one]) == StoreResult(frozenset(), 0, 0)


def test_a_time_outside_of_all_days_is_a_reject_not_an_endless_retry(migrated: Connection) -> None:
    assert history.store(migrated, [entry(event(1), at_ms=1 << 62)]).rejected == 1


def test_an_error_that_is_not_about_data_is_the_caller_s_and_stores_nothing(migrated: Connection) -> None:
    migrated.execute("ALTER TABLE event_history RENAME TO gone")
    with pytest.raises(psycopg.errors.UndefinedTable):
        history.store(migrated, [entry(event(1))])
    assert (count(migrated, "journal_done"), count(migrated, "event_history_rejects")) == (0, 0)


def test_after_a_lost_connection_the_same_call_stores_everything(
    connector: Callable[[], Connection], migrated: Connection
) -> None:
    broken, one = connector(), entry(event(1))
    migrated.execute("SELECT pg_terminate_backend(%s, 5000)", (broken.info.backend_pid,))
    with pytest.raises(psycopg.OperationalError):
        history.store(broken, [one])
    assert history.store(migrated, [one]).rows == 1


def test_payloads_are_stored_beside_the_decisions(migrated: Connection) -> None:
    raw = b'{"message":"\xff\x00"}'
    history.store(migrated, [entry(event(1, payload=raw), event(2))])
    assert history.payload(migrated, event(1).event_id) == raw
    assert history.payload(migrated, event(2).event_id) is None
    assert history.payload(migrated, "router-7") is None


def test_steps_come_in_the_order_of_time(migrated: Connection) -> None:
    later = entry(event(1, stage="forwarder", outcome="delivered"), at_ms=NOW_MS + 5)
    history.store(migrated, [later, entry(event(1, outcome="alerted", queue="alert"))])
    assert [step.record.outcome for step in history.find(migrated, event(1).event_id)] == ["alerted", "delivered"]


def test_a_correlation_prefix_finds_all_its_events_and_no_pattern_characters(migrated: Connection) -> None:
    ids = ["50%_done-1", "50%_done-2", "50x_done-1", "50%ydone-1", "\\50"]
    history.store(migrated, [entry(*(event(n, correlation_id=text) for n, text in enumerate(ids)))])
    found = history.find(migrated, correlation_prefix="50%_done")
    assert {step.record.correlation_id for step in found} == {"50%_done-1", "50%_done-2"}
    assert [step.record.correlation_id for step in history.find(migrated, correlation_prefix="\\")] == ["\\50"]
    assert len(history.find(migrated, correlation_prefix="50%_done", most=1)) == 1


@pytest.mark.parametrize(
    "event_id", ["router-7", "", "'; DROP TABLE event_history; --", "ffffffff-ffff-7fff-8000-" + "0" * 12]
)
def test_an_id_nobody_has_is_found_nowhere(migrated: Connection, event_id: str) -> None:
    assert history.find(migrated, event_id) == []


def test_an_event_is_found_that_was_recorded_hours_before_its_own_time(migrated: Connection) -> None:
    """Clocks differ: the id's time is the ingestor's, the record's is that of Redis."""
    one = event(1, at_ms=NOW_MS + 23 * 3_600_000)
    history.store(migrated, [entry(one)])
    assert len(history.find(migrated, one.event_id)) == 1


def test_the_last_record_tells_where_an_event_is(migrated: Connection) -> None:
    steps = [
        (0, event(1, outcome="alerted", queue="alert")),
        (1, event(1, outcome="retry", queue="retry", attempt=1)),
        (2, event(1, outcome="delivered", attempt=2)),
        (0, event(2, outcome="delivered")),
        (5, event(2, outcome="replayed", queue="alert")),
        # Within one millisecond only the records themselves tell which came last, whatever order they arrive in.
        (0, event(3, outcome="delivered")),
        (0, event(3, outcome="alerted", queue="alert")),
        (0, event(4, outcome="alerted", queue="alert")),
        (0, event(4, outcome="delivered")),
        (0, event(5, outcome="retry", queue="retry", attempt=2)),
        (0, event(5, outcome="alerted", queue="alert", attempt=1)),
        (0, event(6, outcome="alerted", queue="alert", attempt=1)),
        (0, event(6, outcome="retry", queue="retry", attempt=2)),
    ]
    history.store(migrated, [entry(record, at_ms=NOW_MS + later) for later, record in steps])
    ids = [event(n).event_id for n in range(7)]
    assert history.terminal_ids(migrated, [*ids, "router-7"]) == {
        ids[1]: ("delivered", ""), ids[2]: ("replayed", "alert"), ids[3]: ("delivered", ""),
        ids[4]: ("delivered", ""), ids[5]: ("retry", "retry"), ids[6]: ("retry", "retry"),
    }  # fmt: skip


def test_rows_of_a_day_without_partition_wait_in_default_and_move_into_it(migrated: Connection) -> None:
    history.store(migrated, [entry(event(1, payload=b"p"), uid=uuid7(NOW_MS, 0, 0))])
    assert count(migrated, "event_history_default") == 1
    made = partitions.ensure_partitions(migrated, TODAY)
    assert len(made) == 12
    for table in ("event_history", "event_payloads", "journal_done"):
        assert (count(migrated, f"{table}_default"), count(migrated, f"{table}_p20261123")) == (0, 1)
    assert len(history.find(migrated, event(1).event_id)) == 1


def test_partitions_are_made_once_and_indexed_like_the_table(migrated: Connection) -> None:
    partitions.ensure_partitions(migrated, TODAY)
    assert partitions.ensure_partitions(migrated, TODAY) == []
    assert [name[-8:] for name in partitions.ensure_partitions(migrated, TODAY + timedelta(days=1))] == ["20261127"] * 3
    indexed = "SELECT count(*) FROM pg_indexes WHERE tablename = 'event_history_p20261127'"
    assert migrated.execute(indexed.encode()).fetchone() == (3,)


def test_old_days_go_whole_and_old_rows_of_default_too(migrated: Connection) -> None:
    old = NOW_MS - 40 * DAY_MS
    partitions.ensure_partitions(migrated, TODAY - timedelta(days=40))
    partitions.ensure_partitions(migrated, TODAY)
    history.store(migrated, [
        entry(event(1, at_ms=old, payload=b"p"), at_ms=old), entry(event(2), at_ms=old + 5 * DAY_MS),
        entry(event(3, payload=b"p"), event(4, event_id="bad")),
    ])  # fmt: skip
    migrated.execute("UPDATE event_history_rejects SET rejected_at = '2026-01-01'")
    dropped = partitions.drop_partitions(migrated, TODAY, days=30, raw_days=3)
    assert len(dropped) == 12
    assert (count(migrated, "event_history"), count(migrated, "event_payloads")) == (1, 1)
    assert count(migrated, "event_history_rejects") == 0
    assert partitions.drop_partitions(migrated, TODAY, days=30, raw_days=3) == []


def test_beyond_its_bytes_the_history_gives_up_payloads_before_decisions(migrated: Connection) -> None:
    for day in range(3):
        partitions.ensure_partitions(migrated, TODAY - timedelta(days=2 - day))
        at_ms = NOW_MS - (2 - day) * DAY_MS
        history.store(migrated, [entry(*(event(n, at_ms=at_ms, payload=b"x" * 900) for n in range(200)), at_ms=at_ms)])
    size = sum(partition.size_bytes for partition in partitions.existing(migrated))
    dropped = partitions.drop_partitions(migrated, TODAY, days=30, raw_days=30, max_bytes=size - 1)
    assert dropped == ["event_payloads_p20261121"]
    assert count(migrated, "event_history") == 600


def test_a_query_by_event_id_reads_only_days_from_the_day_before(migrated: Connection) -> None:
    partitions.ensure_partitions(migrated, TODAY - timedelta(days=20))
    partitions.ensure_partitions(migrated, TODAY)
    words = {"event_id": event(1).event_id, "pattern": None, "since": datetime(2026, 11, 22, 12, tzinfo=UTC), "most": 1}
    plan = "\n".join(line for (line,) in migrated.execute(b"EXPLAIN " + query("history_find"), words))
    assert "event_history_p20261123" in plan
    assert "event_history_p20261103" not in plan


def test_a_row_that_comes_between_counting_and_locking_keeps_its_day(
    migrated: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    partitions.ensure_partitions(migrated, TODAY)
    history.store(migrated, [entry(event(1))])
    part = next(one for one in partitions.existing(migrated) if one.name == "event_history_p20261123")
    lock = partitions._take_lock

    def late_row(conn: Connection) -> None:
        with psycopg.connect(migrated.info.dsn, autocommit=True) as other:
            history.store(other, [entry(event(2))])
        lock(conn)

    monkeypatch.setattr(partitions, "_take_lock", late_row)
    assert not partitions.drop(migrated, part, rows=1)
    assert count(migrated, part.name) == 2
    monkeypatch.undo()
    assert not partitions.drop(migrated, part, rows=1)
    assert partitions.drop(migrated, part, rows=2)
