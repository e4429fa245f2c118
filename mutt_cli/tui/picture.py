"""What is known, and what a frame of the screen is drawn from: the newest look, or an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import boottime_s, now_ms
from mutt_cli.core.top.carried import Carried, carried
from mutt_cli.ops import health
from mutt_cli.present.top.view import Lock, Mode, Size, View
from mutt_cli.tui.playhead import Playhead

if TYPE_CHECKING:
    from mutt_cli.core.health.check import HealthCheck
    from mutt_cli.core.top.frame import Frame
    from mutt_cli.core.top.track import Track
    from mutt_cli.tui.source import Source

UNLOCKED_S: Final = 600.0
_SAID_S: Final = 6.0


class Picture:
    """Holds frames, the place in time, the lock and the last message. Without `live` it is a recording's."""

    def __init__(self, source: Source, track: Track, *, live: bool, interval_s: float, ascii_only: bool) -> None:
        self.source, self.track, self.live = source, track, live
        self.head = Playhead(track, recorded=not live)
        self.interval_s, self.ascii_only = interval_s, ascii_only
        self.paused = False
        self._newest: Frame | None = None
        self._carried: Carried | None = None
        self._checks: tuple[HealthCheck, ...] = ()
        self._judged: tuple[int, tuple[HealthCheck, ...]] | None = None
        self._unlocked_until = 0.0
        self._said, self._said_until = "", 0.0

    def take(self, frame: Frame, checks: tuple[HealthCheck, ...]) -> None:
        """The newest look."""
        self._newest = frame
        self._carried, self._checks = carried(frame, self._carried), checks
        self.track.add(frame)

    def judged(self, frame: Frame) -> tuple[HealthCheck, ...]:
        """What `mutt health` makes of a frame."""
        return health.judged(frame.snapshot, self.source.configuration.settings)

    @property
    def newest(self) -> Frame | None:
        """The newest look, without anything of before in it."""
        return self._newest

    @property
    def frame(self) -> Frame | None:
        """The frame that is shown."""
        if self.head.place is not None:
            return self.track.frame(self.head.place) if len(self.track) else None
        return self._carried.frame if self._carried else None

    @property
    def why_not(self) -> str:
        """Why nothing can be changed from here whatever is typed; empty if it can."""
        if not self.live:
            return "a recording cannot be changed"
        if self.head.place is not None:
            return "this is the past: End goes back to live, then act"
        if self.paused:
            return "this is paused: p goes on, then act"
        return "this context is read-only: nothing may be changed from here" if self.source.read_only else ""

    @property
    def may_act(self) -> bool:
        """Whether keys may change something now."""
        return not self.why_not and boottime_s() < self._unlocked_until

    def unlock(self, *, on: bool) -> None:
        """Let keys change something for ten minutes, or no longer."""
        self._unlocked_until = boottime_s() + UNLOCKED_S if on and not self.source.read_only else 0.0

    def say(self, text: str) -> None:
        """Tell something for a few seconds."""
        self._said, self._said_until = text, boottime_s() + _SAID_S

    def view(self, size: Size, path: str) -> View:
        """What a frame of the screen is drawn from."""
        place, frame = self.head.place, self.frame
        left = self._unlocked_until - boottime_s()
        now = place is None and self._carried is not None
        return View(
            size, self.source.context, self.source.protected, frame,
            old=self._carried.old if self._carried and now else frozenset(),
            checks=self._checks if place is None else self._checks_at(place, frame),
            samples=self.track.samples(place), moment_ms=self.track.moment_ms(place),
            mode=self._mode(), interval_s=self.interval_s, now_ms=now_ms(),
            lock=Lock(left if self.may_act else None, for_ever=bool(self.why_not)), ascii_only=self.ascii_only,
            span=(self.track.at_ms(0), self.track.at_ms(len(self.track) - 1)) if len(self.track) else None,
            playing=self.head.playing, speed=self.head.speed, path=path,
            message=self._said if boottime_s() < self._said_until else "",
        )  # fmt: skip

    def _mode(self) -> Mode:
        if not self.live:
            return "replay"
        return "history" if self.head.place is not None else "paused" if self.paused else "live"

    def _checks_at(self, place: int, frame: Frame | None) -> tuple[HealthCheck, ...]:
        if frame is None:
            return ()
        if self._judged is None or self._judged[0] != place:
            self._judged = place, self.judged(frame)
        return self._judged[1]
