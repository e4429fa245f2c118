"""How pages are rendered: the templates, what they may call, and the addresses of the files that they load."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup, escape

from mutt_cli import __version__
from mutt_cli.present import times
from mutt_cli.present.encode import json_text, scalar_text
from mutt_cli.present.text import safe

STATIC: Final = Path(__file__).parent.parent / "static"
NAV: Final = (
    ("/", "Overview"), ("/queues", "Queues"), ("/dlq", "Dead letters"), ("/events", "Events"), ("/rules", "Rules"),
    ("/hosts", "Hosts"), ("/config", "Settings"), ("/audit-logs", "Audit log"), ("/help", "Help"),
)  # fmt: skip
THEMES: Final = ("auto", "light", "dark")
_C1: Final = frozenset(map(chr, range(0x80, 0xA0)))
"""Browsers read references to these as characters of Windows-1252, and take them as they are if they stand there."""


def environment() -> jinja2.Environment:
    """The pages' templates; every value is escaped, a missing one is an error, and what strangers wrote is harmless."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("mutt_cli.daemons.webui"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_harmless, auto_reload=False,
    )  # fmt: skip
    made.filters |= {
        "count": times.count,
        "number": _number,
        "span": times.span,
        "bytes": times.size,
        "when": _when,
        "age": _age,
        "pretty": _pretty,
        "value": _value,
        "typed": _typed,
    }
    made.globals |= {"asset": asset, "version": __version__, "nav": NAV, "themes": THEMES}
    for name in made.list_templates():  # now: an upgrade of the files leaves what runs as it is
        made.get_template(name)
    return made


@cache
def asset(name: str) -> str:
    """The address of a file that browsers keep: another content has another address."""
    return f"/static/{hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:16]}/{name}"


def _harmless(value: Any) -> Any:
    """No character of a stranger changes the direction of writing or hides."""
    return safe(value) if type(value) is str else value


def _typed(value: str) -> Markup:
    """A value of a form, which must come back as it is: escaped, what cannot be seen as a character reference."""
    shown = (one if one.isprintable() or one in "\n\t" or one in _C1 else f"&#{ord(one)};" for one in escape(value))
    return Markup("".join(shown))  # noqa: S704  escaped above


def _pretty(value: Any) -> list[str]:
    """A message in lines as people read it: JSON, or the text that it is."""
    return (value if isinstance(value, str) else json_text(value, indent=2)).splitlines()


def _value(value: Any) -> str:
    """One side of a change on one line."""
    return "-" if value is None else scalar_text(value)


def _number(value: float, one: str, many: str = "") -> str:
    """`1 letter`, `2 letters`."""
    return f"{times.count(value)} {one if value == 1 else many or f'{one}s'}"


def _moment(given: datetime | str | None) -> datetime | None:
    """Of a row, or of its JSON."""
    return datetime.fromisoformat(given) if isinstance(given, str) else given


def _when(given: datetime | str | None) -> str:
    moment = _moment(given)
    return times.instant(moment) if moment else "-"


def _age(given: datetime | str | None, now: datetime) -> str:
    moment = _moment(given)
    return f"{times.span((now - moment).total_seconds())} ago" if moment else "never"
