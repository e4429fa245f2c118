"""How far long work is: a line that is rewritten on a terminal, a line now and then elsewhere (ux.md 3.2)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.commands.context import write
from mutt_cli.present.times import span

if TYPE_CHECKING:
    from mutt_cli.commands.context import Run

_SHOWN_AFTER_S: Final = 0.5
_TERMINAL_S: Final = 0.2
_LOG_S: Final = 10.0
_BAR: Final = 24


class Progressing:
    """Tells on stderr. Nothing is told of what ends within half a second, and nothing with --quiet."""

    def __init__(self, run: Run, verb: str) -> None:
        self._run, self._verb = run, verb
        self._paints = sys.stderr.isatty() and not run.flags.quiet
        self._began = self._told = boottime_s()
        self._painted = False

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """So many of so many (0 = nobody knows) are done."""
        now = boottime_s()
        if now - self._began < _SHOWN_AFTER_S or now - self._told < (_TERMINAL_S if self._paints else _LOG_S):
            return
        self._told = now
        text = self._line(done, total, now - self._began, note)
        if self._paints:
            self._painted = True
            write(sys.stderr, f"\r{text[: self._run.terminal_size[0] - 1]}\x1b[K")
        else:
            self._run.say(text)

    def close(self) -> None:
        """Leave the line clean for what comes next."""
        if self._painted:
            write(sys.stderr, "\r\x1b[K")

    def _line(self, done: int, total: int, seconds: float, note: str) -> str:
        rate = done / seconds if seconds > 0 else 0.0
        text = f"{self._verb} {done:,}"
        if total:
            filled = min(_BAR, _BAR * done // total)
            text = f"[{'#' * filled}{'.' * (_BAR - filled)}] {text} of {total:,}  {100 * done // total}%"
        left = f"  {span((total - done) / rate)} left" if total and rate else ""
        return f"{text}  {rate:,.0f}/s{left}" + (f"  {note}" if note else "")
