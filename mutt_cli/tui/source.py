"""What screens are looked up with: one deployment, and the commands of this program."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import utc_now
from mutt_cli.ops.backends import Backends
from mutt_cli.tui.feeder import Feeder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.ops.logs import Logs
    from mutt_cli.ops.snapshot.local import Folders


_MOST_IDLE: Final = 3


@dataclass(frozen=True)
class Known:
    """One command of the command line, as far as a screen must know it. `impact` is R, W, B, D or `-`."""

    words: tuple[str, ...]
    impact: str
    asks: bool = False
    """Whether it takes `--yes`: in some cases it would ask."""
    seconds: float | None = None
    """What it may take; None: as long as it does."""


@dataclass(frozen=True)
class Source:
    """One deployment as screens see it. Its methods are called in threads."""

    configuration: Configuration
    folders: Folders
    state: Path
    """Where this user's operations are kept that no journal has."""
    context: str
    environ: Mapping[str, str]
    protected: bool = False
    read_only: bool = False
    logs: Callable[[Sequence[str]], Logs] | None = None
    """The logs of these services, of all without any. Raises NotFoundError where there are none."""
    known: Callable[[Sequence[str]], Known | None] = field(default=lambda _: None)
    """The command that these words begin with."""
    paths: Sequence[str] = ()
    """All commands, for completion."""
    _idle: list[Backends] = field(default_factory=list)

    @contextmanager
    def backends(self) -> Iterator[Backends]:
        """Connections for one look: those of an earlier one, if it went well."""
        try:
            found = self._idle.pop()
        except IndexError:
            found = Backends(self.configuration.settings)
        try:
            yield found
        except BaseException:
            found.close()
            raise
        if len(self._idle) < _MOST_IDLE:
            self._idle.append(found)
        else:
            found.close()

    @cached_property
    def events(self) -> Feeder:
        """Events as they pass."""
        return Feeder(lambda: Backends(self.configuration.settings))

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return utc_now()
