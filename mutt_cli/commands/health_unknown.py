"""`mutt health` that could not be executed: whatever went wrong is UNKNOWN, exit code 3, in the form asked for.

A monitor reads exit code 1 as WARNING and 2 as CRITICAL, so a mistyped flag or a crash must never end with them
(ux.md 7.2). Read from the words of the command line, because what is wrong may be the words.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.commands import noun_named
from mutt_cli.commands.context import write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.errors import MuttError

UNKNOWN: Final = 3
_CODES: Final = frozenset({0, 1, 2, UNKNOWN})
_TAKE_A_VALUE: Final = frozenset((
    "--context", "--output", "--output-version", "--columns", "--sort", "--limit", "--where", "--after", "--exit-when",
    "--watch-every", "--timeout", "--color", "--confirm", "--force", "--reason",
))  # fmt: skip
"""Flags before the noun whose value is the next word."""
_SHORT: Final = "con"
"""The short ones; they may stand at the end of a bundle."""
_NO_VERDICT: Final = re.compile(r"--help|--version|-[a-zA-Z]*[hV][a-zA-Z]*")


def asked_for(argv: Sequence[str]) -> bool:
    """Whether the first word that is no flag and no flag's value is `health`."""
    before = ""
    for word in argv:
        if not word.startswith("-") and not _takes_next(before):
            noun = noun_named(word)
            return noun is not None and noun.name == "health"
        before = word
    return False


def _takes_next(word: str) -> bool:
    if word.startswith("--"):
        return word in _TAKE_A_VALUE
    return word.startswith("-") and word[-1] in _SHORT


def code_of(argv: Sequence[str], ran: Callable[[Sequence[str]], int]) -> int:
    """The exit code of `mutt health`: 0, 1, 2 or 3 and nothing else, whatever happens, also to its output."""
    try:
        code = ran(argv)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BaseException:  # noqa: BLE001  whatever it is, a monitor must not read it as a warning
        _discard_output()
        return UNKNOWN
    return code if code in _CODES and not any(_NO_VERDICT.fullmatch(word) for word in argv) else UNKNOWN


def _discard_output() -> None:
    """What could not be written is not tried again when Python ends: that would change the exit code."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(error: MuttError, argv: Sequence[str]) -> int:
    """Print the verdict UNKNOWN, and write the metrics file if one was asked for; returns the exit code."""
    from mutt_cli.adapters.clock import utc_now
    from mutt_cli.present.encode import json_text, plain
    from mutt_cli.present.health import unknown_fields, unknown_line
    from mutt_cli.present.health_textfile import textfile

    remedy = error.tries[0] if error.tries else ""
    context = _value(argv, "-c", "--context") or os.environ.get("MUTT_CONTEXT", "")
    metrics = textfile(None, context, utc_now().timestamp())
    _keep(_value(argv, "--textfile"), metrics)
    form = _value(argv, "-o", "--output") or ("json" if {"-j", "--json"} & set(argv) else "text")
    if form == "json":
        fields = unknown_fields(
            error.message, remedy, context=context, environment="", host=platform.node(), at=utc_now()
        )
        write(sys.stdout, json_text(plain(fields)) + "\n")
    else:
        write(sys.stdout, metrics if form == "prometheus" else unknown_line(error.message, remedy) + "\n")
    return UNKNOWN


def _keep(path: str, metrics: str) -> None:
    """The age of the file tells what its content cannot: this may fail silently."""
    from mutt_cli.adapters.files import write_whole

    if path.endswith(".prom"):
        with suppress(OSError, ValueError):
            write_whole(Path(path), metrics, 0o644)


def _value(argv: Sequence[str], *names: str) -> str:
    """What stands behind a flag in any form (`-o json`, `-ojson`, `--output=json`); empty if it is not there."""
    for number, word in enumerate(argv):
        name, sign, text = word.partition("=")
        if word in names:
            return argv[number + 1] if number + 1 < len(argv) else ""
        if sign and name in names:
            return text
        short = next((one for one in names if len(one) == 2 and word.startswith(one)), "")
        if short and not word.startswith("--"):
            return word[2:]
    return ""
