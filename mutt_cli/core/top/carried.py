"""A frame whose missing parts are those of before: the last good values stay on the screen, and are marked as old."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mutt_cli.core.snapshot import Part
    from mutt_cli.core.top.frame import Frame

_PARTS: Final = ("redis", "database", "pipeline", "account", "host", "vault", "burn")


@dataclass(frozen=True)
class Carried:
    """The frame to be shown, and the names of the parts in it that are old."""

    frame: Frame
    old: frozenset[str] = frozenset()


def carried(frame: Frame, before: Carried | None) -> Carried:
    """The frame with what is missing in it taken from before, however old that is; its own time stays with it."""
    if before is None:
        return Carried(frame)
    found: dict[str, Any] = {}
    for name in _PARTS:
        now: Part[object] | None = getattr(frame.snapshot, name)
        then: Part[object] | None = getattr(before.frame.snapshot, name)
        if now is not None and now.value is None and then is not None and then.value is not None:
            found[name] = replace(then, trouble=now.trouble)
    old = frozenset(found)
    work = frame.work
    if work.value is None and before.frame.work.value is not None:
        work, old = replace(before.frame.work, trouble=work.trouble), old | {"work"}
    return Carried(replace(frame, snapshot=replace(frame.snapshot, **found), work=work), old)
