"""Bulk work by hand on real servers: nothing is lost whoever works beside it or kills it, and the ledger balances."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import operations, operations_reading
from mutt_cli.adapters.clock import utc_now
from mutt_cli.adapters.message_file import verify
from mutt_cli.adapters.operations import Begun, Ended
from mutt_cli.core.selection import Selection
from mutt_cli.core.where import Clause
from mutt_cli.errors import RefusedError, UsageError
from mutt_cli.ops import bulk_undo, message_files, purge_undo, queue_move, queue_purge, queues, slices
from mutt_cli.ops import resume as resuming
from mutt_cli.ops.bulk_work import Progress, run
from mutt_cli.ops.operation import Operation
from mutt_cli.ops.reconcile import reconcile
from tests.contract.protocol.workers import KEYS
from tests.integration.flow import BROKEN, Flow

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.ops.backends import Backends

ALL = Selection()
Tell = Callable[[Progress], None]


class Killed(BaseException):
    """The process ends here, as far as the work can tell."""


def after(count: int) -> Callable[[Progress], None]:
    """Kill the work once so many messages have moved."""

    def tell(progress: Progress) -> None:
        if progress.moved >= count:
            raise Killed

    return tell


def messages(client: Client, key: str) -> list[bytes]:
    """What a list holds, those that leave first first."""
    return [one for one in reversed(client.lrange(key, 0, -1)) if isinstance(one, bytes)]


def begin(backends: Backends, command: str, plan: dict[str, Any], operation: str = "op-AAAAAA") -> str:
    begun = Begun(
        operation, utc_now(), "mk@bastion", "bastion", "local", command, "B", command.split(), "", plan
    )  # fmt: skip
    operations.begin(backends.postgres(), begun)
    return operation


def end(backends: Backends, operation: str, result: str = "done", backup: tuple[str, str] | None = None) -> Recorded:
    [found] = operations_reading.find(backends.postgres(), operation)
    begun = Begun(
        found.id, found.started_at, found.actor, found.host, found.context, found.command, found.impact, found.argv,
        found.reason, found.plan,
    )  # fmt: skip
    path, digest = backup or (None, None)
    operations.end(backends.postgres(), begun, Ended(result, {}, {}, (), path, digest))
    if result == "done":
        slices.forget(backends, operation)
    [found] = operations_reading.find(backends.postgres(), operation)
    return found


def moved(
    backends: Backends,
    source: str,
    target: str,
    selection: Selection,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Move as the command does, as operation op-AAAAAA."""
    planned = queue_move.plan(backends, source, target, selection, forced=("shape",))
    operation = begin(backends, "queue move", queue_move.recorded_plan(planned))
    return run(backends, queue_move.work(backends, planned.way, selection, operation, "mk"), tell)


@pytest.fixture
def events(flow: Flow) -> list[bytes]:
    """250 accepted events in the ingest queue, the oldest first."""
    flow.send(*(f"event {number}" for number in range(250)))
    return messages(flow.client, KEYS.ingest_queue)


def balanced(backends: Backends, flow: Flow) -> bool:
    return reconcile(backends, flow.witness).balanced


def test_the_oldest_n_are_moved_unchanged_and_in_order(backends: Backends, flow: Flow, events: list[bytes]) -> None:
    progress = moved(backends, "ingest", "dlq-old-events", Selection(limit=120))
    assert (progress.moved, progress.by_target) == (120, {"dlq-old-events": 120})
    assert messages(flow.client, KEYS.old_events) == events[:120]
    assert messages(flow.client, KEYS.ingest_queue) == events[120:]
    assert balanced(backends, flow)


def test_a_filter_picks_from_anywhere_and_the_rest_keeps_its_order(
    backends: Backends, flow: Flow, events: list[bytes]
) -> None:
    moved(backends, "ingest", "dlq-old-events", Selection(where=(Clause("message", "~", "7$"),)))
    assert messages(flow.client, KEYS.old_events) == [one for one in events if b'7"}' in one]
    assert messages(flow.client, KEYS.ingest_queue) == [one for one in events if b'7"}' not in one]


