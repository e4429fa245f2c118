"""PostgreSQL: partitions, schema and rules that were changed by hand."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import hvac
import psycopg

from tests.faults.lab.fault import fault
from tests.stack import SECRETS

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


@fault("partition-missing", "db.partition", "critical")
def tomorrow_has_no_partition(stack: Stack) -> Iterator[None]:
    for (name,) in stack.query(NEXT_DAYS):
        stack.change(f"DROP TABLE {name}")
    yield
    assert stack.mutt("db", "partition", "create").returncode in {0, 1}


@fault("db-schema", "db.schema", "critical", "db.partition", "cache.rules")
def a_migration_is_missing(stack: Stack) -> Iterator[None]:
    stack.change(
        "CREATE TABLE lab AS SELECT * FROM schema_version ORDER BY version DESC LIMIT 1",
        "DELETE FROM schema_version WHERE version IN (SELECT version FROM lab)",
    )
    yield
    stack.change("INSERT INTO schema_version SELECT * FROM lab", "DROP TABLE lab")


@fault("db-read-only", "db.ping", "critical", how="advise")
def the_database_takes_no_writes(stack: Stack) -> Iterator[None]:
    (name,) = stack.query("SELECT current_database()")[0]
    stack.change(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    yield
    stack.change(
        "SET default_transaction_read_only = off", f"ALTER DATABASE {name} RESET default_transaction_read_only"
    )


@fault("rule-unusable:*", "cache.rules", "warning")
def a_rule_that_nothing_can_use_was_written_by_hand(stack: Stack) -> Iterator[None]:
    stack.change(RULE.format(pattern="(unclosed"))
    assert stack.mutt("cache", "reload").returncode in {0, 1, 6}
    yield
    stack.change("DELETE FROM alert_rules WHERE rule_name = 'lab'")
    assert stack.mutt("cache", "reload").returncode == 0


@fault("rule-greedy:*", "", "warning")
def a_rule_matches_everything(stack: Stack) -> Iterator[None]:
    stack.change(RULE.format(pattern=".*"))
    assert stack.mutt("cache", "reload").returncode == 0
    yield
    stack.change("DELETE FROM alert_rules WHERE rule_name = 'lab'")
    assert stack.mutt("cache", "reload").returncode == 0


@fault("db-connections", "db.connections", "critical", "db.*", "cache.rules")
def every_connection_is_taken(stack: Stack) -> Iterator[None]:
    with ExitStack() as taken:
        with suppress(psycopg.OperationalError):
            while True:
                taken.enter_context(psycopg.connect(stack.dsn, autocommit=True))
        yield


@fault("restart-pending:*", "", "warning", how="advise")
def a_setting_was_changed_and_nobody_restarted(stack: Stack) -> Iterator[None]:
    file = stack.folder / "mutt.env"
    before = file.read_text()
    file.write_text(f"{before}LOG_EVENT_RATE=77\n")
    yield
    file.write_text(before)


@fault("vault-key-missing:MOOG_API_KEY", "vault.token", "critical")
def a_key_is_missing_in_vault(stack: Stack) -> Iterator[None]:
    known = dict(line.split("=", 1) for line in (stack.folder / "mutt.env").read_text().splitlines())
    secrets = hvac.Client(url=known["VAULT_ADDR"], token=known["VAULT_TOKEN"]).secrets.kv.v2
    secrets.create_or_update_secret(
        "mutt/prod", {name: text for name, text in SECRETS.items() if name != "MOOG_API_KEY"}
    )
    yield
    done = stack.mutt("vault", "set", "MOOG_API_KEY", "--file", "-", stdin=SECRETS["MOOG_API_KEY"].encode())
    assert done.returncode == 0, done.stderr
