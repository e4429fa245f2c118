"""Takes back that a key was made: it ends, if it is still the same key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters import api_key_store
from mutt_cli.ops.inventory import actor_of, asked
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """The key that was made; nothing if it was ended since, or never came to be."""
    name, fingerprint = (str(recorded.originals.get(one, "")) for one in ("name", "fingerprint"))
    found = asked(backends, lambda conn: api_key_store.listed(conn, name))
    if not found or found[0].fingerprint != fingerprint:
        return Undo([])
    return Undo([f"end the key {name} ({found[0].role}): requests with it are refused"], payload=(name, fingerprint))


def carry_out(backends: Backends, _recorded: Recorded, undo: Undo, by: str) -> Undone:
    """End it."""
    name, fingerprint = undo.payload
    actor = actor_of(backends, by)
    gone = asked(backends, lambda conn: api_key_store.remove(conn, name, fingerprint, actor))
    return Undone(undo.lines if gone else [f"the key {name} is gone already"], counts={"keys": int(gone)})
