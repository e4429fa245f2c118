"""PostgreSQL: partitions, schema and rules that were changed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.lab.fault import fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack import Stack

RULE = (
    "INSERT INTO alert_rules (rule_name, pattern, severity, priority, enabled)"
    " VALUES ('lab', '{pattern}', 'minor', 1, true)"
)
NEXT_DAYS = (
    "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
    " WHERE inhparent = 'event_history'::regclass AND child.relname > 'event_history_p' || to_char(now() AT TIME ZONE"
    " 'UTC', 'YYYYMMDD') AND child.relname LIKE 'event_history_p%' ORDER BY 1"
)


@fault("db.partition", "critical")
def tomorrow_has_no_partition(stack: Stack) -> Iterator[None]:
    for (name,) in stack.query(NEXT_DAYS):
        stack.change(f"DROP TABLE {name}")
    yield
    assert stack.mutt("db", "partition", "create").returncode in {0, 1}


@fault("db.schema", "critical", "db.partition", "cache.rules")
def a_migration_is_missing(stack: Stack) -> Iterator[None]:
    stack.change(
        "CREATE TABLE lab AS SELECT * FROM schema_version ORDER BY version DESC LIMIT 1",
        "DELETE FROM schema_version WHERE version IN (SELECT version FROM lab)",
    )
    yield
    stack.change("INSERT INTO schema_version SELECT * FROM lab", "DROP TABLE lab")


@fault("db.ping", "critical")
def the_database_takes_no_writes(stack: Stack) -> Iterator[None]:
    (name,) = stack.query("SELECT current_database()")[0]
    stack.change(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    yield
    stack.change(
        "SET default_transaction_read_only = off", f"ALTER DATABASE {name} RESET default_transaction_read_only"
    )


@fault("cache.rules", "warning")
def a_rule_that_nothing_can_use_was_written_by_hand(stack: Stack) -> Iterator[None]:
    stack.change(RULE.format(pattern="(unclosed"))
    assert stack.mutt("cache", "reload").returncode in {0, 1, 6}
    yield
    stack.change("DELETE FROM alert_rules WHERE rule_name = 'lab'")
    assert stack.mutt("cache", "reload").returncode == 0
