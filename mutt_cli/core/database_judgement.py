"""What is right and wrong about the PostgreSQL of rules and history; thresholds are the guides' where they name one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.core.checks import Check, State, above

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

CONNECTIONS_WARN, CONNECTIONS_CRIT = 0.80, 0.95
"""Share of the connections that MUTT's role can get (ux.md 7.3, db.connections)."""
IDLE_S: Final = 600.0
"""A session that has been idle for ten minutes is idle for good (SO:1970, TG:1091)."""
SLOW_S: Final = 0.050
"""A statement above 50 ms on average is slow (SO:899)."""
DEAD_SHARE, DEAD_ROWS = 0.20, 10_000
"""Dead rows beside live ones from which a table is bloated: where autovacuum should have begun (its scale factor)."""
LAG_WARN_S, LAG_CRIT_S = 30.0, 300.0
"""A replica that far behind shows an old state, or would lose so much if it took over (our own limits)."""
SHARED_BUFFERS_SHARE: Final = 0.25
"""Of the memory of PostgreSQL's host (TG:1201)."""
CACHE_SHARE_LOW, CACHE_SHARE_HIGH = 0.50, 0.75
"""effective_cache_size as a share of that memory (TG:1207)."""
WORK_MEM: Final = 16 << 20
"""Bytes for each sort (TG:1205)."""
MAX_CONNECTIONS: Final = 200
"""What the guides raise it to (SO:1981, TG:1110)."""
MIB: Final = 1 << 20
KEPT_STATEMENTS: Final = 10
"""Slow statements that are shown (TG:1152)."""