def test_a_plan_tells_exactly_how_many_are_meant(backends: Backends, flow: Flow, events: list[bytes]) -> None:
    found = queue_move.plan(backends, "ingest", "dlq-old-events", Selection(where=(Clause("message", "~", "7$"),)))
    assert (found.survey.meant, found.survey.whole, found.survey.looked) == (25, True, 250)
    everything = queue_move.plan(backends, "ingest", "dlq-old-events", ALL)
    assert everything.survey.meant == 250
    assert everything.survey.size_bytes == pytest.approx(sum(map(len, events)), rel=0.05)


def test_messages_that_workers_take_meanwhile_are_in_one_place_each(
    backends: Backends, flow: Flow, events: list[bytes]
) -> None:
    taken: list[bytes] = []

    def worker() -> None:
        while len(taken) < 100 and (found := flow.client.rpop(KEYS.ingest_queue)):
            taken.append(bytes(found))  # type: ignore[arg-type]

    thread = threading.Thread(target=worker)
    thread.start()
    moved(backends, "ingest", "dlq-old-events", Selection(where=(Clause("message", "~", "[02468]$"),)))
    thread.join()
    there = messages(flow.client, KEYS.ingest_queue) + messages(flow.client, KEYS.old_events)
    assert Counter(there + taken) == Counter(events)


@pytest.mark.parametrize("done", [10, 120, 250])
def test_work_that_was_killed_goes_on_where_it_ended(
    backends: Backends, flow: Flow, events: list[bytes], done: int
) -> None:
    with pytest.raises(Killed):
        moved(backends, "ingest", "dlq-old-events", ALL, after(done))
    flow.send("arrived since")
    [found] = operations_reading.find(backends.postgres(), "op-AAAAAA")
    assert found.state == "open"
    resuming.check(found)
    resuming.resume(backends, found, "ann", lambda _: None)
    assert messages(flow.client, KEYS.old_events) == events
    assert len(messages(flow.client, KEYS.ingest_queue)) == 1
    [found] = operations_reading.find(backends.postgres(), "op-AAAAAA")
    with pytest.raises(RefusedError, match="came to its end"):
        resuming.check(found)


def test_undo_takes_back_what_nobody_has_taken_and_says_what_is_gone(
    backends: Backends, flow: Flow, events: list[bytes]
) -> None:
    moved(backends, "ingest", "dlq-old-events", Selection(limit=100))
    recorded = end(backends, "op-AAAAAA")
    for _ in range(30):
        flow.client.rpop(KEYS.old_events)
    undo = bulk_undo.plan_undo(backends, recorded)
    assert undo.lines == ["70 messages are still in dlq-old-events and go back to ingest"]
    assert undo.cannot == ["30 messages that a worker has taken already"]
    undone = bulk_undo.carry_out(backends, recorded, undo, "op-BBBBBB")
    assert undone.counts == {"taken_back": 70, "gone": 30}
    assert Counter(messages(flow.client, KEYS.ingest_queue)) == Counter(events[30:])
    assert messages(flow.client, KEYS.old_events) == []


def test_undo_of_killed_work_knows_which_slices_were_carried_out(
    backends: Backends, flow: Flow, events: list[bytes]
) -> None:
    with pytest.raises(Killed):
        moved(backends, "ingest", "dlq-old-events", ALL, after(100))
    [recorded] = operations_reading.find(backends.postgres(), "op-AAAAAA")
    undo = bulk_undo.plan_undo(backends, recorded)
    bulk_undo.carry_out(backends, recorded, undo, "op-BBBBBB")
    assert Counter(messages(flow.client, KEYS.ingest_queue)) == Counter(events)
    with pytest.raises(RefusedError, match="nothing of op-AAAAAA can be taken back"):
        bulk_undo.plan_undo(backends, recorded)


def test_events_and_alerts_are_not_mixed_and_nothing_goes_where_workers_own_it(
    backends: Backends, flow: Flow, events: list[bytes]
) -> None:
    with pytest.raises(RefusedError) as mixed:
        queue_move.plan(backends, "ingest", "alert", ALL)
    assert mixed.value.code == "MUTT-G007"
    for target in ("retry", "dead", "quarantine", "ingest"):
        with pytest.raises(UsageError):
            queue_move.plan(backends, "ingest", target, ALL)
    flow.take()
    with pytest.raises(UsageError, match="in the hands of a worker"):
        queue_move.plan(backends, "inflight-alerter-a1", "ingest", ALL)


