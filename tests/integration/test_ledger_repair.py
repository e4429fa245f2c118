"""What a repair of the ledger puts right, what it leaves with a reason, and that it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import redis

from mutt_cli.adapters import message_file, operations, operations_reading
from mutt_cli.adapters.clock import new_operation_id, utc_now
from mutt_cli.adapters.operations import Begun, Ended
from mutt_cli.core.dead_letter import open_letter
from mutt_cli.core.reconciliation import glimpse
from mutt_cli.errors import RefusedError
from mutt_cli.ops import ledger_repair, ledger_undo
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.ledger_accept import accept, booking
from mutt_cli.ops.operation import Operation
from mutt_cli.ops.reconcile import Reconciliation, reconcile
from mutt_cli.settings import Redis, Settings
from tests import servers
from tests.contract.protocol.workers import KEYS
from tests.integration.flow import Flow
from tests.integration.rollback import Lagging, publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.ops.ledger_repair import Repaired, RepairPlan


@dataclass
class Desk:
    """Somebody at the ledger."""

    backends: Backends
    flow: Flow
    folder: Path

    def judged(self) -> Reconciliation:
        return reconcile(self.backends, self.flow.witness)

    def plan(self) -> RepairPlan:
        return ledger_repair.plan(self.backends, self.judged())

    def repair(self, planned: RepairPlan | None = None) -> Repaired:
        """Plan and carry out, with its record open."""
        plan = planned or self.plan()
        operation = Operation(self.begin(ledger_repair.recorded_plan(plan)))
        done = ledger_repair.carry_out(self.backends, plan, operation, "mk@host", self.folder)
        self.end(operation)
        return done

    def begin(self, plan: dict[str, object]) -> str:
        name = new_operation_id()
        begun = Begun(name, utc_now(), "mk@host", "host", "local", "reconcile", "W", ["reconcile"], "", plan)
        operations.begin(self.backends.postgres(), begun)
        return name

    def end(self, operation: Operation, result: str = "done") -> None:
        begun = Begun(operation.id, utc_now(), "mk@host", "host", "local", "reconcile", "W", ["reconcile"], "", {})
        ended = Ended(result, operation.counts, operation.originals, (), operation.backup_path)
        operations.end(self.backends.postgres(), begun, ended)

    def recorded(self, name: str) -> Recorded:
        [found] = operations_reading.find(self.backends.postgres(), name)
        return found

    def undo(self, name: str) -> tuple[str, ...]:
        """Take it back; returns what could not be."""
        recorded = self.recorded(name)
        planned = ledger_undo.plan_undo(self.backends, recorded)
        done = ledger_undo.carry_out(self.backends, recorded, planned, self.begin({"undoes": name}))
        return tuple(done.cannot)

    def left(self, planned: RepairPlan | None = None) -> dict[str, tuple[str, ...]]:
        return {one.why: one.ids for one in (planned or self.plan()).judged.left}


@pytest.fixture
def desk(backends: Backends, flow: Flow, tmp_path: Path) -> Desk:
    return Desk(backends, flow, tmp_path / "backups")


@pytest.fixture
def lagging(tmp_path: Path) -> Iterator[Lagging]:
    with servers.valkey_server(in_memory=True) as server:
        yield Lagging(server, tmp_path / "past")


@pytest.fixture
def behind(lagging: Lagging, migrated: Connection, tmp_path: Path) -> Desk:
    """A desk at a Redis that can be put back."""
    made = Backends(Settings(redis=Redis(socket=str(lagging.server.socket))))
    made._postgres = migrated
    flow = Flow(redis.Redis(unix_socket_path=str(lagging.server.socket)), tmp_path / "witness")
    return Desk(made, flow, tmp_path / "backups")


def waiting(flow: Flow, key: str) -> list[bytes]:
    return [one for one in flow.client.lrange(key, 0, -1) if isinstance(one, bytes)]


def ids(flow: Flow, key: str) -> list[str]:
    return [glimpse(one).event_id for one in waiting(flow, key)]


@pytest.mark.parametrize("stored", [False, True], ids=["journal in the stream", "journal in the database"])
def test_a_lost_alert_goes_round_again_with_its_id_and_arrives_once(
    stored: bool, desk: Desk, migrated: Connection
) -> None:
    flow = desk.flow
    lost, kept = flow.send("LINK a", "LINK b")
    flow.decide()
    if stored:
        flow.store(migrated)
    flow.client.rpop(KEYS.alert_queue)
    assert desk.judged().missing == (lost,)
    done = desk.repair()
    assert (done.emitted, ids(flow, KEYS.ingest_queue), done.plan.judged.left) == (1, [lost], ())
    assert (desk.judged().balanced, flow.client.hget(KEYS.ledger, "accounted")) == (True, None)
    letter = open_letter(waiting(flow, KEYS.ingest_queue)[0])
    assert letter.delivery is not None
    assert (letter.delivery.replays, b'"message":"LINK a"' in letter.body) == (1, True)
    flow.decide()
    assert ids(flow, KEYS.alert_queue) == [lost, kept]
    flow.forward()
    flow.store(migrated)
    assert desk.judged().balanced
    delivered = migrated.execute(
        "SELECT event_id::text, count(*) FROM event_history WHERE outcome = 'delivered' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert delivered == [(lost, 1), (kept, 1)]
    assert desk.plan().judged.empty


def test_what_no_alerter_has_seen_is_left_with_its_reason(desk: Desk) -> None:
    (lost,) = desk.flow.send("LINK a")
    desk.flow.client.rpop(KEYS.ingest_queue)
    assert (desk.left(), desk.plan().judged.empty) == ({"never_decided": (lost,)}, True)


def test_what_is_kept_no_longer_is_left_with_its_reason(desk: Desk, migrated: Connection) -> None:
    (lost,) = desk.flow.send("LINK a")
    desk.flow.decide()
    desk.flow.store(migrated)
    migrated.execute("DELETE FROM event_payloads")
    desk.flow.client.rpop(KEYS.alert_queue)
    assert desk.left() == {"content_gone": (lost,)}


def test_an_event_pushed_by_hand_is_not_counted_in_a_second_time(desk: Desk) -> None:
    flow = desk.flow
    flow.client.lpush(KEYS.ingest_queue, '{"message":"LINK by hand"}')
    flow.decide()
    flow.client.rpop(KEYS.alert_queue)
    assert desk.repair().emitted == 1
    assert desk.judged().balanced
    flow.decide()
    flow.forward()
    assert (desk.judged().balanced, desk.judged().reading.balance.counters["injected"]) == (True, 1)


def test_after_a_rollback_what_is_known_goes_round_again_and_known_ends_are_counted(
    lagging: Lagging, behind: Desk, migrated: Connection
) -> None:
    desk, flow = behind, behind.flow
    lagging.keep()
    flow.send("LINK done", "nothing that a rule knows")
    flow.decide()
    flow.forward()
    (decided,) = flow.send("LINK decided")
    flow.decide()
    flow.store(migrated)
    (unseen,) = flow.send("LINK never taken")
    publish(flow)
    lagging.fail_over()
    publish(flow)
    red = desk.judged()
    assert (red.remainder, set(red.missing), red.forgotten.total()) == (2, {decided, unseen}, 4)
    done = desk.repair()
    assert (done.emitted, done.ended, ids(flow, KEYS.ingest_queue)) == (1, 2, [decided])
    assert desk.left(done.plan) == {"never_decided": (unseen,)}
    after = desk.judged()
    assert (after.remainder, after.missing, after.forgotten.total()) == (1, (unseen,), 1)
    assert (after.reading.balance.counters["accepted"], after.reading.balance.accounted) == (3, 2)
    flow.decide()
    flow.forward()
    assert desk.judged().missing == (unseen,)
    assert accept(desk.backends, desk.judged(), booking(desk.judged()), reason="INC-9", actor="mk").amount == 1
    assert (desk.judged().balanced, desk.judged().forgotten.total()) == (True, 0)


def test_a_ledger_that_is_only_behind_learns_what_it_forgot(
    lagging: Lagging, behind: Desk, migrated: Connection
) -> None:
    lagging.keep()
    behind.flow.send("LINK done", "nothing")
    behind.flow.decide()
    behind.flow.forward()
    behind.flow.store(migrated)
    publish(behind.flow)
    lagging.fail_over()
    publish(behind.flow)
    assert (behind.judged().balanced, behind.judged().forgotten.total()) == (True, 2)
    assert (behind.repair().ended, behind.judged().forgotten.total(), behind.judged().balanced) == (2, 0, True)


def test_what_lies_among_the_dead_letters_is_counted_there_and_never_sent_again(desk: Desk) -> None:
    flow = desk.flow
    (moved,) = flow.send("LINK a")
    flow.decide()
    flow.client.rpoplpush(KEYS.alert_queue, KEYS.dead)
    assert desk.judged().missing == (moved,)
    done = desk.repair()
    assert (done.dead, done.emitted, flow.client.llen(KEYS.ingest_queue)) == (1, 0, 0)
    assert (desk.judged().balanced, flow.client.hget(KEYS.ledger, "dead")) == (True, b"1")


def test_of_two_copies_the_one_further_along_stays_and_the_other_is_in_a_file(desk: Desk) -> None:
    flow = desk.flow
    one, other = flow.send("LINK a", "LINK b")
    event = waiting(flow, KEYS.ingest_queue)[-1]
    flow.decide()
    flow.client.lpush(KEYS.ingest_queue, event)
    twin = waiting(flow, KEYS.alert_queue)[0]
    flow.client.lpush(KEYS.alert_queue, twin)
    assert set(desk.judged().extra) == {one, other}
    done = desk.repair()
    assert (done.removed, ids(flow, KEYS.ingest_queue)) == (2, [])
    assert sorted(ids(flow, KEYS.alert_queue)) == sorted([one, other])
    assert list(message_file.read(desk.folder / f"reconcile-{done.operation}.jsonl.gz")) == [event, twin]
    assert desk.judged().balanced
    flow.forward()
    assert (desk.judged().balanced, desk.judged().missing) == (True, ())


def test_an_alert_that_was_delivered_is_taken_out_before_it_is_delivered_again(
    desk: Desk, migrated: Connection
) -> None:
    flow = desk.flow
    flow.send("LINK once")
    flow.decide()
    element = waiting(flow, KEYS.alert_queue)[0]
    flow.forward()
    flow.store(migrated)
    flow.client.lpush(KEYS.alert_queue, element)
    assert (desk.repair().removed, flow.client.llen(KEYS.alert_queue), desk.judged().balanced) == (1, 0, True)


def test_a_copy_in_the_hands_of_a_worker_is_left_to_it(desk: Desk) -> None:
    flow = desk.flow
    (one,) = flow.send("LINK once")
    flow.decide()
    element = waiting(flow, KEYS.alert_queue)[0]
    flow.forward()
    flow.client.lpush(KEYS.alert_queue, element)
    flow.hold()
    assert (desk.left(), desk.plan().judged.empty) == ({"in_hand": (one,)}, True)


def test_what_somebody_brought_back_after_its_end_is_left_to_a_person(desk: Desk) -> None:
    flow = desk.flow
    (one,) = flow.send("nothing that a rule knows")
    element = waiting(flow, KEYS.ingest_queue)[0]
    flow.decide()
    flow.client.lpush(KEYS.ingest_queue, element)
    assert (desk.left(), flow.client.llen(KEYS.ingest_queue)) == ({"brought_back": (one,)}, 1)


def test_what_was_delivered_twice_is_told(desk: Desk) -> None:
    flow = desk.flow
    (one,) = flow.send("LINK once")
    flow.decide()
    flow.client.lpush(KEYS.alert_queue, waiting(flow, KEYS.alert_queue)[0])
    flow.forward()
    flow.forward()
    assert desk.left() == {"went_twice": (one,)}


def test_where_an_end_may_have_lost_its_record_nothing_is_sent_again(desk: Desk) -> None:
    flow = desk.flow
    delivered, lost = flow.send("LINK a", "LINK b")
    flow.decide()
    flow.forward()
    for stream_id, _ in flow.client.xrevrange(KEYS.journal, count=2) or ():
        flow.client.xdel(KEYS.journal, stream_id or b"")
    (third,) = flow.send("LINK c")
    flow.decide()
    flow.client.rpop(KEYS.alert_queue)
    planned = desk.plan()
    assert (planned.judged.empty, set(desk.left(planned)["unsure"])) == (True, {delivered, lost, third})


def test_of_two_who_repair_at_once_one_is_refused_and_nothing_is_sent_twice(desk: Desk) -> None:
    flow = desk.flow
    flow.send("LINK a")
    flow.decide()
    flow.client.rpop(KEYS.alert_queue)
    mine, theirs = desk.plan(), desk.plan()
    red = desk.judged()
    desk.repair(mine)
    flow.client.rpop(KEYS.ingest_queue)
    with pytest.raises(RefusedError) as refused:
        desk.repair(theirs)
    assert (refused.value.code, flow.client.llen(KEYS.ingest_queue)) == ("MUTT-G018", 0)
    with pytest.raises(RefusedError):
        accept(desk.backends, red, booking(red), reason="late", actor="mk")


def test_what_comes_back_between_plan_and_repair_is_not_sent_again(desk: Desk) -> None:
    flow = desk.flow
    flow.send("LINK a", "LINK b")
    flow.decide()
    taken = flow.client.rpop(KEYS.alert_queue)
    other = flow.client.rpop(KEYS.alert_queue)
    assert isinstance(taken, bytes)
    assert isinstance(other, bytes)
    planned = desk.plan()
    flow.client.rpush(KEYS.alert_queue, taken, other)
    flow.client.lrem(KEYS.alert_queue, 1, other.decode())
    assert (len(planned.judged.emitted), desk.repair(planned).emitted, desk.judged().balanced) == (2, 1, True)


def test_many_go_in_slices_and_each_once(desk: Desk) -> None:
    flow = desk.flow
    lost = flow.send(*(f"LINK {number}" for number in range(250)))
    flow.decide()
    flow.client.delete(KEYS.alert_queue)
    assert desk.repair().emitted == 250
    assert sorted(ids(flow, KEYS.ingest_queue)) == sorted(lost)
    assert desk.judged().balanced


def test_a_repair_is_taken_back_as_far_as_nobody_has_taken_the_events(
    lagging: Lagging, behind: Desk, migrated: Connection
) -> None:
    desk, flow = behind, behind.flow
    lagging.keep()
    lost = flow.send("LINK a", "LINK b")
    flow.decide()
    flow.store(migrated)
    publish(flow)
    lagging.fail_over()
    publish(flow)
    before = desk.judged()
    done = desk.repair()
    assert desk.judged().balanced
    assert desk.undo(done.operation) == ()
    again = desk.judged()
    assert (again.remainder, set(again.missing), again.forgotten) == (2, set(lost), before.forgotten)
    second = desk.repair()
    assert second.emitted == 2
    flow.decide()
    with pytest.raises(RefusedError) as refused:
        desk.undo(second.operation)
    assert (refused.value.code, desk.judged().balanced) == ("MUTT-G005", True)
    assert "2 events that a worker has taken already" in refused.value.message


def test_an_accepted_remainder_is_opened_again_once(desk: Desk) -> None:
    flow = desk.flow
    (lost, _kept) = flow.send("LINK a", "LINK b")
    flow.decide()
    flow.client.rpop(KEYS.alert_queue)
    red = desk.judged()
    booked = booking(red)
    operation = Operation(desk.begin({"what": "accept", "amount": 1}), originals=booked.as_mapping())
    accept(desk.backends, red, booked, reason="INC-7", actor="mk", operation=operation.id)
    desk.end(operation)
    assert desk.judged().balanced
    desk.undo(operation.id)
    again = desk.judged()
    assert (again.remainder, again.missing, again.reading.balance.accounted) == (1, (lost,), 0)
    assert desk.repair().emitted == 1


def test_an_acceptance_that_was_killed_before_it_wrote_is_not_taken_back(desk: Desk) -> None:
    desk.flow.send("LINK a")
    desk.flow.decide()
    desk.flow.client.rpop(KEYS.alert_queue)
    booked = booking(desk.judged())
    operation = Operation(desk.begin({"what": "accept", "amount": 1}), originals=booked.as_mapping())
    with pytest.raises(RefusedError) as refused:
        desk.undo(operation.id)
    assert (refused.value.code, desk.judged().remainder) == ("MUTT-G005", 1)
