"""Maintenance windows: planned work, with an end. `mutt status` tells of open ones; nothing is switched off by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.adapters import maintenance, queue_reading
from mutt_cli.adapters.operations import Audited
from mutt_cli.core.window import Window
from mutt_cli.errors import NotFoundError, RefusedError, UsageError
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends

SCOPES: Final = (
    "all", "ingestor", "alerter", "forwarder", "remediation", "webui", "redis", "db", "vault", "moog", "host",
)  # fmt: skip
"""What a window can be about: everything, a service, a back end, or this host."""


def scope_of(text: str | None) -> str:
    """The scope as it is kept: one word, or several with commas. Raises UsageError for a word that is none."""
    words = [word.strip() for word in (text or "all").split(",") if word.strip()]
    unknown = [word for word in words if word not in SCOPES]
    if unknown or not words:
        raise UsageError(f"there is no scope {', '.join(unknown) or 'of that name'}: there is {', '.join(SCOPES)}")
    return ",".join(dict.fromkeys(words))


def windows(backends: Backends) -> tuple[list[Window], int]:
    """All windows, the newest first, and the time. Raises RedisUnavailableError."""
    return maintenance.read(backends.redis(), backends.keys)


def covering(backends: Backends, scope: str) -> Window | None:
    """The open window of this scope, if there is one."""
    known, now = windows(backends)
    return next((one for one in known if one.open(now) and one.scope == scope), None)


def chosen(backends: Backends, name: str | None) -> tuple[Window, int]:
    """The window of that id (or how it begins), else the only open one. Raises NotFoundError or UsageError."""
    known, now = windows(backends)
    if name is None:
        found = [one for one in known if one.open(now)]
        if not found:
            raise NotFoundError("no maintenance window is open", tries=("mutt maintenance list",))
    else:
        found = [one for one in known if one.id.lower().startswith(name.lower())]
        if not found:
            raise NotFoundError(f"there is no maintenance window {name}", tries=("mutt maintenance list",))
    if len(found) > 1:
        names = ", ".join(one.id for one in found)
        raise UsageError(f"several windows are meant: {names}", tries=(f"mutt maintenance show {found[0].id}",))
    return found[0], now


def begin(backends: Backends, made: Window, *, for_s: float) -> Window:
    """Open a window for so long from now on."""
    now = queue_reading.now_ms(backends.redis())
    window = msgspec.structs.replace(made, since=now, until=now + int(for_s * 1000))
    maintenance.keep(backends.redis(), backends.keys, window)
    return window


def end(backends: Backends, window: Window, by: str) -> Window:
    """End it now."""
    now = queue_reading.now_ms(backends.redis())
    ended = msgspec.structs.replace(window, ended=now, ended_by=by)
    maintenance.keep(backends.redis(), backends.keys, ended)
    return ended


def image(window: Window | None) -> dict[str, Any] | None:
    """As the operations journal keeps it."""
    return msgspec.to_builtins(window) if window else None


def audited(before: Window | None, after: Window) -> list[Audited]:
    """The row of the audit."""
    kind = "CREATE" if before is None else "UPDATE"
    return [Audited(kind, "maintenance", after.id, image(before), image(after))]


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """A window that was opened is ended; one that was ended is open again until its time is over."""
    stored = recorded.originals.get("made")
    made = msgspec.convert(stored, Window) if stored else None
    known, now = windows(backends)
    found = next((one for one in known if one.id == (made.id if made else recorded.id)), None)
    if found is None or (made is not None and found != made) or now >= found.until:
        raise RefusedError(
            f"the window of {recorded.id} is over, or somebody changed it", code="MUTT-G006",
            why="taking the older change back would take the newer one with it", tries=("mutt maintenance list",),
        )  # fmt: skip
    lines = [f"window {found.id} is {'open again' if found.ended else 'ended'}"]
    return Undo(lines, payload=found)


def carry_out(backends: Backends, _recorded: Recorded, undo: Undo, by: str) -> Undone:
    """Carry that out."""
    found: Window = undo.payload
    if found.ended:
        after = msgspec.structs.replace(found, ended=0, ended_by="")
        maintenance.keep(backends.redis(), backends.keys, after)
    else:
        after = end(backends, found, by)
    originals = {"former": image(found), "made": image(after)}
    return Undone(undo.lines, counts={"windows": 1}, originals=originals, audited=audited(found, after))
