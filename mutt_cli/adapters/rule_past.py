"""Reads rules and the inventory of a host as they were at a moment, from the versions and the audit that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.adapters.postgres import read_only
from mutt_cli.adapters.queries import query
from mutt_cli.core.decided import HostThen
from mutt_cli.core.rule_contest import held

if TYPE_CHECKING:
    from datetime import datetime

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.rule_contest import Held


def rules_at(conn: Connection, moment: datetime) -> tuple[Held, ...]:
    """Every rule as it was, disabled ones included; none if no version is that old."""
    with read_only(conn):
        return tuple(held(image) for (image,) in conn.execute(query("rules_then"), {"at": moment}))


def rule_version(conn: Connection, rule_id: int, version: int) -> Held | None:
    """One version of one rule, None if it is not kept."""
    image = rule_image(conn, rule_id, version)
    return None if image is None else held(image)


def rule_image(conn: Connection, rule_id: int, version: int) -> dict[str, Any] | None:
    """All columns of one version of one rule, None if it is not kept."""
    with read_only(conn):
        row = conn.execute(query("rule_version"), {"id": rule_id, "version": version}).fetchone()
    return None if row is None else dict(row[0])


def rules_now(conn: Connection) -> tuple[Held, ...]:
    """The rules of now, disabled ones included."""
    with read_only(conn):
        return tuple(held(image) for (image,) in conn.execute(query("rule_images"), {"ids": None}))


def host_at(conn: Connection, hostname: str, moment: datetime) -> HostThen | None:
    """What the inventory held about a host; None if a table was emptied since."""
    with read_only(conn):
        row = conn.execute(query("host_then"), {"host": hostname, "at": moment}).fetchone()
    if row is None or row[4]:
        return None
    team, dev, team_change, dev_change, _ = row
    if team_change is not None:
        team = (team_change["old"] or {}).get("team_assignment")
    if dev_change is not None:
        dev = dev_change["old"] is not None
    return HostThen(team or "", bool(dev))