def purged(backends: Backends, name: str, selection: Selection, folder: Path, tell: Tell = lambda _: None) -> Operation:
    planned = queue_purge.plan(backends, name, selection, folder)
    operation = Operation(begin(backends, "queue purge", queue_purge.recorded_plan(planned)))
    queue_purge.carry_out(backends, planned, operation, "mk", tell)
    return operation


def test_a_purge_is_taken_back_to_the_byte_and_the_ledger_balances_all_the_time(
    backends: Backends, flow: Flow, events: list[bytes], tmp_path: Path
) -> None:
    operation = purged(backends, "ingest", ALL, tmp_path)
    assert messages(flow.client, KEYS.ingest_queue) == []
    assert balanced(backends, flow)
    assert operation.backup_path is not None
    recorded = end(backends, operation.id, "done", (operation.backup_path, operation.backup_sha256 or ""))
    undo = purge_undo.plan_undo(backends, recorded)
    purge_undo.carry_out(backends, recorded, undo, "op-BBBBBB")
    assert messages(flow.client, KEYS.ingest_queue) == events
    assert balanced(backends, flow)


def test_a_purge_of_the_dead_and_its_undo_balance_too(backends: Backends, flow: Flow, tmp_path: Path) -> None:
    flow.send("bad 1", "bad 2")
    flow.decide(BROKEN)
    for _ in range(2):  # as remediation buries
        flow.client.lmove(KEYS.dlq_alerter, KEYS.dead, "RIGHT", "LEFT")
    minute = messages(flow.client, KEYS.dead)[0].partition(b'"received_at":"')[2][:16].decode()
    flow.client.hincrby(KEYS.ledger, "dead", 2)
    flow.client.hincrby(KEYS.ledger_minutes, f"{minute}|api|dead", 2)
    assert balanced(backends, flow)
    operation = purged(backends, "dead", Selection(limit=1), tmp_path)
    assert balanced(backends, flow)
    recorded = end(backends, operation.id, "done", (str(operation.backup_path), str(operation.backup_sha256)))
    purge_undo.carry_out(backends, recorded, purge_undo.plan_undo(backends, recorded), "op-BBBBBB")
    assert len(messages(flow.client, KEYS.dead)) == 2
    assert balanced(backends, flow)


