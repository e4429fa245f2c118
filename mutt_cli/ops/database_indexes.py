"""The indexes of the schema: which are missing, broken or unused, building them, and fresh statistics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import indexes, migrations
from mutt_cli.adapters.postgres import read_only
from mutt_cli.adapters.queries import query
from mutt_cli.core.indexes import judge, wanted
from mutt_cli.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.indexes import Judged, Wanted

ANALYZED: Final = (
    "alert_rules", "audit_logs", "dev_hosts", "device_teams", "rule_versions", "operations", "ledger_minutes",
    "ledger_folds", "event_history", "event_payloads",
)  # fmt: skip
"""The tables of TG:1180-1185 first, then those that grow; partitions come with their table."""


@dataclass(frozen=True)
class IndexReport:
    """`mutt db index list`: every index, and how the rules are read (the plan; nothing is run)."""

    rows: tuple[Judged, ...]
    rule_query_plan: tuple[str, ...]


@dataclass
class Analyzed:
    """What was analysed, and what the server said where it did not do it."""

    tables: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def report(conn: Connection) -> IndexReport:
    """Every index of our tables, judged. Raises DatabaseError."""
    with read_only(conn):
        rows = judge(_wanted(conn), indexes.existing(conn))
        plan = indexes.explain(conn, query("rules_load"), {"id": None})
    return IndexReport(rows, tuple(plan))


def to_create(conn: Connection, names: Sequence[str]) -> tuple[Judged, ...]:
    """What would be built: these, or all that are missing or invalid.

    Raises NotFoundError for a name that is none of the schema's, and RefusedError for one that cannot be built.
    """
    with read_only(conn):
        rows = {one.name: one for one in judge(_wanted(conn), indexes.existing(conn)) if one.wanted is not None}
    unknown = [name for name in names if name not in rows]
    if unknown:
        raise NotFoundError(f"the schema has no index {unknown[0]}", tries=("mutt db index list",))
    chosen = [rows[name] for name in names] if names else list(rows.values())
    for one in chosen:
        if names and one.state == "differs":
            raise _differs(one)
        if one.state == "invalid" and one.found is not None and one.found.built_by:
            raise RefusedError(
                f"{one.name} is being built at this moment by pid {one.found.built_by}",
                code="MUTT-P221", why="nothing was changed", tries=("mutt db index list", "mutt db connections"),
            )  # fmt: skip
    return tuple(one for one in chosen if one.state in {"missing", "invalid"})


def create(conn: Connection, chosen: Sequence[Judged]) -> Iterator[str]:
    """Build them one after another, giving the name of each that is done. Calling again goes on with the rest."""
    for one in chosen:
        if one.wanted is not None:
            partitioned = indexes.is_partitioned(conn, one.table)
            indexes.create(conn, one.wanted, one.found, partitioned=partitioned)
            yield one.name


def analyze(conn: Connection) -> Analyzed:
    """Fresh statistics of our tables; one that may not be analysed by this role is named."""
    done = Analyzed()
    for table in ANALYZED:
        said = indexes.analyze(conn, table)
        if said:
            done.refused[table] = said
        else:
            done.tables.append(table)
    return done


def _wanted(conn: Connection) -> tuple[Wanted, ...]:
    """Those of the migrations that this data base has."""
    there = {row.version for row in migrations.applied(conn)}
    return wanted(one.sql.decode() for one in migrations.shipped() if one.version in there)


def _differs(one: Judged) -> RefusedError:
    return RefusedError(
        f"an index {one.name} exists with another definition",
        code="MUTT-P220",
        why=f"it {one.note}; which of the two is meant, a person must say",
        tries=("mutt db index list", f"DROP INDEX CONCURRENTLY {one.name};", f"mutt db index create {one.name}"),
    )
