"""A round of chaos: one thing is broken for a time, healed, and the ledger is checked.

Promise: what heals it is on the disk before anything is broken. The fault is healed when its time is over, on Ctrl-C,
SIGTERM and SIGHUP; if this process is killed the watch heals it at the same time, and `mutt undo` before that. It is
told whether all is well again, and whether everything that was accepted is accounted for.
"""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters.clock import boottime_s, now_ms
from mutt_cli.adapters.stop_flag import StopFlag
from mutt_cli.core.chaos import BY_NAME, Judgement, judged
from mutt_cli.errors import MuttError, RefusedError
from mutt_cli.ops.chaos import making, mark
from mutt_cli.ops.chaos.look import Place, Recovery, Seen, Watching, counted, recovered
from mutt_cli.ops.chaos.mark import Mark
from mutt_cli.ops.chaos.traffic import Traffic
from mutt_cli.ops.chaos.watch import Orders, Watch
from mutt_cli.ops.reconcile import reconcile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from mutt_cli.core.chaos import Count, Fault, Image
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.chaos.making import Doer
    from mutt_cli.ops.chaos.stage import Stage
    from mutt_cli.ops.send import Door

RECOVERY_S: Final = 300.0
"""How long it may take until all is well again."""
_SETTLE_S: Final = 10.0
"""For a platform that is busy with itself before it counts as ill."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TICK_S: Final = 0.2
UNWELL: Final = "unwell"
"""What `--force` takes to break something where not all is well."""

How = Literal["time", "interrupt", "itself", "signal"]
"""Why it was healed: its time was over, Ctrl-C, it healed itself, or the command was told to end."""


@dataclass(frozen=True)
class Setting:
    """Where and how a round is played."""

    stage: Stage
    place: Place
    witness: Path
    seconds: float
    before: Mapping[str, str]
    """Checks that were bad before."""
    door: Door | None
    """Where sample events go in; None to send none."""
    recovery_s: float = RECOVERY_S


@dataclass(frozen=True)
class Events:
    """The sample events: how many were sent, and how many were answered with 200."""

    sent: int = 0
    answered: int = 0


@dataclass(frozen=True)
class Books:
    """The ledger afterwards: what each counter rose by, and what it cannot explain."""

    rose: Mapping[str, int]
    in_flight: int
    remainder: int
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    before: int = 0
    """What it could not explain before anything was broken."""

    @property
    def opened(self) -> int:
        """What cannot be explained since: 0 if nothing was lost or doubled."""
        return self.remainder - self.before


@dataclass(frozen=True)
class Round:
    """What happened."""

    fault: Fault
    began_ms: int
    broken_s: float
    how: How
    recovery: Recovery
    seen: tuple[Seen, ...]
    events: Events
    judgement: Judgement
    books: Books | None = None
    """None if the ledger was not checked."""
    signalled: int = 0
    """The signal that ended it."""


def well(place: Place, *, forced: bool, sleep: Callable[[float], None] = time.sleep) -> dict[str, str]:
    """The checks that are bad before anything is broken: warnings at most.

    Raises RefusedError MUTT-G058 where something is critical or not known, unless that is forced.
    """
    ends = boottime_s() + _SETTLE_S
    while True:
        bad = place.bad()
        ill = sorted(name for name, state in bad.items() if state != "warning")
        if not ill or forced:
            return bad
        if boottime_s() > ends:
            raise RefusedError(
                f"not all is well here: {', '.join(ill)}", code="MUTT-G058",
                why="what is broken already cannot be told from what would be broken; nothing was done",
                tries=("mutt doctor", f"add --force {UNWELL}"),
            )  # fmt: skip
        sleep(1.0)


def free(stage: Stage, backends: Backends) -> None:
    """Raises RefusedError MUTT-G059 while something that `mutt chaos` broke is not healed."""
    found = mark.read(stage.root)
    if found is None:
        return
    if not making.standing(backends, found.image, found.operation):
        mark.remove(stage.root, found.operation)
        return
    raise RefusedError(
        f"what {found.operation} broke is not healed yet", code="MUTT-G059",
        why="one thing at a time; it heals by itself when its time is over",
        tries=(f"mutt undo {found.operation}", f"mutt op show {found.operation}"),
    )  # fmt: skip


def play(setting: Setting, backends: Backends, image: Image, by: Doer, tell: Callable[[str], None]) -> Round:
    """One round. Raises what making or healing raises; what was broken by then is healed, or the watch does it."""
    return _Round(setting, backends, image, by, tell).run()


@dataclass
class _Round:
    setting: Setting
    backends: Backends
    image: Image
    by: Doer
    tell: Callable[[str], None]
    stop: StopFlag = field(default_factory=StopFlag)
    signalled: int = 0
    """The signal that told us to end."""

    def __post_init__(self) -> None:
        self.traffic = Traffic(self.setting.door)
        self.watching = Watching(self.setting.place, self.setting.before)

    def run(self) -> Round:
        before = counted(self.backends)
        began_ms, began = now_ms(), boottime_s()
        with self._signals(), self.traffic, self.watching:
            how = self._broken_and_healed()
            broken_s = round(boottime_s() - began, 1)
        self.backends.close()  # a server that was killed has closed its side
        part = partial(Round, BY_NAME[self.image.fault], began_ms, broken_s, how)
        if how == "signal":
            told = Judgement("ended", "healed; told to end before it could be seen whether all is well")
            return part(Recovery(None), self.watching.seen, self._events, told, signalled=self.signalled)
        self.tell("healed; looking until all is well (Ctrl-C leaves without the ledger)")
        recovery = recovered(self.setting.place, self.setting.before, self.setting.recovery_s, time.sleep)
        books = self._books(before, began_ms)
        judgement = judged(
            recovered=recovery.seconds is not None and books is not None, answered=self.traffic.answered,
            remainder=books.opened if books else 0, accepted=books.rose.get("accepted", 0) if books else 0,
            left=recovery.left, limit_s=self.setting.recovery_s,
        )  # fmt: skip
        return part(recovery, self.watching.seen, self._events, judgement, books)

    def _broken_and_healed(self) -> How:
        setting, operation = self.setting, self.by.operation
        root = setting.stage.root
        mark.put(root, Mark(operation, self.image))
        watch = Watch(
            Orders(
                str(root), setting.stage.record.env_file, operation, self.by.actor, self.image, setting.seconds
            )
        )  # fmt: skip
        try:
            making.make(setting.stage, self.backends, self.image, setting.seconds, self.by)
            self.tell(f"broken for {setting.seconds:g} s; Ctrl-C heals. Find it: mutt top, mutt doctor, mutt health")
            return self._waited()
        finally:
            making.heal(self.backends, self.image, self.by)
            mark.remove(root, operation)
            watch.dismiss()

    def _waited(self) -> How:
        ends = boottime_s() + self.setting.seconds
        while (left := ends - boottime_s()) > 0:
            if making.ended_by_itself(self.setting.stage, self.image):
                return "itself"
            if self.stop.wait(min(left, _TICK_S)):
                return "interrupt" if self.signalled == signal.SIGINT else "signal"
        return "time"

    def _books(self, before: Count, began_ms: int) -> Books | None:
        """The ledger; None where it cannot be read."""
        with suppress(MuttError):
            after = counted(self.backends)
            found = reconcile(self.backends, self.setting.witness, since_ms=began_ms)
            rose = after.since(before)
            return Books(rose, after.in_flight, found.remainder, found.missing, found.extra, before.remainder)
        return None

    @property
    def _events(self) -> Events:
        return Events(self.traffic.sent, self.traffic.answered)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """A signal ends the wait, and never what heals."""
        before = [signal.signal(number, self._told) for number in _SIGNALS]
        try:
            yield
        finally:
            for number, handler in zip(_SIGNALS, before, strict=True):
                signal.signal(number, handler)

    def _told(self, number: int, _frame: object) -> None:
        self.signalled = self.signalled or number
        self.stop.set()
