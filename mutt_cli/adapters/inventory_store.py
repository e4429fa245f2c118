"""Reads rules and hosts as images, and carries out a planned change of them in one transaction or not at all.

The plan was made from images; here they are read again under a lock that keeps other writers out. A rule whose version
has moved, or a host that is not as it was, means that somebody changed it since: then nothing is written. Triggers
write audit, versions and revision, once per statement, so that an import of thousands of rules costs three statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.json import Jsonb

from mutt_cli.adapters.postgres import bounded, read_only
from mutt_cli.adapters.queries import query
from mutt_cli.core.rule_change import COLUMNS
from mutt_cli.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.rule_store import Actor
    from mutt_cli.core import host_change, rule_change
    from mutt_cli.core.host_change import HostChange
    from mutt_cli.core.rule_change import RuleChange

STATEMENT_TIMEOUT_MS = 20_000
"""For one statement that writes thousands of rules, its triggers included."""
_SHOWN = 5


@dataclass(frozen=True)
class Inventory:
    """Rules in matching order and hosts by name, at one moment."""

    rules: tuple[rule_change.Image, ...]
    hosts: tuple[host_change.Image, ...]
    revision: int


@dataclass(frozen=True)
class Written:
    """Images as they are now, by place in the plan; None for what was deleted."""

    rules: tuple[rule_change.Image | None, ...]
    hosts: tuple[host_change.Image | None, ...]
    revision: int


def read(conn: Connection) -> Inventory:
    """Everything, from one snapshot."""
    with read_only(conn):
        return Inventory(_rules(conn), _hosts(conn), _revision(conn))


def revision(conn: Connection) -> int:
    """How often the rules were changed. Errors of the driver are the caller's to explain."""
    with read_only(conn):
        return _revision(conn)


def carry_out(conn: Connection, rules: Sequence[RuleChange], hosts: Sequence[HostChange], by: Actor) -> Written:
    """Write a plan. Raises RefusedError MUTT-P303 if somebody changed since what it changes, MUTT-P302 as `create`."""
    try:
        with bounded(conn, STATEMENT_TIMEOUT_MS):
            conn.execute(query("inventory_lock"))
            _compare_rules(conn, rules)
            _compare_hosts(conn, hosts)
            words = {"actor": by.name, "reason": by.reason, "correlation_id": by.correlation_id}
            conn.execute(query("set_actor"), words)
            ids = _write_rules(conn, rules)
            _write_hosts(conn, hosts)
            return _written(conn, ids, [one.host if one.after else None for one in hosts])
    except psycopg.errors.DeadlockDetected as error:
        raise _changed(["somebody changed the same rules or hosts in this moment"]) from error
    except (psycopg.DataError, psycopg.IntegrityError, UnicodeEncodeError) as error:
        said = " ".join(str(error).split())
        raise UsageError(
            f"the database does not take this: {said}", code="MUTT-P302", why="Nothing was changed."
        ) from error


def _rules(conn: Connection, ids: Sequence[int] | None = None) -> tuple[rule_change.Image, ...]:
    rows = conn.execute(query("rule_images"), {"ids": None if ids is None else list(ids)})
    return tuple(image for (image,) in rows)


def _hosts(conn: Connection, names: Sequence[str] | None = None) -> tuple[host_change.Image, ...]:
    rows = conn.execute(query("hosts_images"), {"names": None if names is None else list(names)})
    return tuple(
        {"host": host, "team": team, "env": "dev" if is_dev else "prod", "team_id": team_id}
        for host, team, is_dev, team_id in rows
    )


def _revision(conn: Connection) -> int:
    row = conn.execute(query("rules_revision")).fetchone()
    return 0 if row is None else int(row[0])


