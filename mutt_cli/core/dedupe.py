"""Deduplication (D10): which alerts are repeats of one another, and what becomes of a repeat.

The fingerprint is rule, host and message without its timestamp and sequence number. Digits are not folded: Gi0/1 and
Gi0/2 are two faults, unless the rule opts in.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mutt_cli.core.rules import Rule

_STAMPS: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\beventtime=\d+|(?<=\(\w\))\[\d+\](?=:)"  # Fortinet's event time, Huawei's log number
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:[.,]\d+)?"
)
_A_STAMP_NEEDS: Final = re.compile(r"\d:\d\d:\d|eventtime=|\)\[")
"""Something that every stamp has in it: looking for this first costs a fifth, and most messages have none."""
_SEQUENCE: Final = re.compile(r"^\s*\d{1,10}: ")
# Runs of hex digits are taken whole (possessive) and looked at once: the cost is linear in any input.
_FOLDED: Final = re.compile(r"0[xX][0-9a-fA-F]++|\b[0-9a-fA-F]{4,}+\b|\d++")

KEEP_AFTER_WINDOW_MS: Final = 3_600_000
"""How long a mark outlives its window, so that the next alert can say how many were suppressed."""


CLAIMED_EARLIER_MS: Final = 60_000
"""So much older than another a batch may be that is still being decided."""


@dataclass(frozen=True)
class Mark:
    """What Redis remembers of a fingerprint: the alert that passed, until when it stands for others, how many."""

    id: str
    until_ms: int
    followers: int = 0


@dataclass(frozen=True)
class Pass:
    """The alert goes out. `suppressed` followers of the former one are reported with it; `replaces` is its mark."""

    suppressed: int = 0
    replaces: str = ""


@dataclass(frozen=True)
class Follow:
    """A repeat: counted on the mark of the alert `parent`, not sent."""

    parent: str


def stable_text(message: str, *, fold: bool) -> str:
    """The message without what differs between repeats of one fault."""
    text = _SEQUENCE.sub("", message, count=1)
    if _A_STAMP_NEEDS.search(text):
        text = _STAMPS.sub("", text)
    return _FOLDED.sub(_folded, text) if fold else text


def _folded(run: re.Match[str]) -> str:
    """A run with a digit in it is a number; `dead` or `face` may be words."""
    return "#" if any(char.isdigit() for char in run.group()) else run.group()


def fingerprint(rule: Rule, hostname: str, message: str) -> str:
    """32 hex digits that equal alerts share; also the signature that Moogsoft groups by."""
    text = f"{rule.id}\x00{hostname}\x00{stable_text(message, fold=rule.dedupe_fold)}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def decide(mark: Mark | None, now_ms: int, window_ms: int) -> Pass | Follow:
    """First of its window passes, others follow. A window of 0 turns deduplication off.

    A mark that lasts for well over a window from now was made before the window was shortened, or the clock set back:
    it holds nothing up. "Now" is when a batch was claimed, so that one claimed later may have made the mark.
    """
    if mark is None or window_ms <= 0:
        return Pass()
    if 0 < mark.until_ms - now_ms <= window_ms + CLAIMED_EARLIER_MS:
        return Follow(mark.id)
    return Pass(suppressed=mark.followers, replaces=mark.id)
