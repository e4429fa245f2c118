"""What a fault of the laboratory is: how it is made in running processes, and what has to be said of it."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mutt_cli.daemons.behaviour import Behaviour
from tests.stack import SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.stack import Stack

State = Literal["warning", "critical"]
How = Literal["mend", "advise"]
"""Whether a command of mutt's own takes it back, as the test does, or another program or person."""


@dataclass(frozen=True)
class Fault:
    """One fault. `make` holds while its block runs and takes it back afterwards."""

    name: str
    make: Callable[[Stack], AbstractContextManager[None]]
    cause: str
    """What `mutt doctor` calls it."""
    check: str
    """The check of `mutt health` that shows it, or several; empty where health does not judge it."""
    state: State
    how: How
    follows: tuple[str, ...] = ()
    """Checks that may be bad as its consequences."""

    @property
    def checks(self) -> list[str]:
        """Each check that shows it."""
        return self.check.split()


FAULTS: list[Fault] = []
WELL = Behaviour(bearer=SECRETS["MOOG_API_KEY"])
"""How Moogsoft behaves where nothing is wrong: as a real one it wants our key."""


def _made_by(function: Callable[[Stack], Iterator[None]]) -> Callable[[Stack], AbstractContextManager[None]]:
    @contextmanager
    def made(stack: Stack) -> Iterator[None]:
        steps = function(stack)
        next(steps)
        try:
            yield
        finally:  # also where a test has failed: the next fault starts from a deployment that is well
            for _ in steps:
                pass

    return made


def fault(
    cause: str, check: str, state: State, *follows: str, how: How = "mend"
) -> Callable[[Callable[[Stack], Iterator[None]]], None]:
    """Enter a generator as a fault: it makes it, yields, and takes it back; its name is the fault's."""

    def entered(function: Callable[[Stack], Iterator[None]]) -> None:
        name = function.__name__.replace("_", " ")
        FAULTS.append(Fault(name, _made_by(function), cause, check, state, how, follows))

    return entered


def purged(stack: Stack, queue: str) -> None:
    """`mutt queue purge`: everything out of this queue, into a backup file."""
    done = stack.mutt("queue", "purge", queue, "--confirm", queue, "--reason", "lab")
    assert done.returncode == 0, done.stderr


def await_daemons(stack: Stack) -> None:
    """Until the first of each that is alive is at work again."""
    for name in stack.daemons:
        if stack.daemons[name].alive and "-" not in name:
            stack.wait_healthy(name)


def well(stack: Stack, check: str) -> None:
    """`mutt health` finds this check well again: what the test has run is a mend."""
    done = stack.mutt("health", "--only", check)
    assert done.returncode == 0, done.stdout