def _compare_rules(conn: Connection, changes: Sequence[RuleChange]) -> None:
    planned = {one.before["id"]: one.before for one in changes if one.before}
    now = {image["id"]: image["version"] for image in _rules(conn, list(planned))} if planned else {}
    moved = []
    for rule_id, before in planned.items():
        if now.get(rule_id) != before["version"]:
            state = f"is at version {now[rule_id]}, not {before['version']}" if rule_id in now else "is gone"
            moved.append(f"rule {rule_id} {state}")
    names = [one.after["rule_name"] for one in changes if one.after and not one.before]
    if names:
        taken = conn.execute(query("rules_named"), {"names": names, "ids": list(planned)})
        moved += [f"there is a rule {name!r} by now, {rule_id}" for rule_id, name in taken]
    if moved:
        raise _changed(moved)


def _compare_hosts(conn: Connection, changes: Sequence[HostChange]) -> None:
    if not changes:
        return
    now = {image["host"]: image for image in _hosts(conn, [one.host for one in changes])}
    moved = [f"host {one.host} is not as it was" for one in changes if now.get(one.host) != one.before]
    if moved:
        raise _changed(moved)


def _changed(moved: Sequence[str]) -> RefusedError:
    more = f" and {len(moved) - _SHOWN} more" if len(moved) > _SHOWN else ""
    return RefusedError(
        f"{'; '.join(moved[:_SHOWN])}{more}: somebody changed it meanwhile",
        code="MUTT-P303",
        why="Nothing was changed: the plan was made from what was there before.",
        tries=("look again, and repeat the command", "mutt audit list --since 1h"),
    )


def _write_rules(conn: Connection, changes: Sequence[RuleChange]) -> list[int | None]:
    """Deletes first; returns the id of each changed rule by place in the plan."""
    gone = [one.before for one in changes if one.before and not one.after]
    kept = [one.after for one in changes if one.before and one.after]
    new = [one.after for one in changes if one.after and not one.before]
    if gone:
        conn.execute(query("rules_delete"), {"rows": _rows(gone)})
    if kept:
        conn.execute(query("rules_update"), {"rows": _rows(kept)})
    made = iter(int(row[0]) for row in conn.execute(query("rules_insert"), {"rows": _rows(new)})) if new else iter(())
    return [None if not one.after else one.after["id"] if one.before else next(made) for one in changes]


def _write_hosts(conn: Connection, changes: Sequence[HostChange]) -> None:
    """A host is kept in `device_teams` if it has a team, if it had a row there, or if nothing else would know it."""
    after = [one.after for one in changes if one.after]
    gone = [one.host for one in changes if not one.after]
    rows = [one for one in after if one["team"] is not None or one["team_id"] is not None or one["env"] == "prod"]
    if rows:
        conn.execute(query("teams_put"), {"rows": Jsonb(rows)})
    if gone:
        conn.execute(query("teams_drop"), {"names": gone})
    no_dev = [*gone, *(one["host"] for one in after if one["env"] == "prod")]
    if no_dev:
        conn.execute(query("dev_hosts_drop"), {"names": no_dev})
    if dev := [one["host"] for one in after if one["env"] == "dev"]:
        conn.execute(query("dev_hosts_put"), {"names": dev})


def _written(conn: Connection, ids: Sequence[int | None], names: Sequence[str | None]) -> Written:
    wanted = [one for one in ids if one is not None]
    rules = {image["id"]: image for image in _rules(conn, wanted)} if wanted else {}
    hosts_wanted = [one for one in names if one is not None]
    hosts = {image["host"]: image for image in _hosts(conn, hosts_wanted)} if hosts_wanted else {}
    return Written(
        tuple(rules.get(one) if one is not None else None for one in ids),
        tuple(hosts.get(one) if one is not None else None for one in names),
        _revision(conn),
    )


def _rows(images: Iterable[Mapping[str, Any]]) -> Jsonb:
    wanted = ("id", "version", *COLUMNS)
    return Jsonb([{"place": place, **{name: image.get(name) for name in wanted}} for place, image in enumerate(images)])
