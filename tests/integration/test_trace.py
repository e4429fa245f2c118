"""One event found wherever it is, on real servers: in each queue, in the stream, in PostgreSQL; also with one away."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import alerter_queue
from mutt_cli.core import journal
from mutt_cli.core.decision import Context, conclude, examine
from mutt_cli.core.enrich import Inventory
from mutt_cli.errors import NOT_FOUND, USAGE, NotFoundError, UnreachableError, UsageError
from mutt_cli.ops import trace as ops
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.trace import Candidates, Traced, Unknown, resolved
from mutt_cli.present.output import render
from mutt_cli.present.trace import trace_document
from mutt_cli.settings import Postgres, Redis, Settings
from tests.contract.protocol.workers import KEYS, Worker
from tests.integration.flow import AGAIN, BROKEN, REFUSED, RULES, Flow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client

LATER = 4_000_000_000_000


@pytest.fixture
def traced(backends: Backends) -> Callable[[str], Traced]:
    return lambda identifier: resolved(ops.trace(backends, identifier, now_ms=LATER))


def stages(answer: Traced) -> list[tuple[str, str]]:
    """Each step with its outcome; waits are left out."""
    return [(step.stage, step.outcome) for step in answer.story.steps if step.outcome != "waited"]


def queues(answer: Traced) -> list[str]:
    return [place.queue for place in answer.story.places]


def make_due(client: Client) -> None:
    """What waits for a retry is due now."""
    members: list[Any] = client.zrange(KEYS.retry, 0, -1)
    client.zadd(KEYS.retry, dict.fromkeys(members, 1))


ACCEPTED, ALERTED = ("ingestor", "accepted"), ("alerter", "alerted")


def test_an_event_that_nobody_decided_yet_is_in_the_ingest_queue(flow: Flow, traced: Callable[[str], Traced]) -> None:
    event_id = flow.send("other", "LINK wanted", "another")[1]
    answer = traced(event_id)
    assert stages(answer) == [ACCEPTED]
    assert (queues(answer), answer.story.verdict.state, answer.warnings) == (["ingest"], "waiting", ())
    assert (answer.story.subject.message, answer.story.subject.sender) == ("LINK wanted", "127.0.0.1")
    age = answer.story.places[0].age_ms
    assert age is not None
    assert age < 60_000, "ages are by the clock of Redis, not by the caller's"


def test_a_decision_that_only_the_stream_knows_is_told(flow: Flow, traced: Callable[[str], Traced]) -> None:
    event_id = flow.send("LINK down")[0]
    flow.decide()
    answer = traced(event_id)
    assert stages(answer) == [ACCEPTED, ALERTED]
    assert (queues(answer), answer.story.verdict.state) == (["alert"], "waiting")
    assert answer.story.payload is not None


def test_a_story_in_postgresql_alone_is_whole(
    flow: Flow, traced: Callable[[str], Traced], migrated: Connection
) -> None:
    event_id = flow.send("LINK down")[0]
    flow.decide()
    flow.forward()
    before = traced(event_id)
    flow.store(migrated)
    assert flow.client.xlen(KEYS.journal) == 0
    after = traced(event_id)
    assert stages(after) == [ACCEPTED, ALERTED, ("forwarder", "delivered")]
    assert after.story == before.story
    assert after.story.verdict.sentence == "delivered."
    assert json.loads(after.story.payload or b"")["message"] == "LINK down"


def test_a_story_half_in_the_stream_and_half_in_postgresql_is_whole(
    flow: Flow, traced: Callable[[str], Traced], migrated: Connection
) -> None:
    event_id = flow.send("LINK down")[0]
    flow.decide()
    flow.store(migrated)
    flow.forward()
    assert stages(traced(event_id)) == [ACCEPTED, ALERTED, ("forwarder", "delivered")]


def test_what_waits_for_a_retry_says_when_it_is_due(flow: Flow, traced: Callable[[str], Traced]) -> None:
    event_id = flow.send("LINK down")[0]
    flow.decide()
    flow.forward(AGAIN)
    answer = traced(event_id)
    assert (queues(answer), answer.story.verdict.state) == (["retry"], "retrying")
    assert answer.story.places[0].due_in_ms is not None
    assert "1 try made" in answer.story.verdict.sentence


def test_a_delivery_at_the_second_try_tells_of_both(flow: Flow, traced: Callable[[str], Traced]) -> None:
    event_id = flow.send("LINK down")[0]
    flow.decide()
    flow.forward(AGAIN)
    make_due(flow.client)
    flow.forward()
    answer = traced(event_id)
    tries = [(step.outcome, step.attempt, step.response_code) for step in answer.story.steps if step.attempt]
    assert tries == [("retry", 1, 503), ("delivered", 2, 200)]
    assert (queues(answer), answer.story.verdict.sentence) == ([], "delivered at try 2.")


def test_a_dead_letter_is_found_with_what_was_refused(flow: Flow, traced: Callable[[str], Traced]) -> None:
    event_id = flow.send("LINK down")[0]
    flow.decide()
    flow.forward(replace(REFUSED, text="HTTP 400 severity: required"))
    answer = traced(event_id)
    assert (queues(answer), answer.story.verdict.state) == (["dlq-moog"], "dead_letter")
    assert answer.story.steps[-1].words == "HTTP 400 severity: required, refused"
    assert "unchanged will fail again" in answer.story.verdict.sentence


def test_an_event_that_the_alerter_failed_on_is_found(flow: Flow, traced: Callable[[str], Traced]) -> None:
    event_id = flow.send("bad")[0]
    flow.decide(BROKEN)
    answer = traced(event_id)
    assert (queues(answer), stages(answer)) == (["dlq-alerter"], [ACCEPTED, ("alerter", "error")])
    assert "ValueError: bad" in answer.story.verdict.sentence


def test_what_workers_have_in_hand_is_found_also_when_they_are_not_registered(
    flow: Flow, traced: Callable[[str], Traced]
) -> None:
    mine, theirs = flow.send("LINK a", "LINK b")
    flow.decide()
    flow.hold()
    assert (queues(traced(mine)), traced(mine).story.verdict.state) == (["inflight-forwarder-f1"], "in_hand")
    flow.client.delete(KEYS.workers)
    assert queues(traced(theirs)) == ["inflight-forwarder-f1"]


def test_an_event_no_rule_matched_says_so(flow: Flow, traced: Callable[[str], Traced], migrated: Connection) -> None:
    event_id = flow.send("nothing that a rule knows")[0]
    flow.decide()
    flow.store(migrated)
    answer = traced(event_id)
    assert (stages(answer), answer.story.verdict.state) == ([ACCEPTED, ("alerter", "unhandled")], "unhandled")


def test_a_repeat_names_the_event_whose_alert_stands_for_it(flow: Flow, traced: Callable[[str], Traced]) -> None:
    parent, repeat = flow.send("LINK down", "LINK down")
    batch = flow.take()
    found = conclude(examine(batch.elements, RULES), {}, Context("a1", batch.now_ms, 60_000, 0, Inventory()))
    plan = alerter_queue.Plan({KEYS.alert_queue: found.alerts}, ledger=[], journal=journal.pack(found.records))
    assert alerter_queue.finish(flow.alerter.lease, batch, plan) == "ok"
    answer = traced(repeat)
    assert (answer.story.verdict.state, queues(answer)) == ("deduplicated", [])
    assert answer.story.steps[-1].parent_id == parent
    assert answer.story.verdict.tries == (f"mutt trace {parent}",)


def test_what_a_crash_buried_is_found_although_its_record_lacks_the_correlation_id(
    flow: Flow, traced: Callable[[str], Traced], backends: Backends
) -> None:
    named(backends, "snow☃snow☃LINK")
    flow.decide()
    for _ in range(3):
        flow.hold()
        flow.client.delete(KEYS.heartbeat("moog", "f1"))
        flow.forwarder = Worker(flow.client, role="moog", pod="f1", ids=flow.ids)
        flow.forwarder.register()
    answer = traced("snow☃sno")
    assert (queues(answer), answer.story.verdict.state) == (["dead"], "dead")
    assert stages(answer) == [ACCEPTED, ALERTED, ("forwarder", "dead")]


def test_what_a_hand_removed_is_called_missing(flow: Flow, traced: Callable[[str], Traced]) -> None:
    event_id = flow.send("LINK down")[0]
    flow.decide()
    flow.client.delete(KEYS.alert_queue)
    assert traced(event_id).story.verdict.state == "missing"


def test_a_prefix_of_the_correlation_id_finds_it_in_queue_stream_and_postgresql(
    flow: Flow, traced: Callable[[str], Traced], migrated: Connection
) -> None:
    event_id = flow.send("LINK down")[0]
    correlation_id = traced(event_id).story.subject.correlation_id
    steps: tuple[Callable[[], None], ...] = (lambda: None, flow.decide, flow.forward, lambda: flow.store(migrated))
    for step in steps:
        step()
        for text in (correlation_id[:8], correlation_id):
            assert traced(text).story.subject.event_id == event_id


def named(backends: Backends, *correlation_ids: str) -> list[str]:
    """Events with these correlation ids in the ingest queue; returns their event ids."""
    ids = [f"0197a1b2-c3d4-7e5f-8a6b-{n:012}" for n in range(len(correlation_ids))]
    for n, (event_id, correlation_id) in enumerate(zip(ids, correlation_ids, strict=True)):
        event = {
            "event_id": event_id, "correlation_id": correlation_id, "received_at": f"2026-11-23T0{n}:00:00.000Z",
            "_source": "api", "hostname": f"sw{n}", "message": "LINK x",
        }  # fmt: skip
        backends.redis().lpush(KEYS.ingest_queue, json.dumps(event))
    return ids


def test_a_prefix_of_several_is_refused_with_its_candidates(backends: Backends, redis_client: Client) -> None:
    ids = named(backends, "ticket-0001", "ticket-0002", "other-00003")
    answer = ops.trace(backends, "ticket-0", now_ms=LATER)
    assert isinstance(answer, Candidates)
    assert [one.event_id for one in answer.found] == [ids[1], ids[0]]
    with pytest.raises(UsageError) as refused:
        resolved(answer)
    assert refused.value.exit_code == USAGE
    assert all(text in refused.value.message for text in (*ids[:2], "sw0", "sw1", "2026-11-23T01:00:00.000Z"))


def test_a_whole_correlation_id_wins_over_longer_ones_and_a_time_over_namesakes(
    backends: Backends, redis_client: Client
) -> None:
    ids = named(backends, "ticket-01", "ticket-012", "ticket-013")
    answer = resolved(ops.trace(backends, "ticket-01", now_ms=LATER))
    assert answer.story.subject.event_id == ids[0]
    since = 1_795_399_200_000  # 2026-11-23T02:00:00Z
    answer = resolved(ops.trace(backends, "ticket-0", now_ms=LATER, since_ms=since))
    assert answer.story.subject.event_id == ids[2]
    answer = resolved(ops.trace(backends, "ticket-01", now_ms=LATER, until_ms=since - 1))
    assert answer.story.subject.event_id == ids[0]
    answer = resolved(ops.trace(backends, "ticket-0", now_ms=LATER, since_ms=since - 1, until_ms=since))
    assert answer.story.subject.event_id == ids[2]
    gone = ops.trace(backends, "ticket-0", now_ms=LATER, until_ms=1)
    assert isinstance(gone, Unknown)


def test_the_event_id_wins_over_a_correlation_id_of_another(backends: Backends, redis_client: Client) -> None:
    ids = named(backends, "one-00001", "0197a1b2-c3d4-7e5f-8a6b-000000000000")
    assert resolved(ops.trace(backends, ids[0], now_ms=LATER)).story.subject.hostname == "sw0"


def test_what_nobody_knows_is_not_found_and_says_where_it_was_looked_for(
    backends: Backends, redis_client: Client
) -> None:
    answer = ops.trace(backends, "nobody-knows-this", now_ms=LATER)
    assert isinstance(answer, Unknown)
    with pytest.raises(NotFoundError) as refused:
        resolved(answer)
    assert refused.value.exit_code == NOT_FOUND
    assert "the queues, the journal stream, the history in PostgreSQL" in refused.value.message


@pytest.mark.parametrize("text", ["ticket", "", "\x1b[2Jxxxxxxxx", "\udcff\udcffxxxxxxx", "nul\x00xxxxx"])
def test_what_can_be_no_id_is_a_usage_error(backends: Backends, redis_client: Client, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        resolved(ops.trace(backends, text, now_ms=LATER))
    assert refused.value.code == "MUTT-U016"


@pytest.mark.parametrize("text", ["100%_percent", "back\\slash\\id", 'quo"te"d-id', "snow☃snow☃snow"])
def test_odd_correlation_ids_are_found_by_their_prefix(
    backends: Backends, redis_client: Client, migrated: Connection, tmp_path: Path, text: str
) -> None:
    wanted, _ = named(backends, text, "unrelated-id")
    flow = Flow(redis_client, tmp_path / "witness")
    assert resolved(ops.trace(backends, text[:8], now_ms=LATER)).story.subject.event_id == wanted
    flow.decide()
    assert resolved(ops.trace(backends, text[:8], now_ms=LATER)).story.subject.event_id == wanted
    flow.store(migrated)
    assert resolved(ops.trace(backends, text[:8], now_ms=LATER)).story.subject.event_id == wanted


def test_hostile_text_reaches_no_terminal(backends: Backends, redis_client: Client) -> None:
    event = {
        "event_id": "0197a1b2-c3d4-7e5f-8a6b-000000000001", "correlation_id": "evil-0001\x1b]0;x\x07",
        "_source": "api\x1b[2J", "hostname": "sw\u202e1\nverdict: delivered.", "message": "\x1b[31mred\u2028\r",
        "source_addr": "\x9b1m", "_ingestor": "i\x00", "severity": "\x1b[0m", "received_at": "2026-11-23T22:33:00Z",
    }  # fmt: skip
    backends.redis().lpush(KEYS.ingest_queue, json.dumps(event))
    answer = resolved(ops.trace(backends, "evil-0001", now_ms=LATER))
    document = trace_document(answer, tries=answer.story.verdict.tries)
    for form in ("table", "jsonl", "json", "yaml", "csv", "name"):
        text = render(document, form, envelope())
        assert not set(text) & set("\x1b\x07\x9b\u202e\u2028\r\x00"), form
    lines = render(document, "table", envelope()).splitlines()
    assert len([line for line in lines if line.startswith("verdict:")]) == 1


def envelope() -> Any:
    from mutt_cli.adapters.clock import utc_now
    from mutt_cli.present.output import Envelope

    return Envelope("test", utc_now())


def test_hostile_candidates_stay_on_their_own_lines(backends: Backends, redis_client: Client) -> None:
    named(backends, "ticket-01\nfake: line", "ticket-02")
    with pytest.raises(UsageError) as refused:
        resolved(ops.trace(backends, "ticket-0", now_ms=LATER))
    assert len(refused.value.message.split("\n")) == 3


def without_database(valkey: Valkey, tmp_path: Path) -> Backends:
    """Connections to Redis and to a PostgreSQL that is away."""
    return Backends(Settings(redis=Redis(socket=str(valkey.socket)), postgres=Postgres(host=str(tmp_path))))


def test_without_postgresql_the_stream_and_the_queues_tell_and_the_gap_is_named(
    valkey: Valkey, flow: Flow, tmp_path: Path
) -> None:
    event_id = flow.send("LINK down")[0]
    flow.decide()
    flow.forward(AGAIN)
    with without_database(valkey, tmp_path) as backends:
        answer = resolved(ops.trace(backends, event_id, now_ms=LATER))
    assert stages(answer) == [ACCEPTED, ALERTED, ("forwarder", "retry")]
    assert queues(answer) == ["retry"]
    assert [warning.partition(":")[0] for warning in answer.warnings] == ["PostgreSQL is away"]


def test_without_postgresql_an_event_that_has_left_is_not_called_missing(
    valkey: Valkey, flow: Flow, tmp_path: Path, migrated: Connection
) -> None:
    event_id = flow.send("LINK down")[0]
    flow.decide()
    flow.store(migrated)
    with without_database(valkey, tmp_path) as backends:
        alert = resolved(ops.trace(backends, event_id, now_ms=LATER))
        assert stages(alert) == [ACCEPTED, ALERTED], "the alert itself knows its rule"
        flow.forward(REFUSED)
        flow.client.delete(KEYS.dlq_moog)
        assert resolved(ops.trace(backends, event_id, now_ms=LATER)).story.verdict.state == "unknown"
        unknown = ops.trace(backends, "nobody-knows-this", now_ms=LATER)
    assert isinstance(unknown, Unknown)
    assert unknown.looked == ("the queues", "the journal stream")
    with pytest.raises(NotFoundError, match="no event") as refused:
        resolved(unknown)
    assert "PostgreSQL is away" in refused.value.why


def test_without_redis_postgresql_tells_and_the_gap_is_named(flow: Flow, migrated: Connection, tmp_path: Path) -> None:
    ended, waiting = flow.send("nothing known", "LINK down")
    flow.decide()
    flow.store(migrated)
    backends = Backends(Settings(redis=Redis(socket=str(tmp_path / "none.sock"))))
    backends._postgres = migrated
    answer = resolved(ops.trace(backends, ended, now_ms=LATER))
    assert (answer.story.verdict.state, stages(answer)) == ("unhandled", [ACCEPTED, ("alerter", "unhandled")])
    assert [warning.partition(":")[0] for warning in answer.warnings] == ["Redis is away"]
    assert resolved(ops.trace(backends, waiting, now_ms=LATER)).story.verdict.state == "unknown"


def test_without_both_nothing_can_be_said(tmp_path: Path) -> None:
    settings = Settings(redis=Redis(socket=str(tmp_path / "none.sock")), postgres=Postgres(host=str(tmp_path)))
    with pytest.raises(UnreachableError, match="neither Redis nor PostgreSQL"), Backends(settings) as backends:
        ops.trace(backends, "0197a1b2-c3d4-7e5f-8a6b-000000000001", now_ms=LATER)


def test_a_database_without_the_schema_hides_nothing_of_redis(
    backends: Backends, flow: Flow, empty: Connection
) -> None:
    event_id = flow.send("LINK down")[0]
    empty.execute("DROP TABLE event_history CASCADE")
    answer = resolved(ops.trace(backends, event_id, now_ms=LATER))
    assert queues(answer) == ["ingest"]
    assert "does not know what was asked" in answer.warnings[0]
