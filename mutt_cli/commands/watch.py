"""`--watch` and `--exit-when`: a reading command again and again, until Ctrl-C, a condition, or --timeout.

A terminal is repainted; a pipe gets one line of JSON for each change. A back end that is away meanwhile is shown and
waited for: people watch exactly while something is being started again.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.commands.context import write
from mutt_cli.core.where import Clause, holds, named, senseless, value_at
from mutt_cli.errors import OK, UnreachableError, UsageError, WaitTimeoutError
from mutt_cli.present.output import Listing, enveloped
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from mutt_cli.commands.context import Run
    from mutt_cli.present.output import Result

_EVERY_S: Final = 2.0
_LEAST_S: Final = 0.2
_CONDITION_S: Final = 600.0
"""How long a condition is waited for (D37)."""


def watched(run: Run, call: Callable[[], int]) -> int:
    """Repeat `call`, which shows something. Exit 0 once the condition holds, MUTT-U008 (8) if it does not in time."""
    from mutt_cli.adapters.clock import boottime_s

    condition = run.clause(run.flags.exit_when, "--exit-when") if run.flags.exit_when else None
    every = max(_LEAST_S, run.flags.watch_every.total_seconds() if run.flags.watch_every else _EVERY_S)
    ends_at = boottime_s() + _limit(run, condition)
    screen, results = Screen(run), run.collect()
    while True:
        results.clear()
        try:
            call()
        except UnreachableError as error:
            screen.trouble(error)
        else:
            screen.show(results)
            if condition is not None and any(satisfied(one, condition, run.now()) for one in results):
                return OK
        left = ends_at - boottime_s()
        if left <= 0:
            raise _in_vain(run, condition)
        time.sleep(min(every, left))


def satisfied(result: Result, condition: Clause, now: datetime) -> bool:
    """Whether a condition holds: of every row, if rows have its field and there are rows; else of the fields beside.

    Raises UsageError if nothing has that field, or nothing of it can be compared with what is asked.
    """
    fields: Mapping[str, Any] = result.fields
    rows: Sequence[Mapping[str, Any]] = result.rows if isinstance(result, Listing) else ()
    columns = [one.field for one in result.columns] if isinstance(result, Listing) else []
    name = named(condition.field, [*columns, *(key for row in rows for key in row)])
    if name is not None:
        _require_sense(condition, [row.get(name) for row in rows], now)
        return bool(rows) and all(holds(condition, row.get(name), now) for row in rows)
    name = named(condition.field, list(fields)) or condition.field
    if name.partition(".")[0] not in fields:
        known = ", ".join(dict.fromkeys([*columns, *fields]))
        raise UsageError(f"there is no field {safe(condition.field)}; there are: {known}", code="MUTT-U005")
    _require_sense(condition, [value_at(fields, name)], now)
    return holds(condition, value_at(fields, name), now)


def _require_sense(condition: Clause, values: Sequence[Any], now: datetime) -> None:
    if told := senseless(condition, values, now):
        raise UsageError(safe(told), code="MUTT-U005")


class Screen:
    """What the watcher sees: the last result on a terminal, the changes on a pipe."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._paints = run.people_read
        self._last: dict[str, Any] = {}
        self._trouble = ""

    def show(self, results: Sequence[Result]) -> None:
        """Paint the results, or tell them if they changed."""
        self._trouble = ""
        if self._paints:
            text = "".join(self._run.rendered(one) for one in results)
            self._paint(text.splitlines())
            return
        for one in results:
            told = enveloped(one, self._run.envelope())
            if told | {"time": ""} != self._last:
                self._last = told | {"time": ""}
                write(sys.stdout, self._run.json_line(told))

    def trouble(self, error: UnreachableError) -> None:
        """Say once what does not answer."""
        if self._paints:
            self._paint([error.message])
        elif error.message != self._trouble:
            self._run.say(f"warning: {error.message}; trying again")
        self._trouble = error.message

    def _paint(self, lines: Sequence[str]) -> None:
        """Over what was there, line by line: a screen that is cleared first would flicker."""
        height = self._run.terminal_size[1]
        shown = (
            list(lines) if len(lines) < height else [*lines[: height - 2], f"... {len(lines) - height + 2} more lines"]
        )
        write(sys.stdout, "\x1b[H" + "".join(f"{line}\x1b[K\n" for line in shown) + "\x1b[J")


def _limit(run: Run, condition: Clause | None) -> float:
    if run.flags.timeout:
        return run.flags.timeout.total_seconds()
    return _CONDITION_S if condition else float("inf")


def _in_vain(run: Run, condition: Clause | None) -> WaitTimeoutError:
    what = f"{condition} did not come true" if condition else "it was watched for as long as was asked"
    return WaitTimeoutError(
        f"{what} within {run.timeout_s if run.flags.timeout else _CONDITION_S:g} s",
        tries=(f"mutt {run.spec.path}", "--timeout D waits longer"),
    )
