"""PostgreSQL: partitions, schema and rules that were changed by hand."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from tests.faults.lab.fault import fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack import Stack

RULE = (
    "INSERT INTO alert_rules (rule_name, pattern, severity, priority, enabled)"
    " VALUES ('lab', '{pattern}', 'minor', 1, true)"
)
UNDONE = {10: "DROP TABLE api_keys"}
"""What takes back the newest migration, by its version."""
FORGOTTEN = "DELETE FROM schema_version WHERE version = (SELECT max(version) FROM schema_version)"
NEXT_DAYS = (
    "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
    " WHERE inhparent = 'event_history'::regclass AND child.relname > 'event_history_p' || to_char(now() AT TIME ZONE"
    " 'UTC', 'YYYYMMDD') AND child.relname LIKE 'event_history_p%' ORDER BY 1"
)


@fault("partition-missing", "db.partition", "critical")
def tomorrow_has_no_partition(stack: Stack) -> Iterator[None]:
    for (name,) in stack.query(NEXT_DAYS):
        stack.change(f"DROP TABLE {name}")
    yield
    assert stack.mutt("db", "partition", "create").returncode in {0, 1}


@fault("db-schema", "db.schema", "critical", "db.partition", "cache.rules")
def a_migration_is_missing(stack: Stack) -> Iterator[None]:
    ((newest,),) = stack.query("SELECT max(version) FROM schema_version")
    stack.change(UNDONE[newest], FORGOTTEN)
    yield
    done = stack.mutt("db", "migrate", "--yes", "--reason", "lab")
    assert done.returncode == 0, done.stderr


@fault("index-missing", "", "warning")
def an_index_was_dropped_by_hand(stack: Stack) -> Iterator[None]:
    stack.change("DROP INDEX idx_alert_rules_priority")
    yield
    done = stack.mutt("db", "index", "create", "--reason", "lab")
    assert done.returncode == 0, done.stderr


@fault("db-away", "db.ping", "critical", "db.*", "journal", "cache.rules", "svc.webui", how="advise")
def the_database_takes_nobody_in(stack: Stack) -> Iterator[None]:
    """Its first process stands still: whoever is connected goes on, nobody else comes in."""
    with psycopg.connect(stack.dsn, autocommit=True) as conn:
        status = Path(f"/proc/{conn.info.backend_pid}/stat").read_text()
    first = int(status.rpartition(")")[2].split()[1])
    os.kill(first, signal.SIGSTOP)
    yield
    os.kill(first, signal.SIGCONT)


@fault("db-read-only", "db.ping", "critical", how="advise")
def the_database_takes_no_writes(stack: Stack) -> Iterator[None]:
    (name,) = stack.query("SELECT current_database()")[0]
    stack.change(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    yield
    stack.change(
        "SET default_transaction_read_only = off", f"ALTER DATABASE {name} RESET default_transaction_read_only"
    )


def _rule(stack: Stack, pattern: str) -> Iterator[None]:
    """A rule written by hand; mended by `mutt rule disable`, and then forgotten."""
    stack.change(RULE.format(pattern=pattern))
    assert stack.mutt("cache", "reload").returncode in {0, 1, 6}
    yield
    done = stack.mutt("rule", "disable", "lab", "--reason", "lab")
    assert done.returncode == 0, done.stderr
    stack.change("DELETE FROM alert_rules WHERE rule_name = 'lab'")
    assert stack.mutt("cache", "reload").returncode == 0


@fault("rule-unusable:*", "cache.rules", "warning")
def a_rule_that_nothing_can_use_was_written_by_hand(stack: Stack) -> Iterator[None]:
    yield from _rule(stack, "(unclosed")


@fault("rule-greedy:*", "", "warning")
def a_rule_matches_everything(stack: Stack) -> Iterator[None]:
    yield from _rule(stack, ".*")


@fault("db-connections", "db.connections", "critical", "db.*", "cache.rules", how="advise")
def every_connection_is_taken(stack: Stack) -> Iterator[None]:
    with ExitStack() as taken:
        with suppress(psycopg.OperationalError):
            while True:
                taken.enter_context(psycopg.connect(stack.dsn, autocommit=True))
        yield
