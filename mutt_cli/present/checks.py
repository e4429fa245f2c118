"""Judged values as rows and lines; the same for every back end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.present import times

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutt_cli.core.checks import Check


def check_rows(checks: Iterable[Check]) -> list[dict[str, Any]]:
    """Checks as JSON has them."""
    return [
        {
            "check": one.name,
            "state": one.state,
            "value": one.value,
            "limit": one.limit or None,
            "note": one.note or None,
            "tries": list(one.tries),
        }
        for one in checks
    ]


def check_lines(checks: Sequence[Check]) -> list[str]:
    """A line each, then what to try about those that are not well, each advice once."""
    width = max((len(one.name) for one in checks), default=0)
    lines = [f"{one.state:<4}  {one.name.replace('_', ' '):<{width}}  {_said(one)}".rstrip() for one in checks]
    tries = dict.fromkeys(line for one in checks for line in one.tries)
    return [*lines, *(f"try:  {line}" for line in tries)]


def _said(check: Check) -> str:
    value = value_text(check)
    about = "; ".join(
        text for text in (check.note, f"limit: {check.limit}" if check.limit and check.state != "ok" else "") if text
    )
    return f"{value}  ({about})" if value and about else value or about


def value_text(check: Check) -> str:
    """The value as people read it."""
    value = check.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if check.form == "share":
        return f"{value:.0%}"
    if check.form == "seconds":
        return short_span(value)
    return {"bytes": times.size, "count": times.count}.get(check.form, str)(value)


def short_span(seconds: float) -> str:
    """A duration that may be much shorter than a second: `0.21 ms`, `14 ms`, `2.5s`."""
    if seconds >= 1:
        return times.span(seconds)
    milliseconds = seconds * 1000
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.2f} ms"
