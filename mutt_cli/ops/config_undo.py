"""Takes back a change of settings at run time: each key gets what was stored before, if nobody changed it since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mutt_cli.adapters import dynamic_store
from mutt_cli.adapters.dynamic_store import Return
from mutt_cli.adapters.operations import Audited
from mutt_cli.core.moment import rfc3339
from mutt_cli.errors import RefusedError
from mutt_cli.ops import static_undo
from mutt_cli.ops.undo import Undo, Undone
from mutt_cli.settings import BY_DYNAMIC
from mutt_cli.settings.values import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends

Texts = dict[str, str | None]


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What each key goes back to. Raises RefusedError MUTT-G006 if one of them holds something else by now."""
    if "file" in recorded.originals:
        return static_undo.plan_undo(backends, recorded)
    former, made = _texts(recorded.originals, "former"), _texts(recorded.originals, "made")
    now = dynamic_store.read(backends.redis(), backends.keys).chosen
    changed = [key for key, text in made.items() if now.get(key) not in {text, former.get(key)}]
    if changed:
        raise RefusedError(
            f"{', '.join(changed)} was changed after {recorded.id}",
            code="MUTT-G006",
            why="taking the older change back would take the newer one with it",
            tries=(f"mutt config history {changed[0]}", f"mutt config set {changed[0]}=VALUE"),
        )
    ends = msgspec.convert(recorded.originals.get("returns") or {}, dict[str, Return])
    lines = [
        f"{key}: {_told(key, now.get(key))} -> {_told(key, text)}{_end(ends.get(key))}" for key, text in former.items()
    ]
    return Undo(lines, payload=(former, ends))


def carry_out(backends: Backends, recorded: Recorded, undo: Undo, by: str) -> Undone:
    """Store and announce what was there before."""
    if "file" in recorded.originals:
        return static_undo.carry_out(backends, recorded, undo, by)
    former, ends = undo.payload
    was = dynamic_store.change(backends.redis(), backends.keys, former, returns=ends)
    audited = [_audited(key, was.texts[key], text) for key, text in former.items()]
    originals = {"former": dict(was.texts), "made": former, "returns": msgspec.to_builtins(dict(was.returns))}
    return Undone(undo.lines, counts={"settings": len(former)}, originals=originals, audited=audited)


def _end(end: Return | None) -> str:
    return f", which goes back by itself at {rfc3339(end.at)}" if end else ""


def _texts(originals: Mapping[str, object], name: str) -> Texts:
    found = originals.get(name)
    return {str(key): text for key, text in found.items()} if isinstance(found, dict) else {}


def _told(key: str, text: str | None) -> str:
    if text is None:
        return "not set at run time"
    declaration = BY_DYNAMIC.get(key)
    return shown(declaration, text)[1:-1] if declaration and declaration.may_hold_secret else text


def _audited(key: str, old: str | None, new: str | None) -> Audited:
    kind = "DELETE" if new is None else "CREATE" if old is None else "UPDATE"
    before, after = ({"value": _told(key, text)} if text is not None else None for text in (old, new))
    return Audited(kind, "config", key, before, after)
