"""A rate as people write it: `1000/1m`, `200/60s`, `5/s`."""

from __future__ import annotations

from dataclasses import dataclass

from mutt_cli.core.spans import duration


@dataclass(frozen=True)
class Rate:
    """So many in so many seconds."""

    count: int
    seconds: int

    @property
    def per_second(self) -> float:
        """The same as a number."""
        return self.count / self.seconds


def read_rate(text: str) -> Rate | None:
    """The rate of `COUNT/PERIOD`, whole seconds; None if it is none. `5/s` means `5/1s`."""
    count, slash, period = text.strip().replace(",", "").replace("_", "").partition("/")
    if not slash or not (count.isascii() and count.isdigit()) or int(count) == 0:
        return None
    period = period.strip()
    span = duration(f"1{period}" if period.isalpha() else period)
    seconds = span.total_seconds() if span is not None else 0
    if seconds < 1 or seconds != int(seconds):
        return None
    return Rate(int(count), int(seconds))
