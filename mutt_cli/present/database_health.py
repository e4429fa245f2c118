"""How PostgreSQL is, beyond its schema: tables, statements, advice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present import times
from mutt_cli.present.checks import check_lines, check_rows, short_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.database_facts import Statement
    from mutt_cli.core.database_judgement import Table
    from mutt_cli.ops.database_health import Health

_TABLES: Final = 5
_CHARACTERS: Final = 200
"""What people are shown; JSON has all of it."""


def health_fields(health: Health) -> dict[str, Any]:
    """The part of `mutt db status` that is not about the schema, without the checks."""
    return {
        "replicas": health.replicas,
        "advice": check_rows(health.advice),
        "tables": [_table_row(one) for one in health.tables],
        "slow_statements": [_statement_row(one) for one in health.slow],
        "running_statements": [_statement_row(one) for one in health.running],
        "not_visible": health.not_visible,
    }


def health_lines(health: Health) -> list[str]:
    """The same for people, below the checks."""
    return [
        *_section("advice by the rules of thumb of the guides", check_lines(health.advice)),
        *_section("largest tables", [_table_line(one) for one in health.tables[:_TABLES]]),
        *_section("slow statements", [_statement_line(one) for one in health.slow]),
        *_section("running for more than a second", [_statement_line(one) for one in health.running]),
    ]


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _table_row(one: Table) -> dict[str, Any]:
    return {
        "table": one.name,
        "parts": one.parts,
        "size_bytes": one.size,
        "live_rows": one.live_rows,
        "dead_rows": one.dead_rows,
        "vacuumed_at": one.vacuumed_at,
        "analyzed_at": one.analyzed_at,
    }


def _table_line(one: Table) -> str:
    vacuumed = times.instant(one.vacuumed_at) if one.vacuumed_at else "never"
    rows = f"{times.count(one.live_rows)} rows, {times.count(one.dead_rows)} dead"
    return f"{one.name}  {times.size(one.size)}, {rows}, vacuumed {vacuumed}"


def _statement_row(one: Statement) -> dict[str, Any]:
    return {
        "statement": one.text,
        "application": one.application or None,
        "longest_seconds": one.longest_s,
        "mean_seconds": one.mean_s,
        "calls": one.calls,
    }


def _statement_line(one: Statement) -> str:
    mean = f"{short_span(one.mean_s)} on average, {one.calls:,} times" if one.mean_s and one.calls else one.application
    text = one.text if len(one.text) <= _CHARACTERS else one.text[:_CHARACTERS] + "..."
    return f"{short_span(one.longest_s)} ({mean})  {text}"
