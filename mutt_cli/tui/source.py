"""What screens are looked up with: one deployment, and the commands of this program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mutt_cli.adapters.clock import utc_now
from mutt_cli.ops.backends import Backends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.ops.logs import Logs
    from mutt_cli.ops.snapshot.local import Folders


@dataclass(frozen=True)
class Known:
    """One command of the command line, as far as a screen must know it. `impact` is R, W, B, D or `-`."""

    words: tuple[str, ...]
    impact: str


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

    def backends(self) -> Backends:
        """Connections for one look."""
        return Backends(self.configuration.settings)

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return utc_now()
