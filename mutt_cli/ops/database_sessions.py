"""Who is connected to PostgreSQL, and ending those of MUTT that nobody uses any more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mutt_cli.adapters import database_facts
from mutt_cli.adapters.postgres import DatabaseError, bounded, read_only
from mutt_cli.core import database_judgement
from mutt_cli.ops.database_health import not_visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutt_cli.adapters.database_facts import Session
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.checks import Check
    from mutt_cli.core.database_judgement import Slots

OURS = "mutt"
"""How application names of MUTT begin: `mutt` for commands, `mutt-alerter`, `mutt-historian` ..."""
_NO_RIGHT = "42501"


@dataclass(frozen=True)
class SessionGroup:
    """Sessions of one application, role, data base and state."""

    application: str
    ours: bool
    user: str
    database: str
    state: str | None
    sessions: int
    longest_in_state_s: float | None
    longest_transaction_s: float | None


@dataclass(frozen=True)
class Connections:
    """`mutt db connections`."""

    slots: Slots
    groups: tuple[SessionGroup, ...]
    checks: tuple[Check, ...]
    not_visible: tuple[str, ...]
    exhausted_pools: tuple[str, ...]
    """Applications of MUTT of which all sessions work, at least as many as one process may have."""


@dataclass
class Ended:
    """What `kill` did: pids that were ended, that had gone or begun to work again, and that we may not end."""

    ended: list[Session] = field(default_factory=list)
    busy: list[Session] = field(default_factory=list)
    refused: list[Session] = field(default_factory=list)


def connections(conn: Connection, pool_max: int, idle_over_s: float | None = None) -> Connections:
    """Sessions of the whole server by application and state; with `idle_over_s` only those idle for longer."""
    with read_only(conn):
        rights, sessions = database_facts.rights(conn), database_facts.sessions(conn)
        slots = database_facts.slots(conn, len(sessions))
    shown = [one for one in sessions if idle_over_s is None or _is_idle(one, idle_over_s)]
    here = [one for one in sessions if one.here and not one.own]
    longest = max((one.transaction_s for one in here if one.transaction_s is not None), default=None)
    waiting = database_judgement.judge_waiting(longest, sum(one.waits_for_lock for one in here))
    checks = (database_judgement.judge_slots(slots), *waiting)
    return Connections(slots, _grouped(shown), checks, not_visible(rights), _exhausted(here, pool_max))


def is_ours(application: str) -> bool:
    """Whether a session's application name is one of MUTT's."""
    return application in {OURS, f"{OURS} up"} or application.startswith(f"{OURS}-")


def idle_sessions(conn: Connection, idle_s: float) -> tuple[list[Session], tuple[str, ...], str]:
    """MUTT's sessions in this data base that are idle for so long, without our own; what is not seen; its name."""
    with read_only(conn):
        found = [
            one
            for one in database_facts.sessions(conn)
            if one.here and not one.own and is_ours(one.application) and _is_idle(one, idle_s)
        ]
        return found, not_visible(database_facts.rights(conn)), database_facts.database_name(conn)


def end(conn: Connection, sessions: Sequence[Session], idle_s: float, done: Ended) -> None:
    """End these, each only if it is still the same session and idle. May be repeated; `done` tells how far it came."""
    for session in sessions:
        try:
            with bounded(conn):
                gone = database_facts.end_session(conn, session, idle_s)
        except DatabaseError as error:
            if error.sqlstate != _NO_RIGHT:
                raise
            done.refused.append(session)
            continue
        (done.ended if gone else done.busy).append(session)


def _is_idle(session: Session, idle_s: float) -> bool:
    return session.state == "idle" and session.in_state_s is not None and session.in_state_s > idle_s


def _grouped(sessions: Iterable[Session]) -> tuple[SessionGroup, ...]:
    groups: dict[tuple[str, str, str, str | None], list[Session]] = {}
    for one in sessions:
        groups.setdefault((one.application, one.user, one.database, one.state), []).append(one)
    made = [
        SessionGroup(
            application, is_ours(application), user, database, state, len(those),
            max((one.in_state_s for one in those if one.in_state_s is not None), default=None),
            max((one.transaction_s for one in those if one.transaction_s is not None), default=None),
        )
        for (application, user, database, state), those in groups.items()
    ]  # fmt: skip
    return tuple(sorted(made, key=lambda one: (not one.ours, -one.sessions, one.application, one.state or "")))


def _exhausted(here: Sequence[Session], pool_max: int) -> tuple[str, ...]:
    names = {one.application for one in here if is_ours(one.application)}
    busy = {name: [one.state != "idle" for one in here if one.application == name] for name in names}
    return tuple(sorted(name for name, states in busy.items() if len(states) >= pool_max and all(states)))
