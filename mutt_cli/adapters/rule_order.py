"""Reads rules for those who look at them: all of them lightly, in matching order, and some of them whole.

Errors of the driver are the caller's to explain; what must agree is read within one `postgres.read_only`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.adapters.queries import query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.rule_change import Image

NAMES = ("id", "rule_name", "pattern", "match_type", "severity", "team", "enabled")


def read(conn: Connection) -> list[dict[str, Any]]:
    """Of every rule what tells its place, by the names of an image."""
    return [dict(zip(NAMES, row, strict=True)) for row in conn.execute(query("rules_order")).fetchall()]


def images(conn: Connection, ids: Sequence[int] | None = None) -> tuple[Image, ...]:
    """These rules whole, or all, in matching order."""
    rows = conn.execute(query("rule_images"), {"ids": None if ids is None else list(ids)}).fetchall()
    return tuple(image for (image,) in rows)


def changes(conn: Connection, ids: Sequence[int] | None = None) -> Mapping[int, tuple[str, datetime | None]]:
    """Who made these rules, or all, what they are now, and when; by id."""
    rows = conn.execute(query("rules_changed"), {"ids": None if ids is None else list(ids)}).fetchall()
    return {rule_id: (by or "", at) for rule_id, by, at in rows}
