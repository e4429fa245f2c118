"""Events as they are recorded, in the history and in the stream: found once, wherever they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import history, scripts
from mutt_cli.adapters.journal_tap import MOST_ENTRIES, Tap
from mutt_cli.core import journal
from mutt_cli.errors import UnreachableError
from mutt_cli.keys import Keys
from mutt_cli.ops import events
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.events import Feed, Search
from mutt_cli.settings import Postgres, Redis, Settings
from tests.integration.test_history import NOW_MS, entry, event

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.journal import Entry, Record

NOW = datetime.fromtimestamp(NOW_MS / 1000, tz=UTC)
HOUR = Search(NOW - timedelta(hours=1), NOW + timedelta(hours=1))


def push(client: Client, one: Entry) -> None:
    """As a script writes it; the stream id is the time of the entry, as Redis makes it."""
    fields = {"uid": one.uid, "at": str(one.at_ms), "data": journal.pack(one.records)}
    client.xadd(Keys().journal, fields, id=f"{one.at_ms}-*")  # type: ignore[arg-type]


def decided(n: int) -> Record:
    return event(n, outcome="alerted", hostname=f"r{n}", payload=b'{"message":"down %d"}' % n)


def sent(n: int) -> Record:
    return event(n, stage="forwarder", outcome="delivered", hostname=f"r{n}")


def test_an_event_is_found_once_with_its_newest_record_and_message_wherever_it_is(
    migrated: Connection, backends: Backends, redis_client: Client
) -> None:
    both, streamed = entry(decided(1), decided(3), at_ms=NOW_MS), entry(decided(2), at_ms=NOW_MS + 2)
    history.store(migrated, [both, entry(sent(1), at_ms=NOW_MS + 1)])
    push(redis_client, both)  # stored, and not yet taken from the stream
    push(redis_client, streamed)
    found = events.search(backends, HOUR).seen
    assert [(one.record.hostname, one.record.outcome, one.stored, one.message) for one in found] == [
        ("r2", "alerted", False, "down 2"), ("r1", "delivered", True, "down 1"), ("r3", "alerted", True, "down 3"),
    ]  # fmt: skip


def test_an_exact_field_is_looked_up_in_both_places(
    migrated: Connection, backends: Backends, redis_client: Client
) -> None:
    history.store(migrated, [entry(decided(1), sent(1), decided(2))])
    push(redis_client, entry(decided(3), at_ms=NOW_MS + 1))
    for exact, hosts in (({"hostname": "r3"}, ["r3"]), ({"outcome": "delivered"}, ["r1"]), ({"hostname": "r9"}, [])):
        found = events.search(backends, Search(HOUR.since, HOUR.until, exact)).seen
        assert [one.record.hostname for one in found] == hosts


def test_only_the_time_that_is_asked_for_is_looked_at(
    migrated: Connection, backends: Backends, redis_client: Client
) -> None:
    history.store(migrated, [entry(decided(1), at_ms=NOW_MS)])
    push(redis_client, entry(decided(2), at_ms=NOW_MS + 5))
    later = Search(NOW + timedelta(milliseconds=1), HOUR.until)
    earlier = Search(HOUR.since, NOW + timedelta(milliseconds=4))
    assert [one.record.hostname for one in events.search(backends, later).seen] == ["r2"]
    assert [one.record.hostname for one in events.search(backends, earlier).seen] == ["r1"]


def test_the_message_is_looked_up_of_as_many_as_are_wanted(migrated: Connection, backends: Backends) -> None:
    history.store(migrated, [entry(decided(n), at_ms=NOW_MS + n) for n in (1, 2)])
    found = events.search(backends, Search(HOUR.since, HOUR.until, messages=1)).seen
    assert [one.message for one in found] == ["down 2", None]


def test_more_records_than_are_looked_at_are_told(
    migrated: Connection, backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST", 2)
    history.store(migrated, [entry(*(decided(n) for n in range(1, 5)))])
    found = events.search(backends, Search(HOUR.since, HOUR.until, most=2))
    assert len(found.seen) == 2
    assert "only the newest 2 records are looked at" in found.warnings[0]


def test_without_redis_the_history_answers_and_without_both_nobody_does(migrated: Connection, tmp_path: Path) -> None:
    history.store(migrated, [entry(decided(1))])
    away = Backends(Settings(redis=Redis(socket=str(tmp_path / "redis.sock")), postgres=Postgres(host=str(tmp_path))))
    away._postgres = migrated
    found = events.search(away, HOUR)
    assert [one.record.hostname for one in found.seen] == ["r1"]
    assert found.warnings[0].startswith("Redis is away, the newest records are missing: ")
    away._postgres = None
    with pytest.raises(UnreachableError):
        events.search(away, HOUR)


def test_one_event_is_told_whole_and_no_record_twice(
    migrated: Connection, backends: Backends, redis_client: Client
) -> None:
    first, second = entry(decided(1), at_ms=NOW_MS), entry(sent(1), at_ms=NOW_MS + 1)
    history.store(migrated, [first])
    push(redis_client, first)
    push(redis_client, second)
    whole = events.whole(backends, decided(1).event_id, NOW_MS)
    assert [(one.record.outcome, one.stored) for one in whole.steps] == [("alerted", True), ("delivered", False)]
    assert whole.payload == b'{"message":"down 1"}'


def test_an_onlooker_sees_what_comes_and_counts_what_it_did_not_see(backends: Backends, redis_client: Client) -> None:
    push(redis_client, entry(decided(1), at_ms=NOW_MS))
    tap = Tap(redis_client, Keys())
    assert tap.wait(0.01) == []
    push(redis_client, entry(decided(2), at_ms=NOW_MS + 1))
    assert [one.records[0].hostname for one, _ in tap.wait(5)] == ["r2"]
    push(redis_client, entry(decided(3), at_ms=NOW_MS + 2))
    redis_client.xdel(Keys().journal, f"{NOW_MS + 2}-0")  # the historian was quicker
    redis_client.xadd(Keys().journal, {"by": "hand"}, id=f"{NOW_MS + 3}-0")
    assert tap.wait(1) == []
    assert tap.left_out() == 1
    for n in range(4, 4 + 2 * MOST_ENTRIES):
        push(redis_client, entry(decided(n), at_ms=NOW_MS + n))
    assert len(tap.wait(5)) == MOST_ENTRIES
    tap.skip()
    assert tap.wait(0.01) == []
    assert tap.left_out() == 1 + MOST_ENTRIES


def test_the_journal_that_does_not_exist_yet_has_come_nowhere(redis_client: Client) -> None:
    assert scripts.call(redis_client, "tap", [Keys().journal], []) == [b"0-0", 0]


def test_a_feed_shows_a_bounded_share_spread_over_what_it_read(
    backends: Backends, redis_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_SHOWN", 3)
    feed = Feed(backends)
    push(redis_client, entry(*(decided(n) for n in range(1, 10)), at_ms=NOW_MS))
    assert [one.record.hostname for one in feed.look(5)] == ["r1", "r4", "r7"]
    push(redis_client, entry(decided(1), at_ms=NOW_MS + 1))
    shown = feed.look(5)
    assert feed.counts() == {"shown": 3 + len(shown), "records_left_out": 7 - len(shown), "entries_left_out": 0}


def test_a_feed_that_had_its_share_of_a_second_skips_the_rest(
    backends: Backends, redis_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_LOOKS", 1)
    feed = Feed(backends)
    push(redis_client, entry(decided(1), at_ms=NOW_MS))
    assert len(feed.look(5)) == 1
    push(redis_client, entry(decided(2), at_ms=NOW_MS + 1))
    assert feed.look(0.01) == []
    assert feed.counts()["entries_left_out"] == 1
