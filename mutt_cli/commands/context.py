"""What a command gets: its flags, the chosen deployment, its settings, and a place to put its result.

Nothing is read before a command asks for it, and nothing here connects: operations make their own connections.
"""

from __future__ import annotations

import os
import platform
import sys
from functools import cached_property
from typing import IO, TYPE_CHECKING, TextIO

from mutt_cli.errors import UsageError
from mutt_cli.present.output import FORMATS, Document, Envelope, Format, Listing, Result, arranged, render
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.adapters.contexts import Context
    from mutt_cli.commands.declare import Spec
    from mutt_cli.commands.options import Flags
    from mutt_cli.settings import Settings

_TERMINAL_LIMIT = 50


class OutputClosedError(Exception):
    """Whoever read our output has gone (`| head -1`); the process ends as if by SIGPIPE."""


class Run:
    """One call of one command."""

    def __init__(self, spec: Spec, flags: Flags, environ: Mapping[str, str] | None = None) -> None:
        self.spec = spec
        self.flags = flags
        self.environ: Mapping[str, str] = os.environ if environ is None else environ
        self.reason = flags.reason or self.environ.get("MUTT_REASON") or ""
        """Why, for the operations journal and the audit."""

    @cached_property
    def context(self) -> Context:
        """The deployment this call is about. Raises NotFoundError for a name nobody knows."""
        from mutt_cli.adapters.contexts import choose

        return choose(self.environ, self.flags.context or self.environ.get("MUTT_CONTEXT") or None)

    @cached_property
    def configuration(self) -> Configuration:
        """Settings, where each came from, and notices. Raises ConfigError with all bad values at once."""
        from mutt_cli.adapters.configuration import load

        return load(self.environ, self.context.env_file)

    @property
    def settings(self) -> Settings:
        """The settings of the chosen deployment."""
        return self.configuration.settings

    @property
    def timeout_s(self) -> float:
        """Total seconds this call may take (D37); infinite if it runs until stopped."""
        limit = self.flags.timeout or self.spec.timeout
        return limit.total_seconds() if limit else float("inf")

    @property
    def format(self) -> Format:
        """The format of the result: the flag, else MUTT_OUTPUT, else a table."""
        if self.flags.output:
            return self.flags.output
        wanted = self.environ.get("MUTT_OUTPUT") or "table"
        if wanted not in FORMATS:
            raise UsageError(f"MUTT_OUTPUT is {safe(wanted)}; it can be: {', '.join(FORMATS)}")
        return wanted  # type: ignore[return-value]

    @property
    def people_read(self) -> bool:
        """Whether stdout is a terminal and the format is one for people."""
        return sys.stdout.isatty() and self.format in {"table", "wide"}

    @property
    def can_ask(self) -> bool:
        """Whether a question would be seen and answered."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.flags.no_input

    @property
    def actor(self) -> str:
        """Who does this: MUTT_ACTOR, else the person behind sudo, else the user, at this host."""
        user = self.environ.get("SUDO_USER") or self.environ.get("USER") or f"uid{os.getuid()}"
        return self.environ.get("MUTT_ACTOR") or f"{user}@{platform.node()}"

    def now(self) -> datetime:
        """The wall clock, UTC."""
        from mutt_cli.adapters.clock import utc_now

        return utc_now()

    def moment(self, text: str | None, flag: str) -> datetime | None:
        """The moment that --since or --until names; None if it was not given. Raises UsageError."""
        from mutt_cli.core.spans import moment

        if text is None:
            return None
        found = moment(text, self.now().astimezone() if self.flags.local else self.now())
        if found is None:
            raise UsageError(f"{flag} takes a duration ago (15m), RFC 3339, or HH:MM, not {safe(text)}")
        return found

    def show(self, result: Result) -> None:
        """Print the result on stdout in the format asked for; warnings go to stderr unless the JSON carries them."""
        form = self.format
        if isinstance(result, Listing):
            result = self._arranged(result)
        if isinstance(result, Listing) and self.people_read:
            self._table(result)
        else:
            envelope = Envelope(self.context.name, self.now())
            indent = 2 if sys.stdout.isatty() else None
            write(sys.stdout, render(result, form, envelope, indent=indent, local=self.flags.local))
        if form not in {"json", "yaml"}:
            for warning in result.warnings:
                self.say(f"warning: {warning}")

    def say(self, text: str) -> None:
        """One line for people, on stderr; silent with --quiet."""
        if not self.flags.quiet:
            write(sys.stderr, safe(text) + "\n")

    def detail(self, text: str, level: int = 1) -> None:
        """One line for people who asked for more with -v (or -vv: `level` 2)."""
        if self.flags.verbose >= level:
            self.say(text)

    def color(self, stream: IO[str]) -> bool:
        """Whether this stream gets colour: flag, MUTT_COLOR, NO_COLOR, FORCE_COLOR, else only a capable terminal."""
        return wants_color(
            self.flags.color, no_color=self.flags.no_color, environ=self.environ, terminal=stream.isatty()
        )

    def _arranged(self, listing: Listing) -> Listing:
        limit = self.flags.limit
        if limit is None:
            limit = _TERMINAL_LIMIT if self.people_read else 0
        shown = arranged(
            listing, columns=self.flags.names, sort=self.flags.sort or "", limit=limit, wide=self.format == "wide"
        )
        if shown.total is not None and len(shown.rows) < shown.total:
            self.say(f"{len(shown.rows):,} of {shown.total:,} shown; all: -n 0")
        return shown

    def _table(self, listing: Listing) -> None:
        import shutil

        from mutt_cli.present.console import print_listing

        try:
            print_listing(
                listing,
                sys.stdout,
                color=self.color(sys.stdout),
                width=shutil.get_terminal_size((80, 24)).columns,
                local=self.flags.local,
                ascii_only=self.flags.ascii or not _is_utf8(sys.stdout),
            )
        except BrokenPipeError as error:
            raise OutputClosedError from error


def wants_color(when: str | None, *, no_color: bool, environ: Mapping[str, str], terminal: bool) -> bool:
    """Whether to colour: the flags win, then MUTT_COLOR, NO_COLOR, FORCE_COLOR; else a terminal that is not dumb."""
    when = "never" if no_color else when or environ.get("MUTT_COLOR") or "auto"
    if when in {"always", "never"}:
        return when == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in {"", "0"}:
        return True
    return terminal and environ.get("TERM") != "dumb"


def write(stream: IO[str], text: str) -> None:
    """Write and flush. Raises OutputClosedError if nobody reads any more."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError as error:
        raise OutputClosedError from error


def _is_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "") == "utf8"


__all__ = ["Document", "Listing", "OutputClosedError", "Run", "wants_color", "write"]
