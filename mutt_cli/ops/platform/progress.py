"""Telling what is being done, as it is done, to whoever prints it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mutt_cli.adapters.clock import boottime_s

if TYPE_CHECKING:
    from collections.abc import Iterator

State = Literal["start", "ok", "fail"]
Report = Callable[[str, State, str, float], None]
"""`report(step, state, detail, seconds)`. Each step starts once and ends once; `detail` is one line, maybe empty."""


def unfailing(report: Report) -> Report:
    """The same report, but a terminal that has gone away never keeps a platform from being stopped in order."""

    def told(name: str, state: State, detail: str, seconds: float) -> None:
        with suppress(Exception):
            report(name, state, detail, seconds)

    return told


@dataclass
class Step:
    """A step in progress; `detail` is what its success will say."""

    detail: str = ""


@contextmanager
def step(report: Report, name: str, detail: str = "") -> Iterator[Step]:
    """Report the block's start, and its end or its failure with the time it took."""
    began = boottime_s()
    report(name, "start", detail, 0.0)
    current = Step(detail)
    try:
        yield current
    except Exception as error:
        report(name, "fail", str(error), boottime_s() - began)
        raise
    report(name, "ok", current.detail, boottime_s() - began)
