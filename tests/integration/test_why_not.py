"""An event whose id is unknown, found by host, words and time wherever it is, on real servers; or nowhere."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import history, intake_queue, ledger, sightings
from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.history_search import of_host
from mutt_cli.core.event import Refusal
from mutt_cli.core.ids import uuid7
from mutt_cli.core.journal import Entry, Record
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.quarantine import letter
from mutt_cli.core.why_not import Description
from mutt_cli.errors import UnreachableError
from mutt_cli.ops import why_not
from mutt_cli.ops.backends import Backends
from mutt_cli.present.why_not import why_not_document
from mutt_cli.settings import Postgres, Redis, Settings
from tests.contract.protocol.workers import KEYS
from tests.integration.flow import REFUSED
from tests.integration.test_trace_context import next_millisecond

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.ops.why_not import WhyNot
    from tests.integration.flow import Flow

HOST = "127.0.0.1"
"""The flow's events have no name of a host, only the address of who sent them."""


def sought(text: str, host: str = HOST) -> Description:
    moment = now_ms()
    return Description(host, text, moment - 600_000, moment + 600_000)


def asked(backends: Backends, text: str, host: str = HOST) -> WhyNot:
    return why_not.ask(backends, sought(text, host), now_ms=now_ms())


def document(backends: Backends, text: str, host: str = HOST) -> dict[str, Any]:
    wanted = sought(text, host)
    answer = why_not.ask(backends, wanted, now_ms=now_ms())
    made = why_not_document(wanted, answer, possible=lambda tries: tries)
    assert made.text
    return dict(made.fields)


def states(answer: WhyNot) -> list[tuple[str, str]]:
    return [(one.story.subject.event_id, one.story.verdict.state) for one in answer.told]


def test_it_is_found_in_every_queue_and_in_nobodys_hands(flow: Flow, backends: Backends) -> None:
    wanted = flow.send("LINK nothing", "LINK wanted", "else")[1]
    for step, state in (
        (flow.take, "in_hand"), (flow.decide, "waiting"), (flow.hold, "in_hand"),
    ):  # fmt: skip
        step()
        assert states(asked(backends, "link WANTED")) == [(wanted, state)]


def test_one_that_was_delivered_is_found_in_the_stream_and_in_the_history(
    flow: Flow, backends: Backends, migrated: Connection
) -> None:
    wanted = flow.send("LINK one", "LINK two")[1]
    flow.decide()
    flow.forward()
    assert states(asked(backends, "two")) == [(wanted, "delivered")]
    flow.store(migrated)
    assert flow.client.xlen(KEYS.journal) == 0
    found = document(backends, "two")
    assert [(one["event_id"], one["message"], one["message_known"]) for one in found["found"]] == [
        (wanted, "LINK two", True)
    ]  # fmt: skip
    assert found["found"][0]["verdict"].startswith("an alert was sent after all: HTTP 200, delivered at 20")
    assert (found["other_events"], found["unreadable_events"], found["why"]) == (1, 0, [])


def test_one_that_no_rule_matched_names_the_nearest_rules(flow: Flow, backends: Backends, migrated: Connection) -> None:
    migrated.execute(
        b"INSERT INTO alert_rules (id, rule_name, pattern, enabled) VALUES (1, 'link', 'LINK', true),"
        b" (2, 'fan', 'fan', false)"
    )
    flow.send("fan 3 stands still")
    next_millisecond(migrated)
    flow.decide()
    found = document(backends, "fan 3")["found"][0]
    assert found["tries"][-1] == "mutt rule show 2"
    assert (found["state"], [(one["name"], one["why"]) for one in found["decision"]["nearest"]]) == (
        "unhandled", [("fan", "switched_off")],
    )  # fmt: skip


def test_a_dead_letter_says_what_was_refused_and_what_to_do(flow: Flow, backends: Backends) -> None:
    flow.send("LINK bad")
    flow.decide()
    flow.forward(replace(REFUSED, text="HTTP 400 severity: required"))
    wanted = sought("link bad")
    made = why_not_document(wanted, why_not.ask(backends, wanted, now_ms=now_ms()), possible=lambda tries: tries)
    found = made.fields["found"][0]
    assert f"  now:     in dlq-moog, id {found['now'][0]['id'][:7]}: HTTP 400 severity: required" in made.text
    assert (found["state"], found["now"][0]["queue"]) == ("dead_letter", "dlq-moog")
    assert any(one.startswith("mutt dlq show") for one in found["tries"])


def quarantine(client: Client, raw: bytes) -> None:
    """As the ingestor keeps a refused item of a batch."""
    made = letter(raw, Refusal("json", "the event is not valid JSON"), received_at=rfc3339(now_ms()), source="api")
    assert isinstance(
        intake_queue.enqueue(client, KEYS, [], cap=10, ledger=[], quarantine=[made], quarantine_cap=10),
        intake_queue.Accepted,
    )


def test_a_refused_item_is_found_in_quarantine_with_its_reason(redis_client: Client, backends: Backends) -> None:
    quarantine(redis_client, b'{"hostname":"core-sw1","message":"Gi0/1 down')
    found = document(backends, "gi0/1", "core-sw1")
    assert [(one["reason"], one["error"]) for one in found["quarantined"]] == [("json", "the event is not valid JSON")]
    assert (found["found"], found["why"]) == ([], [])
    assert document(backends, "gi0/1", "core-sw2")["quarantined"] == []


