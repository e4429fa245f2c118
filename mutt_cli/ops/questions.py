"""Questions to PostgreSQL that have an answer without it: asked until one fails, then never again, with one warning."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.ops.backends import Backends

T = TypeVar("T")


class Questions:
    """One command's. `warnings` holds each warning once, in order."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends
        self.warnings: dict[str, None] = {}
        self.answered = True
        """False as soon as PostgreSQL did not answer."""

    def ask(self, question: Callable[[Connection], T], without: T) -> T:
        """What PostgreSQL says, or `without` and a warning."""
        if not self.answered:
            return without
        try:
            return question(self._backends.postgres())
        except MuttError as error:
            problem = error
        except DatabaseError as error:
            problem = explain(error, self._backends.settings.postgres)
        self.answered = False
        self.warn(problem.message)
        return without

    def warn(self, text: str) -> None:
        """Say it once."""
        self.warnings.setdefault(text)
