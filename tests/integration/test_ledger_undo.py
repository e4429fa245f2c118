"""A correction of the ledger is taken back, as far as nobody went on with it, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mutt_cli.errors import RefusedError
from mutt_cli.ops.ledger_accept import accept, booking
from mutt_cli.ops.operation import Operation
from tests.contract.protocol.workers import KEYS
from tests.integration.desk import Desk, behind, desk, lagging
from tests.integration.rollback import Lagging, publish

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection


__all__ = ["behind", "desk", "lagging"]


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
