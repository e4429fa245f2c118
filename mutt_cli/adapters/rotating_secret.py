"""A secret that may have two values: the one that works is used, the other is tried when it is refused (D15, C-30).

Promise: whoever logs in with it tries the other value before the refusal counts as trouble; which one works is kept
and said once in the log, by name. No value is ever logged.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, TypeVar

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.core.keyring import Keyring

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = logging.getLogger("mutt.vault")
T = TypeVar("T")


class RotatingSecret:
    """One secret by its name. Any thread may use it."""

    def __init__(
        self, name: str, values: Callable[[], Sequence[str]], doubted: Callable[[], None] = lambda: None
    ) -> None:
        """`values` gives those of now, in order, an empty one for none; `doubted` is called when all were refused."""
        self._name, self._values, self._doubted = name, values, doubted
        self._ring = Keyring()
        self._source: object = None
        self._lock = threading.Lock()

    def first(self) -> str:
        """The value to begin with; empty for none."""
        with self._lock:
            return self._ring.first(self._values(), boottime_s())

    def working(self) -> str:
        """The name of the value that works, `NAME` or `NAME_NEXT`; empty while none was accepted."""
        values = list(self._values())
        with self._lock:
            value = self._ring.working(values)
        return self._named(values.index(value)) if value in values else ""

    def read_from(self, source: object) -> None:
        """The values are from there: whenever it is another one, the first that was refused is tried once more."""
        with self._lock:
            if source is not self._source:
                self._ring, self._source = self._ring.read_again(), source

    def refused(self, value: str) -> str | None:
        """Note that it was refused; the one to try instead, or None if all have been refused lately."""
        with self._lock:
            self._ring = self._ring.after_refusal(value, boottime_s())
            other = self._ring.other(self._values(), boottime_s())
        if other is None:
            self._doubted()
        return other

    def accepted(self, value: str) -> None:
        """Note that it was accepted; begin with it from now on."""
        values = list(self._values())
        with self._lock:
            before, self._ring = self._ring, self._ring.after_success(value)
            after = self._ring
        used = after.working(values)
        if used not in values:
            return
        name = self._named(values.index(used))
        gone = [self._named(place) for place, one in enumerate(values) if one in {*after.passed} - {*before.passed}]
        if gone:
            log.warning("%s was refused, %s works: it is used from now on", gone[0], name)
        elif before.working(values) not in {"", used}:
            log.info("%s works: it is used from now on", name)

    def admitted(self, attempt: Callable[[str], T], refuses: Callable[[Exception], bool]) -> T:
        """What `attempt` returns with the first value that is let in; else its last error, which `refuses` knows."""
        value, tried = self.first(), set[str]()
        while True:
            tried.add(value)
            try:
                made = attempt(value)
            except Exception as error:
                other = self.refused(value) if refuses(error) else None
                if other is None or other in tried:
                    raise
                value = other
            else:
                self.accepted(value)
                return made

    def _named(self, place: int) -> str:
        return self._name if place == 0 else f"{self._name}_NEXT"
