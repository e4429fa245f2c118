"""What a command gets: its flags, the chosen deployment, its settings, and a place to put its result.

Nothing is read before a command asks for it, and nothing here connects: operations make their own connections.
"""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress
from functools import cached_property
from typing import IO, TYPE_CHECKING, TextIO

from mutt_cli.errors import UsageError
from mutt_cli.present.arrange import Arrangement, arranged
from mutt_cli.present.output import FORMATS, Document, Envelope, Format, Listing, Result, render
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.adapters.contexts import Context
    from mutt_cli.commands.declare import Spec
    from mutt_cli.commands.options import Flags
    from mutt_cli.core.where import Clause
    from mutt_cli.keys import Keys
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
        self._collected: list[Result] | None = None

    @cached_property
    def context(self) -> Context:
        """The deployment this call is about. Raises NotFoundError for a name nobody knows."""
        from mutt_cli.adapters.contexts import choose

        found = choose(self.environ, self.flags.context or self.environ.get("MUTT_CONTEXT") or None, self.now())
        if found.notice:
            self.say(f"warning: {found.notice}")
        return found

    @cached_property
    def configuration(self) -> Configuration:
        """Settings, where each came from, and notices. Raises ConfigError with all bad values at once."""
        from mutt_cli.adapters.configuration import load

        return load(self.environ, self.context.env_file, context=self.context.settings)

    @property
    def settings(self) -> Settings:
        """The settings of the chosen deployment."""
        return self.configuration.settings

    @property
    def keys(self) -> Keys:
        """The key names of the chosen deployment's lane."""
        from mutt_cli.keys import Keys

        return Keys(self.settings.redis.key_tag)

    @property
    def timeout_s(self) -> float:
        """Total seconds this call may take (D37); infinite if it runs until stopped."""
        limit = self.flags.timeout or self.spec.timeout
        return limit.total_seconds() if limit else float("inf")

    @property
    def left_s(self) -> float:
        """Seconds of that which a wait may still take."""
        from mutt_cli.commands.bound import left_s

        return left_s(self.timeout_s)

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

    def clause(self, text: str, flag: str) -> Clause:
        """The condition that a flag holds. Raises UsageError."""
        from mutt_cli.core.where import Malformed, parse

        found = parse(text)
        if isinstance(found, Malformed):
            raise UsageError(f"{flag} {safe(text)}: {found.reason}", code="MUTT-U011", tries=("mutt help filters",))
        return found

    @cached_property
    def where(self) -> tuple[Clause, ...]:
        """The conditions of --where. Raises UsageError."""
        return tuple(self.clause(text, "--where") for text in self.flags.where)

    def collect(self) -> list[Result]:
        """From now on results are kept in this list, not printed."""
        self._collected = []
        return self._collected

    def show(self, result: Result) -> None:
        """Print the result on stdout in the format asked for; warnings go to stderr unless the JSON carries them."""
        if self.flags.output_version not in {None, result.version}:
            raise UsageError(f"{result.kind} has version {result.version}, not {self.flags.output_version}")
        if isinstance(result, Listing):
            result = self._arranged(result)
        if self._collected is not None:
            self._collected.append(result)
            return
        text = self.rendered(result)
        self._remember(result)
        if not self._paged(text):
            write(sys.stdout, text)
        if self.format not in {"json", "yaml"}:
            for warning in result.warnings:
                self.say(f"warning: {warning}")

    def read(self, text: str) -> None:
        """Print a text that is meant for reading; through a pager where it is longer than the screen."""
        if not self._paged(text, long=text.count("\n") >= self.terminal_size[1]):
            write(sys.stdout, text)

    def _remember(self, result: Result) -> None:
        """Keep what completion may offer; a command does not fail because of that."""
        from mutt_cli.core.seen import taken, worth

        if not worth(result.kind, result.fields):
            return
        with suppress(Exception):
            from mutt_cli.adapters.contexts import state_dir
            from mutt_cli.adapters.seen import remember

            found = taken(result.kind, result.fields, result.rows if isinstance(result, Listing) else ())
            if found:
                remember(state_dir(self.environ), self.context.name, found)

    def rendered(self, result: Result) -> str:
        """The result, arranged already, as text in the format asked for."""
        if isinstance(result, Listing) and self.people_read:
            return self._table(result)
        indent = 2 if sys.stdout.isatty() else None
        return render(result, self.format, self.envelope(), indent=indent, local=self.flags.local)

    def envelope(self) -> Envelope:
        """What JSON says besides the result."""
        return Envelope(self.context.name, self.now())

    def json_line(self, value: Mapping[str, object]) -> str:
        """One line of JSON."""
        from mutt_cli.present.encode import json_text

        return json_text(value) + "\n"

    @property
    def terminal_size(self) -> tuple[int, int]:
        """Columns and lines."""
        import shutil

        return shutil.get_terminal_size((80, 24))

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
        wish = Arrangement(
            self.flags.names, self.flags.sort or "", limit, self.flags.after or "", self.where, self.now(),
            self.format == "wide",
        )  # fmt: skip
        shown = arranged(listing, wish)
        if shown.next is not None and not self.flags.watch:
            self.say(f"{len(shown.rows):,} of {shown.total:,} shown; next: --after {shown.next} or -n 0")
        return shown

    def _table(self, listing: Listing) -> str:
        import io

        from mutt_cli.present.console import print_listing

        stream = io.StringIO()
        print_listing(
            listing,
            stream,
            color=self.color(sys.stdout),
            width=self.terminal_size[0],
            local=self.flags.local,
            ascii_only=self.flags.ascii or not _is_utf8(sys.stdout),
        )
        return stream.getvalue()

    def _paged(self, text: str, *, long: bool = False) -> bool:
        """Show the text in a pager, if one was asked for or it is `long`, on a terminal; whether that was done."""
        wanted = self.flags.pager or bool(self.environ.get("MUTT_PAGER")) or long
        if not wanted or not sys.stdout.isatty():
            return False
        import subprocess

        from mutt_cli.commands.bound import unhurried

        command = self.environ.get("MUTT_PAGER") or self.environ.get("PAGER") or "less"
        environ = {**self.environ, "LESS": self.environ.get("LESS", "FIRX")}
        with unhurried():
            done = subprocess.run(command, shell=True, input=text, text=True, env=environ, check=False)  # noqa: S602
        return done.returncode not in {126, 127}


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
