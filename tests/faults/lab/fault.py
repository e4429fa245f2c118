"""What a fault of the laboratory is: how it is made in running processes, and what has to be said of it."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.stack import Stack

State = Literal["warning", "critical"]


@dataclass(frozen=True)
class Fault:
    """One fault. `make` holds while its block runs and takes it back afterwards."""

    name: str
    make: Callable[[Stack], AbstractContextManager[None]]
    check: str
    """The check of `mutt health` that is its cause."""
    state: State
    follows: tuple[str, ...] = ()
    """Checks that may be bad as its consequences."""


FAULTS: list[Fault] = []


def fault(check: str, state: State, *follows: str) -> Callable[[Callable[[Stack], Iterator[None]]], None]:
    """Enter a generator as a fault: it makes it, yields, and takes it back; its name is the fault's."""

    def entered(function: Callable[[Stack], Iterator[None]]) -> None:
        name = function.__name__.replace("_", " ")
        FAULTS.append(Fault(name, contextmanager(function), check, state, follows))

    return entered
