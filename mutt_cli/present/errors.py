"""A failure as the person who has to act reads it, and as one line of JSON for a program (ux.md section 3.5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mutt_cli.present.encode import json_text
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.errors import MuttError

WIDTH: Final = 80
_MOST_LINES: Final = 8
_SECRET_NAME: Final = re.compile(r"(?i)pass|secret|token|credential|(^|_)key($|_)|api_?key")
_ASSIGNED: Final = re.compile(r"(?i)((?:pass(?:word|wd)?|secret|token|api[_-]?key|authorization)[\"']?\s*[=:]\s*)\S+")
_IN_ADDRESS: Final = re.compile(r"(?<=://)[^/\s@]+@")


def error_lines(error: MuttError, *, more: str = "") -> list[str]:
    """What happened and its code, why it matters, what to try (safest first), where to read on: at most eight lines.

    Only a message that is a list by itself (all bad settings at once) is longer.
    """
    first, *others = error.message.split("\n")
    head = f"error: {safe(first)}"
    gap = " " * max(WIDTH - len(head) - len(error.code), 2)
    lines = [f"{head}{gap}{error.code}", *(f"       {safe(line)}" for line in others)]
    lines += [f"{'why:  ' if n == 0 else '      '} {safe(one)}" for n, one in enumerate(error.why.split("\n")) if one]
    tail = [f"more:  {more}"] if more else []
    room = max(_MOST_LINES - len(lines) - len(tail), 1)
    lines += [f"{'try:  ' if n == 0 else '      '} {safe(one)}" for n, one in enumerate(error.tries[:room])]
    return lines + tail


def error_json(error: MuttError) -> str:
    """One line, kind `mutt.error`, for `-o json`; it goes to stderr, stdout stays empty."""
    return json_text(
        {
            "kind": "mutt.error",
            "version": 1,
            "code": error.code,
            "exit": error.exit_code,
            "message": error.message,
            "why": error.why,
            "tries": error.tries,
        }
    )


def masked(text: str, environ: Mapping[str, str]) -> str:
    """Text for a crash file: no secret of the environment, no password in an address or an assignment."""
    for value in sorted(environment_secrets(environ), key=len, reverse=True):
        text = text.replace(value, "***")
    return _ASSIGNED.sub(r"\1***", _IN_ADDRESS.sub("***@", text))


def environment_secrets(environ: Mapping[str, str]) -> frozenset[str]:
    """The values of variables that are called like secrets."""
    return frozenset(value for name, value in environ.items() if _SECRET_NAME.search(name) and len(value) >= 4)
