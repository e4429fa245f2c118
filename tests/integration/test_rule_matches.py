"""How often rules win is counted with the decisions themselves: once each, and never without them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mutt_cli.adapters import history, journal_stream, rule_matches
from mutt_cli.adapters.migrations import shipped
from mutt_cli.adapters.rule_matches import Matches
from mutt_cli.core import journal
from mutt_cli.keys import Keys
from tests.integration.test_history import DAY_MS, NOW_MS, entry, event

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client

NOW = datetime.fromtimestamp(NOW_MS / 1000, tz=UTC)


def test_each_decision_that_a_rule_won_counts_once_however_often_its_entry_is_offered(migrated: Connection) -> None:
    one = entry(event(1, rule_id=5), event(2, rule_id=5), event(3, rule_id=6), event(4), at_ms=NOW_MS + 7)
    sent = entry(event(1, rule_id=5, stage="forwarder", outcome="delivered"), at_ms=NOW_MS + 9)
    for _ in range(2):
        history.store(migrated, [one, sent])
    history.store(migrated, [entry(event(5, rule_id=5), at_ms=NOW_MS + DAY_MS)])
    assert rule_matches.read(migrated, NOW + timedelta(hours=23)) == {
        5: Matches(1, 3, NOW_MS + DAY_MS),
        6: Matches(0, 1, NOW_MS + 7),
    }


def test_a_record_that_no_column_takes_and_a_time_beyond_all_calendars_harm_no_count(migrated: Connection) -> None:
    late = 300_000_000_000_000
    history.store(
        migrated,
        [entry(event(1, rule_id=5, pod="a\x00b"), event(2, rule_id=5)), entry(event(3, rule_id=7), at_ms=late)],
    )
    found = rule_matches.read(migrated, NOW)
    assert (found[5].total, found[7].total) == (1, 1)


def test_hours_that_are_over_a_week_old_become_one_row_and_nothing_is_forgotten(migrated: Connection) -> None:
    now_ms = int(datetime.now(UTC).timestamp() * 1000)  # noqa: TID251  the server's clock decides
    for age in (0, 8 * DAY_MS, 9 * DAY_MS, 30 * DAY_MS):
        history.store(migrated, [entry(event(1, rule_id=5), at_ms=now_ms - age)])
        rule_matches.fold(migrated)
    assert migrated.execute("SELECT count(*) FROM rule_matches").fetchone() == (2,)
    assert rule_matches.read(migrated, datetime.fromtimestamp(now_ms / 1000, tz=UTC))[5] == Matches(1, 4, now_ms)


def test_what_was_decided_before_the_counts_existed_is_counted_by_the_migration(empty: Connection) -> None:
    everything = shipped()
    before = [one for one in everything if "count_rule_matches" not in one.name]
    assert len(before) == len(everything) - 1
    for one in before:
        empty.execute(one.sql)
    counting = next(one for one in everything if "count_rule_matches" in one.name)
    values = "now() - n * interval '1 hour', gen_random_uuid(), 'c', 'alerter', 'alerted', '', '', ''"
    columns = "recorded_at, event_id, correlation_id, stage, outcome, reason, queue, pod, source, duration_us, attempt"
    more = "hostname, sender, ingestor, severity, rule_id, rule_name, operation_id, journal_uid"
    empty.execute(
        f"INSERT INTO event_history ({columns}, {more}) SELECT {values}, '', 0, 0, '', '', '', '', 9, '', '',"  # noqa: S608
        " gen_random_uuid() FROM generate_series(1, 3) AS n".encode()
    )
    empty.execute(counting.sql)
    assert rule_matches.read(empty, NOW)[9].total == 3


def test_a_win_that_the_historian_has_not_stored_yet_is_found_in_the_stream(redis_client: Client) -> None:
    records = [event(1, rule_id=5), event(2, rule_id=6, stage="forwarder"), event(3)]
    fields = {"uid": "u", "at": str(NOW_MS), "data": journal.pack(records)}
    redis_client.xadd(Keys().journal, fields)  # type: ignore[arg-type]
    assert rule_matches.waiting(redis_client, Keys()) == {5}
    assert list(journal_stream.scan(redis_client, Keys()))
