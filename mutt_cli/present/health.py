"""The lines of `mutt health`: for eyes and cron mail, for Nagios and its kin, and its JSON (ux.md 7.4 and 7.5).

The lines are those of the Monitoring Plugins Development Guidelines; the first one stays within the 1024 bytes that
older NRPE passes on.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.health.causes import by_importance
from mutt_cli.core.health.check import CODES
from mutt_cli.core.health.ranges import number
from mutt_cli.present.maintenance import window_fields
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mutt_cli.core.health.check import HealthCheck, State
    from mutt_cli.core.window import Window
    from mutt_cli.ops.health import Health

KIND: Final = "mutt.health"
LONGEST_LINE: Final = 1024
_CUT: Final = "..."
_DASH: Final = " -- "
_LABELS: Final = (
    "queue_ingest_depth", "queue_ingest_age", "queue_alert_depth", "queue_alert_age", "dlq_alerter_depth",
    "dlq_moog_depth", "dlq_dead_depth", "orphans", "breaker_open", "redis_latency", "redis_mem", "db_conn",
    "vault_token_ttl", "cache_age", "slo_ingest_burn", "slo_forward_burn", "run_time", "ledger_remainder",
)  # fmt: skip
"""The order of perfdata (ux.md 7.4); whatever else has a label follows in the order of the catalogue."""
_RUN_TIME: Final = "run_time"
_AGES: Final = ("queue.ingest.age", "queue.alert.age")


def health_lines(found: Health, *, perfdata: bool, verbose: int = 0, limit_s: float = 10.0) -> Iterator[str]:
    """The verdict, then what is bad, the worst and its cause first; with `verbose` also what is well.

    `limit_s` is the time it had, which perfdata tells.
    """
    tail = f" | {perfdata_text(found, limit_s)}" if perfdata else ""
    yield _bounded(first_line(found), tail)
    bad = by_importance(found.checks)
    yield from (_line(one, verbose) for one in bad)
    if verbose:
        yield from (_line(one, verbose) for one in found.checks if one not in bad)


def first_line(found: Health) -> str:
    """`MUTT CRITICAL - 1 critical, 4 warning, 0 unknown of 31 checks: breaker.moog open 252 s`."""
    executed = sum(one.state != "skipped" for one in found.checks)
    counts = ", ".join(f"{found.count(state)} {state}" for state in ("critical", "warning", "unknown"))
    window = f"MAINT until {_clock(found.window)} ({_ascii(found.window.reason)}), " if found.window else ""
    return f"MUTT {found.state.upper()} - {window}{counts} of {executed} checks: {_gist(found)}"


def unknown_line(message: str, remedy: str = "") -> str:
    """The only line where nothing could be executed."""
    return _bounded(f"MUTT UNKNOWN - {_ascii(message)}" + (f"{_DASH}try: {_ascii(remedy)}" if remedy else ""), "")


def _gist(found: Health) -> str:
    bad = by_importance(found.checks)
    if not found.executed:
        return f"none was executed: {_ascii('; '.join(f'{one.id}: {one.message}' for one in found.checks))}"
    if bad:
        return f"{bad[0].id} {_ascii(bad[0].message)}"
    ages = [one.value for one in found.checks if one.id in _AGES and one.value]
    oldest = f"oldest {number(round(max(ages), 1))} s" if ages else "nothing waits"
    rate = found.per_second
    return f"{rate:.{1 if 0 < rate < 10 else 0}f} ev/s, {oldest}"


def _line(check: HealthCheck, verbose: int) -> str:
    definition = check.definition
    limits = [f"{word} {one.words}" for word, one in (("warn", definition.warn), ("crit", definition.crit)) if one]
    shown = f" ({', '.join(limits)})" if limits and check.bad and check.value is not None else ""
    after = ""
    if check.bad and check.caused_by:
        after = f"{_DASH}caused by {check.caused_by}"
    elif check.bad and check.remedy:
        after = f"{_DASH}try: {_ascii(check.remedy)}"
    took = f" [{check.took_s * 1000:.1f} ms]" if verbose > 1 else ""
    return f"[{check.state.upper()}] {check.id}: {_ascii(check.message)}{shown}{after}{took}"


def perfdata_text(found: Health, limit_s: float = 10.0) -> str:
    """`label=value[unit];warn;crit;min;max` for each check that has a label and a value, and the time it took."""
    items = {one.definition.label: _perfdata(one) for one in found.checks if one.value is not None}
    items[_RUN_TIME] = f"{_RUN_TIME}={number(round(found.took_s, 2))}s;;{number(limit_s)};0"
    known = [name for name in _LABELS if name in items]
    return " ".join(items[name] for name in (*known, *(name for name in items if name and name not in known)))


def _perfdata(check: HealthCheck) -> str:
    one, value = check.definition, check.value or 0.0
    warn, crit = str(one.warn or ""), str(one.crit or "")
    least = "0" if value >= 0 and one.unit != "%" else ""
    most = number(check.maximum) if check.maximum is not None and one.unit != "%" else ""
    return f"{one.label}={number(round(value, 4))}{one.unit};{warn};{crit};{least};{most}".rstrip(";")


def health_fields(found: Health, *, context: str, environment: str, host: str, at: datetime) -> dict[str, Any]:
    """The JSON. Always one object; its version rules are those of every envelope."""
    return {
        **_head(context, environment, host, at),
        "duration_seconds": round(found.took_s, 3),
        "status": found.state,
        "code": CODES[found.state],
        "counts": {state: found.count(state) for state in ("ok", "warning", "critical", "unknown", "skipped")},
        "maintenance": window_fields(found.window, found.at_ms) if found.window else None,
        "checks": [_check_fields(one) for one in found.checks],
    }


def unknown_fields(
    message: str, remedy: str, *, context: str, environment: str, host: str, at: datetime
) -> dict[str, Any]:
    """The JSON where nothing could be executed: one check, `config`, that says why."""
    check: dict[str, Any] = {
        "id": "config", "status": "unknown", "code": 3, "value": None, "unit": None, "warn": None, "crit": None,
        "message": message, "remedy": remedy or None, "runbook": None, "caused_by": None, "duration_seconds": 0,
    }  # fmt: skip
    counts: dict[State, int] = {"ok": 0, "warning": 0, "critical": 0, "unknown": 1, "skipped": 0}
    return {
        **_head(context, environment, host, at), "duration_seconds": 0, "status": "unknown", "code": 3,
        "counts": counts, "maintenance": None, "checks": [check],
    }  # fmt: skip


def _head(context: str, environment: str, host: str, at: datetime) -> dict[str, Any]:
    return {"kind": KIND, "version": 1, "context": context, "environment": environment, "host": host, "time": at}


def _check_fields(check: HealthCheck) -> dict[str, Any]:
    one = check.definition
    executed = check.state != "skipped"
    return {
        "id": check.id,
        "status": check.state,
        "code": CODES[check.state] if executed else None,
        "value": None if check.value is None or not executed else round(check.value, 6),
        "unit": one.unit if executed else None,
        "warn": str(one.warn) if one.warn and executed else None,
        "crit": str(one.crit) if one.crit and executed else None,
        "message": check.message,
        "remedy": check.remedy or None,
        "runbook": one.runbook or None,
        "caused_by": check.caused_by or None,
        "duration_seconds": round(check.took_s, 6),
    }


def _clock(window: Window) -> str:
    return f"{datetime.fromtimestamp(min(window.until, 253_402_300_799_000) / 1000, tz=UTC):%Y-%m-%d %H:%MZ}"


def _ascii(text: str) -> str:
    """One line of ASCII without the bar that separates perfdata, whatever somebody's words hold."""
    return safe(text).encode("ascii", "backslashreplace").decode().replace("|", "/").replace("\n", " ")


def _bounded(line: str, tail: str) -> str:
    """The first line within what NRPE passes on: perfdata stays whole as long as it can, the words are cut first."""
    room = LONGEST_LINE - len(tail)
    if len(line) > room > len(_CUT):
        line = line[: room - len(_CUT)] + _CUT
    return line + tail


def joined(lines: Iterable[str] | Sequence[str]) -> str:
    """Lines as they are printed."""
    return "".join(f"{line}\n" for line in lines)
