"""What the benchmarks share: medians with their spread, ratios of one run, and what processes have used."""

from __future__ import annotations

import os
import platform
import statistics
from dataclasses import dataclass, field
from pathlib import Path

TICKS_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass
class Cell:
    """One row of a table: the same measurement, once per round."""

    name: str
    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    """CPU time of the server, user and system, per unit of the rate."""
    late_ms: list[float] = field(default_factory=list)
    """The 99th percentile of the time to an answer, where that was measured."""

    def __str__(self) -> str:
        rate, low, high = statistics.median(self.rates), min(self.rates), max(self.rates)
        cpu = f"{statistics.median(self.cpu_us):9.1f}" if self.cpu_us else " " * 9
        late = f"{statistics.median(self.late_ms):9.1f}" if self.late_ms else " " * 9
        return f"{self.name:34} {rate:9,.0f}   {low:9,.0f} to {high:9,.0f} {cpu} {late}"


def heading(unit: str) -> str:
    """The line above cells."""
    return f"{unit:34} {'median':>9}   {'lowest to highest':>20} {'CPU us':>11} {'p99 ms':>9}"


def ratio(words: str, ours: Cell, theirs: Cell) -> str:
    """Round by round, because neighbours in time met the same machine."""
    each = [mine / other for mine, other in zip(ours.rates, theirs.rates, strict=True)]
    return f"{words:34} {statistics.median(each):9.2f}   {min(each):9.2f} to {max(each):9.2f}"


def machine() -> str:
    """What this ran on, and how busy it was with other things."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, load average {load:.1f}"


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for one in found:
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def cpu_s(pid: int) -> float:
    """User and system time that a process and those below it have used so far, without the children that ended."""
    return sum(_cpu_s(one) for one in tree(pid))


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * TICKS_S


def rss_mib(pid: int) -> float:
    """Resident memory of one process."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGESIZE") / (1 << 20)
