"""The frames of the last hours, packed, with what rates and curves are made of beside them.

In the order of Redis' clock, which counted everything in them: hosts that took them may disagree about the time. A
frame without Redis stands where its own host's clock puts it, corrected by what that differed from Redis' last.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from mutt_cli.core.top.frame import sample
from mutt_cli.core.top.recording import Unreadable, packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutt_cli.core.top.frame import Frame, Sample

MOST: Final = 4_000
"""Frames that are kept: two hours of two seconds, of 2 KB each."""


class Track:
    """What was seen, oldest first."""

    def __init__(self, frames: Iterable[Frame] = (), most: int = MOST) -> None:
        self._most = most
        self._at: list[int] = []
        self._packed: list[bytes] = []
        self._samples: list[Sample | None] = []
        self._ahead_ms = 0
        """Redis' clock before the clock of who looked, at the last look that both were known of."""
        for frame in frames:
            self.add(frame)

    def __len__(self) -> int:
        return len(self._at)

    def add(self, frame: Frame) -> None:
        """Keep one more; the oldest goes where there is no room.

        What claims to be newer than the newest look is of a clock that was wrong, or was set back: it is forgotten.
        """
        found = sample(frame)
        if found is not None:
            self._ahead_ms = found.at_ms - frame.at_ms
        at_ms = found.at_ms if found is not None else frame.at_ms + self._ahead_ms
        if self._at and at_ms == self._at[-1]:
            return
        while self._at and self._at[-1] > at_ms:
            self._forget(-1)
        self._at.append(at_ms)
        self._packed.append(packed(frame))
        self._samples.append(found)
        if len(self._at) > self._most:
            self._forget(0)

    def _forget(self, place: int) -> None:
        for kept in (self._at, self._packed, self._samples):
            del kept[place]

    def at_ms(self, place: int) -> int:
        """When the frame of this place was taken."""
        return self._at[place]

    def moment_ms(self, place: int | None = None) -> int:
        """The same of the newest without a place; 0 where there is none."""
        if not self._at:
            return 0
        return self._at[-1 if place is None else place]

    def frame(self, place: int) -> Frame | None:
        """The frame of this place."""
        found = unpacked(self._packed[place])
        return None if isinstance(found, Unreadable) else found

    def samples(self, place: int | None = None, span_ms: int = 400_000) -> Sequence[Sample]:
        """The samples of the time up to this place (without one: the newest), for rates and curves."""
        last = len(self._at) - 1 if place is None else place
        if last < 0:
            return []
        first = bisect_right(self._at, self._at[last] - span_ms)
        return [one for one in self._samples[first : last + 1] if one is not None]

    def place_of(self, at_ms: int) -> int:
        """The last frame that was taken up to this moment; the first where there is none."""
        return max(0, bisect_right(self._at, at_ms) - 1)
