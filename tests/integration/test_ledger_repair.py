"""What a repair of the ledger puts right, and what it leaves with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import message_file
from mutt_cli.core import journal
from mutt_cli.core.dead_letter import open_letter
from mutt_cli.core.reconciliation import glimpse
from mutt_cli.errors import RefusedError
from mutt_cli.ops.ledger_accept import accept, booking
from tests.contract.protocol.workers import KEYS
from tests.integration.desk import Desk, behind, desk, ids, lagging, waiting
from tests.integration.rollback import Lagging, publish

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection


__all__ = ["behind", "desk", "lagging"]


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


def test_a_copy_whose_twin_went_between_plan_and_repair_stays(desk: Desk) -> None:
    flow = desk.flow
    (one,) = flow.send("LINK a")
    flow.decide()
    flow.client.lpush(KEYS.alert_queue, waiting(flow, KEYS.alert_queue)[0])
    planned = desk.plan()
    flow.client.rpop(KEYS.alert_queue)
    assert len(planned.judged.removals) == 1
    assert (desk.repair(planned).removed, ids(flow, KEYS.alert_queue)) == (0, [one])


def test_an_end_that_no_column_took_is_known_and_the_event_is_not_sent_again(desk: Desk, migrated: Connection) -> None:
    flow = desk.flow
    delivered, lost = flow.send("LINK a", "LINK b")
    flow.decide()
    flow.store(migrated)
    (element, *_) = flow.hold()
    flow.client.delete(KEYS.alert_queue, KEYS.processing("moog", "f1"))
    assert glimpse(element).event_id == delivered
    record = journal.pack([journal.Record(delivered, "c", "forwarder", "delivered")])
    migrated.execute(
        "INSERT INTO event_history_rejects (journal_uid, event_id, record, error) VALUES ('u', %s, %s, 'too long')",
        (delivered, record),
    )
    flow.client.hincrby(KEYS.ledger, "forwarded", 1)
    assert (desk.judged().remainder, desk.judged().missing) == (1, (lost,))
    desk.repair()
    assert (ids(flow, KEYS.ingest_queue), desk.judged().balanced) == ([lost], True)


def test_many_go_in_slices_and_each_once(desk: Desk) -> None:
    flow = desk.flow
    lost = flow.send(*(f"LINK {number}" for number in range(250)))
    flow.decide()
    flow.client.delete(KEYS.alert_queue)
    assert desk.repair().emitted == 250
    assert sorted(ids(flow, KEYS.ingest_queue)) == sorted(lost)
    assert desk.judged().balanced