def test_a_killed_purge_removes_only_what_its_backup_holds_when_it_goes_on(
    backends: Backends, flow: Flow, events: list[bytes], tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        purged(backends, "ingest", ALL, tmp_path, after(100))
    flow.send("arrived since")
    [recorded] = operations_reading.find(backends.postgres(), "op-AAAAAA")
    resuming.resume(backends, recorded, "ann", lambda _: None)
    assert len(messages(flow.client, KEYS.ingest_queue)) == 1
    assert balanced(backends, flow)
    [recorded] = operations_reading.find(backends.postgres(), "op-AAAAAA")
    purge_undo.carry_out(backends, recorded, purge_undo.plan_undo(backends, recorded), "op-BBBBBB")
    assert Counter(messages(flow.client, KEYS.ingest_queue)[1:]) == Counter(events)


def test_a_purge_killed_before_its_backup_removes_no_more_than_was_agreed_and_can_be_undone(
    backends: Backends, flow: Flow, events: list[bytes], tmp_path: Path
) -> None:
    planned = queue_purge.plan(backends, "ingest", ALL, tmp_path)
    begin(backends, "queue purge", queue_purge.recorded_plan(planned))
    flow.send(*(f"arrived since {number}" for number in range(60)))
    [recorded] = operations_reading.find(backends.postgres(), "op-AAAAAA")
    with pytest.raises(RefusedError, match="is not here"):
        purge_undo.plan_undo(backends, recorded)
    with pytest.raises(Killed):
        resuming.resume(backends, recorded, "ann", after(100))
    [killed] = operations_reading.find(backends.postgres(), "op-AAAAAA")
    removed = 310 - len(messages(flow.client, KEYS.ingest_queue))
    undo = purge_undo.plan_undo(backends, killed)
    assert f"{removed} messages go back to ingest" in undo.lines[0]
    assert resuming.resume(backends, killed, "ann", lambda _: None).moved == 250 - removed
    assert len(messages(flow.client, KEYS.ingest_queue)) == 60
    assert balanced(backends, flow)


@pytest.mark.parametrize("left", [0, 1])
def test_what_was_in_retry_comes_back_as_alerts_and_retry_stays_what_it_is(
    backends: Backends, flow: Flow, tmp_path: Path, left: int
) -> None:
    alerts = [f'{{"message":"alert {number}","hostname":"sw1"}}'.encode() for number in range(3)]
    flow.client.zadd(KEYS.retry, {b"1|" + one: 10**15 + place for place, one in enumerate(alerts[: 2 + left])})
    purged(backends, "retry", Selection(limit=1), tmp_path)
    undone = end(backends, "op-AAAAAA", backup=None)
    purge_undo.carry_out(backends, undone, purge_undo.plan_undo(backends, undone), "op-BBBBBB")
    assert messages(flow.client, KEYS.alert_queue) == [alerts[0]]
    moving = queue_move.plan(backends, "retry", "dlq-moog", ALL)
    operation = begin(backends, "queue move", queue_move.recorded_plan(moving), "op-CCCCCC")
    run(backends, queue_move.work(backends, moving.way, ALL, operation, "mk"))
    done = end(backends, operation)
    undo = bulk_undo.plan_undo(backends, done)
    assert "go back to alert" in undo.lines[0]
    bulk_undo.carry_out(backends, done, undo, "op-DDDDDD")
    assert sorted(messages(flow.client, KEYS.alert_queue)) == sorted(alerts[: 2 + left])
    assert flow.client.type(KEYS.retry) in {b"none", b"zset"}


def test_a_purge_without_room_for_its_backup_or_of_a_growing_queue_is_refused(
    backends: Backends, flow: Flow, events: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = queue_purge.plan(backends, "ingest", ALL, tmp_path)
    flow.send(*("more" for _ in range(30)))
    with pytest.raises(RefusedError) as grew:
        queue_purge.check_growth(backends, planned)
    assert grew.value.code == "MUTT-G010"
    queue_purge.check_growth(backends, planned, ("growing",))
    monkeypatch.setattr(queue_purge, "_free", lambda _: 10)
    with pytest.raises(RefusedError) as full:
        queue_purge.plan(backends, "ingest", ALL, tmp_path)
    assert full.value.code == "MUTT-G009"


def test_an_import_is_counted_goes_on_after_a_kill_and_is_taken_out_again(
    backends: Backends, flow: Flow, events: list[bytes], tmp_path: Path
) -> None:
    ingest, path = queues.depth(backends, "ingest")[0], tmp_path / "events.jsonl.gz"
    written = message_files.export(backends, ingest, ALL, path)
    assert (written.count, verify(path)["queue"]) == (250, "ingest")
    plan = {"file": str(path), "targets": ["dlq-alerter"], "count": 250}
    operation = begin(backends, "queue import", plan)
    target = message_files.target_of_import(backends, "dlq-alerter")
    with pytest.raises(Killed):
        message_files.fill(backends, message_files.Filling(path, target, operation, "mk"), 250, after(100))
    [recorded] = operations_reading.find(backends.postgres(), operation)
    resuming.resume(backends, recorded, "ann", lambda _: None)
    assert messages(flow.client, KEYS.dlq_alerter) == events
    assert balanced(backends, flow)
    [recorded] = operations_reading.find(backends.postgres(), operation)
    bulk_undo.carry_out(backends, recorded, bulk_undo.plan_undo(backends, recorded), "op-BBBBBB")
    assert messages(flow.client, KEYS.dlq_alerter) == []
    assert messages(flow.client, KEYS.ingest_queue) == events
    assert balanced(backends, flow)
