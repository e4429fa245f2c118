"""How people look at pages: light or dark, a desk or a telephone, with scripts or without."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

DESK: Final = (1280, 800)
PHONE: Final = (360, 740)
SMALLEST: Final = (320, 640)


@dataclass(frozen=True)
class Look:
    """One of them. Whether it is dark is what the system prefers, which pages follow."""

    dark: bool
    size: tuple[int, int]
    script: bool

    def __str__(self) -> str:
        theme, script = "dark" if self.dark else "light", "script" if self.script else "plain"
        return f"{theme}-{self.size[0]}-{script}"


SCRIPTED: Final = Look(dark=False, size=DESK, script=True)
PLAIN: Final = Look(dark=True, size=PHONE, script=False)
ALL: Final = tuple(Look(*one) for one in product((False, True), (DESK, PHONE), (True, False)))


def looks(*by_day: Look, others: Iterable[Look] = ALL) -> pytest.MarkDecorator:
    """Run a test in these by day, and by night in the others too."""
    nightly = [pytest.param(one, id=str(one), marks=pytest.mark.nightly) for one in others if one not in by_day]
    return pytest.mark.parametrize("look", [*(pytest.param(one, id=str(one)) for one in by_day), *nightly])
