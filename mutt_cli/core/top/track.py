"""The frames of the last hours, packed, with what rates and curves are made of beside them."""

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
    """What was seen, oldest first. A frame that is older than the newest one is not taken."""

    def __init__(self, frames: Iterable[Frame] = (), most: int = MOST) -> None:
        self._most = most
        self._at: list[int] = []
        self._packed: list[bytes] = []
        self._samples: list[Sample | None] = []
        for frame in frames:
            self.add(frame)

    def __len__(self) -> int:
        return len(self._at)

    def add(self, frame: Frame) -> None:
        """Keep one more; the oldest goes where there is no room."""
        if self._at and frame.at_ms <= self._at[-1]:
            return
        self._at.append(frame.at_ms)
        self._packed.append(packed(frame))
        self._samples.append(sample(frame))
        if len(self._at) > self._most:
            for kept in (self._at, self._packed, self._samples):
                del kept[0]

    def at_ms(self, place: int) -> int:
        """When the frame of this place was taken."""
        return self._at[place]

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
