"""Sending against a real HTTP server that keeps the ingest API's contract, refuses for now, and loses answers."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.ingest_client import IngestClient
from mutt_cli.core.intake import Item, Outcome, Reading, Refused, read
from mutt_cli.errors import AUTH, UNREACHABLE, AuthError, UsageError
from mutt_cli.ops.send import Patience, Sender, Sent, Watch
from tests.integration.ingest_door import Door, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.core.ingest_reply import Taken

LOG = Path(__file__).parent.parent / "data" / "syslog_families.log"
QUICK = Patience(call_s=0.5, stall_s=3.0)


@pytest.fixture
def door() -> Iterator[Door]:
    with Door() as server:
        yield server


def items(count: int, text: str = "x") -> list[Outcome]:
    return [Item(number, b'{"n":%d,"message":"%s"}' % (number, text.encode())) for number in range(1, count + 1)]


def send(door: Door, *groups: Sequence[Outcome], patience: Patience = QUICK, keep: int = 1000, key: str = "") -> Sent:
    with IngestClient(door.url, key or door.key) as client:
        return Sender(client, patience, keep=keep, sleep=lambda _: None).send(groups)


def test_every_line_of_the_families_file_arrives_once_with_its_ids(door: Door) -> None:
    sent = send(door, *read([LOG.read_bytes()], "auto", Reading(datetime(2026, 11, 23, 12, tzinfo=UTC))))
    assert sent.accepted == len(door.queue) == len(LOG.read_bytes().splitlines())
    assert [event.line for event in sent.events] == list(range(1, sent.accepted + 1))
    assert [event.event_id for event in sent.events] == [f"e{number}" for number in range(sent.accepted)]
    assert (sent.stopped, sent.refused, sent.batches, sent.retries) == (None, (), 1, 0)


def test_batches_hold_at_most_five_hundred_items_and_one_mebibyte(door: Door) -> None:
    send(door, items(1201), items(8, "y" * 300_000))
    sizes = [len(request["lines"]) for request in door.requests]
    assert sizes == [500, 500, 201, 3, 3, 2]
    assert {request["type"] for request in door.requests} == {"application/x-ndjson"}
    assert {request["path"] for request in door.requests} == {"/ingest"}


def test_busy_ingestor_gets_the_same_request_again_after_the_time_it_asked_for(door: Door) -> None:
    door.faults = [Fault(503, "rate_limit", "2"), Fault(429, "rate_limit", "1"), Fault(503, "queue_full")]
    waits: list[tuple[str, float]] = []
    slept: list[float] = []
    with IngestClient(door.url, door.key) as client:
        watch = Watch(waiting=lambda reason, seconds: waits.append((reason, seconds)))
        sent = Sender(client, Patience(stall_s=10), watch=watch, sleep=slept.append).send([items(3)])
    assert waits == [("rate_limit", 2.0), ("rate_limit", 1.0), ("queue_full", 0.8)]
    assert slept == [2.0, 1.0, 0.8]
    assert (sent.accepted, sent.retries) == (3, 3)
    assert len({request["key"] for request in door.requests}) == 1


@pytest.mark.parametrize("fault", [Fault(lost=True), Fault(half=True), Fault(silent=True), Fault(502, "proxy")])
def test_lost_answer_is_asked_for_again_under_the_same_key_and_nothing_doubles(door: Door, fault: Fault) -> None:
    door.faults = [fault]
    sent = send(door, items(3))
    assert (sent.accepted, sent.retries, len(door.queue)) == (3, 1, 3)
    assert len({request["key"] for request in door.requests}) == 1


def test_each_request_has_a_key_of_its_own(door: Door) -> None:
    send(door, items(1001))
    assert len({request["key"] for request in door.requests}) == 3


def test_refused_items_are_named_by_line_and_the_others_are_accepted(door: Door) -> None:
    group: list[Outcome] = [
        Item(1, b'{"a":1}'),
        Refused(2, "json", "broken"),
        Item(3, b'{"bad":1}'),
        Item(4, b'{"a":2}'),
    ]
    sent = send(door, group)
    assert [event.line for event in sent.events] == [1, 4]
    assert [(one.line, one.reason) for one in sent.refused] == [(2, "json"), (3, "validation")]
    assert (sent.accepted, sent.refusals, sent.stopped) == (2, 2, None)


def test_body_that_is_too_large_is_halved_until_the_item_to_blame_is_found(door: Door) -> None:
    door.max_items = 4
    group = [*items(9), Item(10, b'{"unreadable":1}'), Item(11, b'{"n":11}')]
    sent = send(door, group)
    assert [event.line for event in sent.events] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 11]
    assert [(one.line, one.reason) for one in sent.refused] == [(10, "too_large")]


def test_wrong_key_stops_at_once_and_is_not_told(door: Door) -> None:
    sent = send(door, items(1), key="wr0ng")
    assert sent.stopped is not None
    assert (sent.stopped.code, sent.stopped.exit_code, sent.accepted) == ("MUTT-D401", AUTH, 0)
    assert "wr0ng" not in repr(sent)
    assert len(door.requests) == 1


def test_nobody_there_ends_in_unreachable_and_says_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with IngestClient(f"http://127.0.0.1:{port}", "k") as client:
        sent = Sender(client, Patience(stall_s=0.5)).send([items(2)])
    assert sent.stopped is not None
    assert (sent.stopped.code, sent.stopped.exit_code) == ("MUTT-D101", UNREACHABLE)
    assert "no connection" in sent.stopped.message
    assert sent.stopped.why == "Events not reported as accepted were not sent."
    assert sent.resume_line == 1


def test_giving_up_names_the_lines_whose_answer_was_lost_and_where_to_go_on(door: Door) -> None:
    door.faults = [Fault(), *[Fault(lost=True)] * 50]
    sent = send(door, items(700), patience=Patience(call_s=0.5, stall_s=0.3))
    assert sent.accepted == 500
    assert sent.stopped is not None
    assert "Lines 501 to 700 may have been accepted" in sent.stopped.why
    assert sent.resume_line == 501


def test_ingestor_that_asks_for_more_time_than_there_is_ends_it_at_once(door: Door) -> None:
    door.faults = [Fault(503, "queue_full", "60")]
    sent = send(door, items(1), patience=Patience(stall_s=5))
    assert sent.stopped is not None
    assert "queue_full; it asks to wait 60 s" in sent.stopped.message
    assert len(door.requests) == 1


def test_total_time_ends_also_a_run_that_makes_progress(door: Door) -> None:
    sent = send(door, items(1), patience=Patience(total_s=-1.0))
    assert sent.stopped is not None
    assert sent.stopped.exit_code == UNREACHABLE


def test_answer_of_another_service_is_not_taken_for_acceptance(door: Door) -> None:
    door.faults = [Fault(404, "not_found")]
    sent = send(door, items(1))
    assert sent.stopped is not None
    assert (sent.stopped.code, sent.accepted) == ("MUTT-D103", 0)


def test_ctrl_c_keeps_what_was_accepted_and_says_where_it_stopped(door: Door) -> None:
    door.faults = [Fault(), Fault(503, "queue_full", "1")]

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with IngestClient(door.url, door.key) as client:
        sent = Sender(client, QUICK, sleep=interrupted).send([items(2), [Item(3, b"{}")]])
    assert sent.stopped is not None
    assert (sent.accepted, sent.stopped.exit_code, sent.resume_line) == (2, 130, 3)


def test_group_is_sent_before_the_next_one_is_asked_for(door: Door) -> None:
    def groups() -> Iterator[list[Outcome]]:
        yield items(1)
        assert len(door.queue) == 1
        yield items(1)

    with IngestClient(door.url, door.key) as client:
        assert Sender(client, QUICK).send(groups()).accepted == 2


def test_ids_kept_are_bounded_and_counts_and_watcher_are_whole(door: Door) -> None:
    heard: list[Taken] = []
    group = [*items(600), Item(601, b'{"bad":1}'), Item(602, b'{"bad":1}')]
    with IngestClient(door.url, door.key) as client:
        sent = Sender(client, QUICK, keep=1, watch=Watch(taken=heard.append)).send([group])
    assert (len(sent.events), sent.accepted, len(sent.refused), sent.refusals) == (1, 600, 1, 2)
    assert sum(len(one.accepted) for one in heard) == 600


@pytest.mark.parametrize(
    "url", ["", "ftp://h", "http://", "http://u:p@h", "http://h:x", "http://h/a b", "127.0.0.1:80"]
)
def test_address_that_is_none_is_a_usage_error_that_does_not_repeat_it(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        IngestClient(url, "k")
    assert not url or url not in raised.value.message


@pytest.mark.parametrize("path", ["", "/", "/ingest", "/ingest/", "/api/v2/ingest", "/mutt"])
def test_path_of_the_address_is_kept_and_completed(door: Door, path: str) -> None:
    with IngestClient(door.url + path, door.key) as client:
        assert Sender(client, QUICK).send([items(1)]).accepted == 1
    assert door.requests[0]["path"].rstrip("/").endswith("/ingest")


@pytest.mark.parametrize("key", ["", " \n", "a\nb", "a\0b"])
def test_key_that_no_header_can_hold_is_refused_and_not_told(key: str) -> None:
    with pytest.raises(AuthError) as raised:
        IngestClient("http://127.0.0.1:1", key)
    assert "b" not in raised.value.message.split() or key not in raised.value.message
