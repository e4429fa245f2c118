"""Where in the recorded time the screen is: at the newest frame, or at an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mutt_cli.core.top.track import Track

SPEEDS: Final = (1, 2, 4, 8, 16)


class Playhead:
    """A place in the track; None is the newest frame, live. Of a recording there is no live end."""

    def __init__(self, track: Track, *, recorded: bool = False) -> None:
        self.track = track
        self.recorded = recorded
        self.playing = False
        self.speed = 1
        self.place: int | None = 0 if recorded else None
        self._moment = 0.0

    def step(self, frames: int) -> None:
        """So many frames back; at the newest one it is live again."""
        self._go((len(self.track) - 1 if self.place is None else self.place) - frames)

    def seconds(self, back: float) -> None:
        """So many seconds back."""
        if not len(self.track):
            return
        at = self.track.at_ms(len(self.track) - 1 if self.place is None else self.place)
        place = self.track.place_of(round(at - back * 1000))
        self._go(place if back > 0 else max(place, (self.place or 0) + 1))

    def to(self, at_ms: int) -> None:
        """To the frame of a moment."""
        self._go(self.track.place_of(at_ms))

    def end(self) -> None:
        """To the newest frame: live, or the last one of a recording."""
        self._go(len(self.track) - 1)

    def faster(self, by: int) -> None:
        """The next speed, or the one before."""
        place = SPEEDS.index(self.speed) + by
        self.speed = SPEEDS[min(max(0, place), len(SPEEDS) - 1)]

    def play(self, seconds: float) -> bool:
        """So much time went by; whether another frame is to be shown. Plays at its speed, and stops at the end."""
        if not self.playing or self.place is None:
            return False
        self._moment += seconds * self.speed * 1000
        here, moved = self.track.at_ms(self.place), False
        while self.place < len(self.track) - 1 and here + self._moment >= self.track.at_ms(self.place + 1):
            self._moment -= self.track.at_ms(self.place + 1) - here
            self.place, moved = self.place + 1, True
            here = self.track.at_ms(self.place)
        self.playing = self.place < len(self.track) - 1
        return moved

    def _go(self, place: int) -> None:
        last, self._moment = len(self.track) - 1, 0.0
        if place >= last and not self.recorded:
            self.place, self.playing = None, False
        else:
            self.place = max(0, min(place, last))
