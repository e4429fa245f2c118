"""What the supervisor needs to know of a server, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mutt_cli.adapters.engines.processes import wait_until
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.engines.child import Child


@dataclass(eq=False)
class EngineError(MuttError):
    """An embedded server could not be found, started or stopped."""

    code: str = "MUTT-E101"


class Engine(Protocol):
    """One embedded server on one data folder."""

    @property
    def name(self) -> str:
        """The back end it stands for: `redis`, `db` or `vault` (D38)."""

    @property
    def child(self) -> Child | None:
        """The running process; None before `start` and after `stop`."""

    def end_earlier(self) -> None:
        """Stop a server that an earlier supervisor left on this folder. Raises EngineError if it does not end."""

    def start(self) -> None:
        """Stop a leftover on the same folder, start, and return once it answers. Raises EngineError."""

    def stop(self) -> None:
        """End it in the way that loses nothing; does nothing if it does not run."""


def await_answer(name: str, child: Child, answers: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Return once the server answers. Raises EngineError with the end of its log if it ends or stays silent."""
    if not wait_until(lambda: child.exit_code() is not None or answers(), timeout_s):
        raise EngineError(f"{name} did not answer within {timeout_s:.0f} s", why=child.last_words())
    if child.exit_code() is not None:
        raise EngineError(f"{name} ended with exit code {child.exit_code()} while starting", why=child.last_words())