def test_one_that_never_came_is_told_with_what_was_refused_and_what_else_came(flow: Flow, backends: Backends) -> None:
    flow.send("LINK down")
    flow.decide()
    told = document(backends, "nobody sent this")
    assert (told["found"], told["refused_by_source"]) == ([], {})
    assert told["why"][0].startswith("it never came")
    flow.client.hset(KEYS.ledger_minutes, f"{rfc3339(now_ms())[:16]}|core|refused", 3)
    flow.client.hset(KEYS.ledger_minutes, "2020-01-01T00:00|core|refused", 9)
    assert list(ledger.minutes(flow.client, KEYS))
    told = document(backends, "nobody sent this")
    assert told["refused_by_source"] == {"core": 3}
    assert told["why"][0].startswith("it was never accepted")


def old(n: int, at_ms: int, **more: Any) -> Record:
    fields: dict[str, Any] = {"received_ms": at_ms, "hostname": "core-sw1", "payload": b'{"message":"down %d"}' % n}
    return Record(uuid7(at_ms, n, n), f"c{n}", "alerter", "unhandled", **(fields | more))


def test_where_events_are_not_kept_any_more_that_is_said_and_the_decisions_are_told(
    backends: Backends, migrated: Connection
) -> None:
    at_ms = now_ms() - 5 * 86_400_000
    records = [old(1, at_ms, payload=None), old(2, at_ms, payload=None, hostname="other")]
    history.store(migrated, [Entry(str(uuid.uuid4()), at_ms, records)])
    wanted = Description("core-sw1", "down", at_ms - 1000, at_ms + 1000)
    answer = why_not.ask(backends, wanted, now_ms=now_ms())
    made = why_not_document(wanted, answer, possible=lambda tries: tries)
    assert [(one["event_id"], one["message_known"]) for one in made.fields["found"]] == [(records[0].event_id, False)]
    assert made.fields["unreadable_events"] == 1
    assert "HISTORY_RAW_DAYS=3" in made.warnings[0]
    forgotten = Description("core-sw1", "down", 1_000, 2_000)
    lines = why_not_document(forgotten, why_not.ask(backends, forgotten, now_ms=now_ms()), possible=lambda tries: tries)
    assert "HISTORY_DAYS" in lines.fields["why"][0]


def test_only_events_of_that_host_and_time_are_read(migrated: Connection) -> None:
    at_ms = now_ms()
    records = [
        old(1, at_ms), old(2, at_ms - 1), old(3, at_ms + 1), old(4, at_ms, hostname="CORE-SW1.example.net"),
        old(5, at_ms, hostname="core-sw11"), old(6, at_ms, hostname="r6", sender="core-sw1"),
        old(7, at_ms, hostname="r7"), old(8, at_ms, hostname="core_sw1.x"),
    ]  # fmt: skip
    history.store(migrated, [Entry(str(uuid.uuid4()), at_ms, records)])
    found = of_host(migrated, Description("core-sw1", "", at_ms, at_ms), 100)
    assert sorted(found) == [records[n].event_id for n in (0, 3, 5)]
    assert len(of_host(migrated, Description("core-sw1", "", at_ms, at_ms), 2)) == 2


def test_the_history_is_searched_by_its_index_and_without_older_days(migrated: Connection) -> None:
    from mutt_cli.adapters.queries import query

    words = {
        "low": uuid7(now_ms() - 1000, 0, 0), "high": uuid7(now_ms(), 0, 0), "since": "2026-01-01", "names": ["a"],
        "longer": "a.%", "sender": "a", "most": 5,
    }  # fmt: skip
    migrated.execute(b"SET enable_seqscan = off")
    plan = "\n".join(row[0] for row in migrated.execute(b"EXPLAIN " + query("history_of_host"), words))
    assert "Index Cond: ((event_id >=" in plan, plan


def test_with_one_back_end_away_nothing_is_said_to_have_never_come(valkey: Valkey, migrated: Connection) -> None:
    dead = Postgres(host="127.0.0.1", port=1)
    half = Backends(Settings(redis=Redis(socket=str(valkey.socket)), postgres=dead))
    told = document(half, "whatever")
    assert told["why"][0].endswith("whether it came cannot be told.")
    other = Backends(Settings(redis=Redis(socket="/nowhere")))
    other._postgres = migrated
    assert "cannot be told" in document(other, "whatever")["why"][0]


def test_with_both_away_nothing_is_said(tmp_path: Path) -> None:
    blind = Backends(Settings(redis=Redis(socket=str(tmp_path / "no")), postgres=Postgres(host="127.0.0.1", port=1)))
    with pytest.raises(UnreachableError):
        asked(blind, "whatever")


def test_a_queue_that_is_too_long_is_told_of(flow: Flow) -> None:
    flow.send(*(f"LINK {number}" for number in range(10)))
    found = sightings.described(flow.client, KEYS, sought("LINK 9"), bound=2)
    assert (len(found.sightings), found.cut) == (1, (("ingest", 10, 4),))


def test_several_fit_and_the_newest_are_told(flow: Flow, backends: Backends) -> None:
    ids = flow.send(*(f"LINK {number}" for number in range(why_not.MOST_TOLD + 3)))
    flow.decide()
    answer = asked(backends, "link")
    assert (len(answer.told), answer.more) == (why_not.MOST_TOLD, 3)
    assert {one.story.subject.event_id for one in answer.told} == set(ids[3:])