_RELOAD: Final = "SELECT pg_reload_conf();"
_LITERAL: Final = re.compile(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b", re.DOTALL)


@dataclass(frozen=True)
class Setting:
    """A setting of the server in its own unit; `size` is its bytes if it is an amount of memory."""

    text: str
    size: int | None = None
    needs_restart: bool = False


@dataclass(frozen=True)
class Slots:
    """Connections of the whole server. `for_others` is what only superusers and reserved roles get."""

    used: int
    most: int
    for_others: int

    @property
    def free(self) -> int:
        """What a role like MUTT's can still get."""
        return max(0, self.most - self.for_others - self.used)

    @property
    def share(self) -> float:
        """Used, of what a role like MUTT's can get."""
        return self.used / max(1, self.most - self.for_others)


@dataclass(frozen=True)
class Table:
    """One table, or the days of a partitioned one together."""

    name: str
    parts: int
    size: int
    live_rows: int
    dead_rows: int
    vacuumed_at: datetime | None
    analyzed_at: datetime | None

    @property
    def dead_share(self) -> float:
        """Dead rows of all rows."""
        return self.dead_rows / max(1, self.live_rows + self.dead_rows)


def judge_slots(slots: Slots) -> Check:
    """Connections against the limit, with what gives room now, soon and for good."""
    state = above(slots.share, CONNECTIONS_WARN, CONNECTIONS_CRIT)
    limit = f"warn {CONNECTIONS_WARN:.0%}, crit {CONNECTIONS_CRIT:.0%}"
    note = f"of {slots.most - slots.for_others}, {slots.for_others} more are reserved; {slots.free} free"
    return Check("connections", state, slots.used, "count", limit, note, room(slots) if state != "ok" else ())


def room(slots: Slots) -> tuple[str, ...]:
    """How to get more connections, the safest first."""
    wanted = MAX_CONNECTIONS if slots.most < MAX_CONNECTIONS else slots.most * 3 // 2
    return (
        "mutt db connections kill --idle-over 10m", "lower POSTGRES_POOL_MAX",
        f"ALTER SYSTEM SET max_connections = {wanted};  -- takes a restart of PostgreSQL",
        "systemctl restart postgresql  (drops every connection; MUTT's come back by themselves)",
        "mutt generate pgbouncer",
    )  # fmt: skip


def judge_waiting(longest_transaction_s: float | None, waiting_for_locks: int) -> tuple[Check, ...]:
    """Transactions that stay open hold up vacuum and migrations."""
    checks = []
    if longest_transaction_s is not None:
        state: State = "warn" if longest_transaction_s > IDLE_S else "ok"
        note = "open that long, it keeps dead rows and holds up migrations" if state == "warn" else ""
        tries = ("mutt db connections",) if state == "warn" else ()
        limit = "10 minutes"
        checks.append(Check("longest_transaction", state, longest_transaction_s, "seconds", limit, note, tries))
    if waiting_for_locks:
        checks.append(Check("lock_waits", "warn", waiting_for_locks, "count", "0", "sessions wait for a lock"))
    return tuple(checks)


def judge_tables(tables: Sequence[Table]) -> tuple[Check, ...]:
    """Dead rows: not the size of a table, what of it is waste."""
    bloated = [one for one in tables if one.dead_rows > DEAD_ROWS and one.dead_share > DEAD_SHARE]
    limit = f"{DEAD_SHARE:.0%} of a table's rows, from {DEAD_ROWS:,} on"
    if not bloated:
        return (Check("dead_rows", "ok", sum(one.dead_rows for one in tables), "count", limit),)
    names = ", ".join(f"{one.name} {one.dead_share:.0%}" for one in bloated)
    tries = (
        *(f"VACUUM ANALYZE {one.name};" for one in bloated), "mutt db partition archive", "mutt db partition drop",
        "never VACUUM FULL while MUTT runs: it locks the table against everybody",
    )  # fmt: skip
    return (Check("dead_rows", "warn", sum(one.dead_rows for one in bloated), "count", limit, names, tries),)


def judge_replication(lag_s: float | None, *, is_replica: bool) -> tuple[Check, ...]:
    """Whether we talk to a replica, and how far one is behind."""
    checks = []
    if is_replica:
        note = "this server takes no writes: rules cannot change, history waits in the journal"
        checks.append(Check("role", "crit", "replica", limit="primary", note=note, tries=("check POSTGRES_HOST",)))
    if lag_s is not None:
        limit = f"warn {LAG_WARN_S:g} s, crit {LAG_CRIT_S:g} s"
        checks.append(Check("replica_lag", above(lag_s, LAG_WARN_S, LAG_CRIT_S), lag_s, "seconds", limit))
    return tuple(checks)


def judge_slow(slow: int | None) -> tuple[Check, ...]:
    """Statements that take more than 50 ms on average; None if the server keeps no statistics of statements."""
    tries: tuple[str, ...]
    if slow is None:
        tries = (
            "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements';  -- takes a restart of PostgreSQL",
            "CREATE EXTENSION pg_stat_statements;  -- in MUTT's database, as a superuser",
        )
        note = "without pg_stat_statements only what runs at this moment is seen"
        return (Check("slow_statements", "ok", limit="50 ms on average", note=note, tries=tries),)
    if not slow:
        return (Check("slow_statements", "ok", 0, "count", "50 ms on average"),)
    tries = (
        "mutt db index list", "mutt db index analyze",
        f"ALTER SYSTEM SET log_min_duration_statement = '500ms'; {_RELOAD}  -- no restart",
    )  # fmt: skip
    return (Check("slow_statements", "warn", slow, "count", "50 ms on average", "listed below", tries),)


def judge_durability(settings: Mapping[str, Setting]) -> tuple[Check, ...]:
    """Settings that lose data, and logging of statements that somebody forgot to switch off."""
    checks = [
        Check(name, state, settings[name].text, limit="on", note=note, tries=(f"ALTER SYSTEM RESET {name}; {_RELOAD}",))
        for name, state, note in _MUST_BE_ON
        if name in settings and settings[name].text == "off"
    ]
    logging = [name for name in _LOGGING if _logs_everything(name, settings)]
    if logging:
        note = "every statement is logged, with the data in it, until the disk is full"
        tries = (*(f"ALTER SYSTEM RESET {name};" for name in logging), f"{_RELOAD}  -- no restart")
        checks.append(Check("statement_logging", "warn", ", ".join(logging), limit="off", note=note, tries=tries))
    else:
        checks.append(Check("statement_logging", "ok", "off"))
    return tuple(checks)


_MUST_BE_ON: Final[tuple[tuple[str, State, str], ...]] = (
    ("fsync", "crit", "a crash of its host destroys the data base"),
    ("full_page_writes", "crit", "a crash of its host may destroy the data base"),
    ("autovacuum", "crit", "tables only grow, and in the end the server stops"),
    ("synchronous_commit", "warn", "the last moments before a crash may be forgotten"),
)  # fmt: skip
_LOGGING: Final = ("log_statement", "log_duration", "log_min_duration_statement")


def _logs_everything(name: str, settings: Mapping[str, Setting]) -> bool:
    return name in settings and settings[name].text == {"log_statement": "all", "log_duration": "on"}.get(name, "0")


def judge_memory(settings: Mapping[str, Setting], host_bytes: int | None) -> tuple[Check, ...]:
    """Memory settings by the rules of the guides. Advice: a small data base runs well with less.

    `host_bytes` is None where PostgreSQL is on another host, whose memory cannot be seen from here.
    """
    checks = []
    for name, low, best in (
        ("shared_buffers", SHARED_BUFFERS_SHARE, SHARED_BUFFERS_SHARE),
        ("effective_cache_size", CACHE_SHARE_LOW, CACHE_SHARE_HIGH),
    ):
        if name in settings:
            checks.append(_share_of_host(name, settings[name], low, best, host_bytes))
    if "work_mem" in settings:
        size = settings["work_mem"].size or 0
        short = size < WORK_MEM
        note = "for each sort of each connection"
        tries = (f"ALTER SYSTEM SET work_mem = '16MB'; {_RELOAD}  -- no restart",) if short else ()
        checks.append(Check("work_mem", "warn" if short else "ok", size, "bytes", "16 MB", note, tries))
    return tuple(checks)


def _share_of_host(name: str, setting: Setting, low: float, best: float, host_bytes: int | None) -> Check:
    size = setting.size or 0
    limit = f"{low:.0%} of the memory of its host" if low == best else f"{low:.0%} to {best:.0%} of it"
    if host_bytes is None:
        return Check(name, "ok", size, "bytes", limit, "its host's memory is not visible from here")
    if size >= host_bytes * low * 0.8:  # a fifth less is no reason for a restart
        return Check(name, "ok", size, "bytes", limit)
    how = "takes a restart of PostgreSQL" if name == "shared_buffers" else f"then {_RELOAD} no restart"
    tries = (f"ALTER SYSTEM SET {name} = '{int(host_bytes * best) // MIB}MB';  -- {how}",)
    return Check(name, "warn", size, "bytes", limit, f"{size / host_bytes:.1%} of the memory of its host", tries)


def without_literals(statement: str) -> str:
    """A statement as it may be shown: text and numbers in it, which may be data, are `?`; one line of it."""
    return " ".join(_LITERAL.sub("?", statement).split())
