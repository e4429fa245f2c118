"""Numbers and absences as the messages of checks word them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.core.health.check import HealthCheck

if TYPE_CHECKING:
    from mutt_cli.core.health.check import Definition
    from mutt_cli.core.snapshot import Part


def milliseconds(seconds: float) -> str:
    """`0.4 ms`, `120 ms`."""
    found = seconds * 1000
    return f"{found:.1f} ms" if found < 10 else f"{found:.0f} ms"


def span(seconds: float) -> str:
    """A time for people, in its largest fitting unit: `0.4 s`, `251 s`, `18 d`."""
    for unit, size in (("d", 86_400), ("h", 3_600)):
        if seconds >= 3 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def many(count: float, one: str, several: str = "") -> str:
    """`1 alert waits`, `5,000 alerts wait`: the number and the form that goes with it."""
    return f"{count:,.0f} {one if count == 1 else several or one + 's'}"


def unknown(definition: Definition, part: Part[object]) -> HealthCheck:
    """The check of a part that could not be had: what is told is that, and why."""
    trouble = part.trouble
    text = trouble.text if trouble is not None else "it was not looked at"
    remedy = trouble.tries[0] if trouble is not None and trouble.tries else ""
    return HealthCheck(definition, "unknown", f"not known: {text}", remedy=remedy)
