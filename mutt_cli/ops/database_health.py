"""How PostgreSQL is: connections, dead rows, slow statements, replication and settings, judged as far as it is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mutt_cli.adapters import database_facts, host
from mutt_cli.adapters.postgres import read_only
from mutt_cli.core import database_judgement

if TYPE_CHECKING:
    from mutt_cli.adapters.database_facts import Rights, Statement
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.checks import Check
    from mutt_cli.core.database_judgement import Table
    from mutt_cli.settings import Settings


@dataclass(frozen=True)
class Health:
    """What was found. `advice` are memory settings by the rules of thumb of the guides, which are no fault."""

    checks: tuple[Check, ...]
    advice: tuple[Check, ...]
    tables: tuple[Table, ...]
    slow: tuple[Statement, ...]
    running: tuple[Statement, ...]
    replicas: int
    not_visible: tuple[str, ...]
    """What the role may not see, each with the grant that would show it."""


def health(conn: Connection, settings: Settings) -> Health:
    """Everything within one view of the data base, each statement bounded by 2 s. Raises DatabaseError."""
    with read_only(conn):
        rights, sessions = database_facts.rights(conn), database_facts.sessions(conn)
        values = database_facts.settings(conn)
        is_replica, replicas, lag_s = database_facts.replication(conn)
        tables, slow = database_facts.tables(conn), database_facts.slow_statements(conn)
        running = database_facts.running_statements(conn)
        slots = database_facts.slots(conn, len(sessions))
    here = [one for one in sessions if one.here and not one.own]
    longest = max((one.transaction_s for one in here if one.transaction_s is not None), default=None)
    checks = (
        database_judgement.judge_slots(slots),
        *database_judgement.judge_waiting(longest, sum(one.waits_for_lock for one in here)),
        *database_judgement.judge_replication(lag_s, is_replica=is_replica),
        *database_judgement.judge_tables(tables),
        *database_judgement.judge_slow(None if slow is None else len(slow)),
        *database_judgement.judge_durability(values),
    )
    memory = host.memory_bytes() if host.is_here(settings.postgres.host) else None
    advice = database_judgement.judge_memory(values, memory)
    return Health(checks, advice, tuple(tables), tuple(slow or ()), tuple(running), replicas, not_visible(rights))


def not_visible(rights: Rights) -> tuple[str, ...]:
    """What the role may not see, with the grant."""
    if rights.sees_all:
        return ()
    grant = f"GRANT pg_monitor TO {rights.role};"
    return (f"what sessions and statements of other roles do; as a superuser: {grant}",)
