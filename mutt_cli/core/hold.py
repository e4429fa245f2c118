"""What a person switched off: who, why, since when, until when. Wherever it is shown, all four are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BY_HAND: Final = "somebody, by hand"
"""The actor of a hold that was written without `mutt`."""


class Hold(msgspec.Struct, frozen=True):
    """One thing that is switched off. Times are Unix ms by the clock of Redis; `until` 0: until it is lifted."""

    actor: str = BY_HAND
    reason: str = ""
    operation: str = ""
    command: str = ""
    """The command that made it, without `mutt`."""
    since: int = 0
    until: int = 0

    def over(self, now_ms: int) -> bool:
        """Whether its time has passed."""
        return 0 < self.until <= now_ms

    def outlasts(self, until_ms: int) -> bool:
        """Whether it would hold longer than one that ends then (0: that one has no end)."""
        return until_ms > 0 and (self.until <= 0 or self.until > until_ms)

    @property
    def words(self) -> str:
        """`mk@bastion since 03:00:11Z until 04:00:11Z: INC-1182`; a day is named where it is not the same."""
        words = [self.actor]
        if self.since:
            words.append(f"since {_short(self.since)}")
        words.append(f"until {_short(self.until, self.since)}" if self.until else "until somebody ends it")
        return " ".join(words) + (f": {self.reason}" if self.reason else "")

    @property
    def phrase(self) -> str:
        """`words` after `by`."""
        return f"by {self.words}"


def told(image: Mapping[str, object]) -> dict[str, str]:
    """A hold as the audit keeps it: moments in words, nothing that was not said."""
    moments = {name: rfc3339(ms) for name in ("since", "until") if isinstance(ms := image.get(name), int) and ms}
    words = {name: str(image[name]) for name in ("actor", "reason", "command", "operation") if image.get(name)}
    return words | moments


def read_hold(text: bytes) -> Hold:
    """The hold that is stored; whatever a hand wrote holds too, and nobody knows more about it."""
    try:
        return msgspec.json.decode(text, type=Hold)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Hold()


def standing(stored: Mapping[str, Hold], now_ms: int) -> dict[str, Hold]:
    """Those whose time is not over, by what they hold."""
    return {name: hold for name, hold in stored.items() if not hold.over(now_ms)}


def first_of(stored: Mapping[str, Hold], names: Iterable[str]) -> Hold | None:
    """The first hold on one of these names: a service, or one instance of it."""
    return next((stored[name] for name in names if name in stored), None)


def _short(at_ms: int, beside_ms: int = 0) -> str:
    text = rfc3339(at_ms)
    same_day = beside_ms and rfc3339(beside_ms)[:10] == text[:10]
    return text[11:19] + "Z" if same_day else text[:19] + "Z"
