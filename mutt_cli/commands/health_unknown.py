"""`mutt health` that could not be executed: whatever went wrong is UNKNOWN, exit code 3, in the form asked for.

A monitor reads exit code 1 as WARNING and 2 as CRITICAL, so a mistyped flag or a crash must never end with them
(ux.md 7.2). Read from the words of the command line, because what is wrong may be the words.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.commands import noun_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.errors import MuttError

UNKNOWN: Final = 3
_TAKE_A_VALUE: Final = frozenset(("-c", "--context", "-o", "--output", "--timeout", "--color", "-n", "--limit"))


def asked_for(argv: Sequence[str]) -> bool:
    """Whether the first word that is no flag and no flag's value is `health`."""
    before = ""
    for word in argv:
        if not word.startswith("-") and before not in _TAKE_A_VALUE:
            noun = noun_named(word)
            return noun is not None and noun.name == "health"
        before = word
    return False


def tell(error: MuttError, argv: Sequence[str]) -> int:
    """Print the verdict UNKNOWN, and write the metrics file if one was asked for; returns the exit code."""
    from mutt_cli.adapters.clock import utc_now
    from mutt_cli.present.encode import json_text, plain
    from mutt_cli.present.health import unknown_fields, unknown_line
    from mutt_cli.present.health_textfile import textfile

    remedy = error.tries[0] if error.tries else ""
    context = _value(argv, "-c", "--context")
    metrics = textfile(None, context, utc_now().timestamp())
    _keep(_value(argv, "--textfile"), metrics)
    form = _value(argv, "-o", "--output") or ("json" if {"-j", "--json"} & set(argv) else "text")
    if form == "json":
        fields = unknown_fields(
            error.message, remedy, context=context, environment="", host=platform.node(), at=utc_now()
        )
        sys.stdout.write(json_text(plain(fields)) + "\n")
    elif form == "prometheus":
        sys.stdout.write(metrics)
    else:
        sys.stdout.write(unknown_line(error.message, remedy) + "\n")
    return UNKNOWN


def _keep(path: str, metrics: str) -> None:
    """The age of the file tells what its content cannot: this may fail silently."""
    from contextlib import suppress

    from mutt_cli.adapters.files import write_whole

    if path.endswith(".prom"):
        with suppress(OSError):
            write_whole(Path(path), metrics, 0o644)


def _value(argv: Sequence[str], *names: str) -> str:
    """What stands behind a flag, in either form; empty if it is not there."""
    for number, word in enumerate(argv):
        name, sign, text = word.partition("=")
        if name in names:
            return text if sign else argv[number + 1] if number + 1 < len(argv) else ""
    return ""
