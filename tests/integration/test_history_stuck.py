"""A historian that stands still in the middle, or whose host is gone or has a wrong clock, does the history no harm."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from mutt_cli.adapters import history, history_partitions
from mutt_cli.adapters.clock import utc_now
from mutt_cli.adapters.history_copy import uid_key
from mutt_cli.adapters.postgres import waited_for_lock
from mutt_cli.adapters.queries import query
from mutt_cli.core.journal import Entry, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mutt_cli.adapters.postgres import Connection

ENTRY = Entry(str(uuid.uuid4()), 1_795_000_000_000, (Record(str(uuid.uuid4()), "c-1", "alerter", "alerted"),))


@pytest.fixture
def stuck(connector: Callable[[], Connection], migrated: Connection) -> Iterator[Connection]:
    """A former leader, still in the COPY of an entry that it has claimed."""
    held = connector()
    held.execute(f"SET application_name = '{history.SESSION}'".encode())
    with ExitStack() as scope:
        scope.callback(held.close)
        held.execute(b"BEGIN")
        assert held.execute(query("journal_claim"), {"uids": [uid_key(ENTRY.uid).hex()]}).fetchall()
        held.pgconn.exec_(b"COPY journal_done FROM STDIN")
        yield held


def test_who_leads_now_is_not_held_up_for_ever_and_ends_the_session_that_does_it(
    stuck: Connection, migrated: Connection
) -> None:
    with pytest.raises(psycopg.Error) as raised:
        history.store(migrated, [ENTRY])
    assert waited_for_lock(raised.value)
    assert history.end_stuck(migrated, 0.0) == 1
    assert history.store(migrated, [ENTRY]).rows == 1


@pytest.mark.parametrize("kind", ["young", "another"])
def test_a_session_that_is_young_or_no_historians_is_left_alone(
    stuck: Connection, migrated: Connection, connector: Callable[[], Connection], kind: str
) -> None:
    with connector() as other:
        other.execute(b"BEGIN")
        assert history.end_stuck(migrated, 3600.0 if kind == "young" else 0.0) == (kind == "another")
        assert other.execute(b"SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize(("ahead", "agreed"), [(0, 0), (1, 0), (-1, -1), (2, None), (40, None), (-40, None)])
def test_old_history_goes_by_the_earlier_clock_and_not_at_all_where_clocks_lie_days_apart(
    migrated: Connection, ahead: int, agreed: int | None
) -> None:
    today = utc_now().date()
    expected = None if agreed is None else today + timedelta(days=agreed)
    assert history_partitions.agreed_day(migrated, today + timedelta(days=ahead)) == expected
