"""Takes back `mutt vault set`: Vault itself keeps the earlier value (version 2 of its engine); MUTT never did.

The operations journal holds the numbers of the revisions, so undo needs that Vault still has the earlier one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import operations_reading
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.adapters.vault_desk import VaultDesk
from mutt_cli.errors import RefusedError
from mutt_cli.ops.secret_readers import LONGEST_WAIT_S, called
from mutt_cli.ops.undo import Undo, Undone
from mutt_cli.ops.vault import audited, configured

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What goes back. Raises RefusedError MUTT-G005 without earlier revisions, G006 if the key was changed since."""
    key, before, after = (recorded.originals.get(name) for name in ("key", "revision_before", "revision_after"))
    desk = VaultDesk(configured(backends.settings))
    if after is None and isinstance(key, str) and isinstance(before, int):
        after = _interrupted_write(desk, key, before)
        after = None if after is not None and _of_somebody_else(backends, recorded, after) else after
    if not (isinstance(key, str) and isinstance(before, int) and isinstance(after, int) and after > 0):
        raise RefusedError(
            f"{recorded.id} cannot be taken back: Vault keeps no earlier value",
            code="MUTT-G005",
            why="the secret lies in an engine of version 1, or the write did not happen",
            tries=(f"mutt vault set {key} --file -" if key else "mutt vault set KEY --file -",),
        )
    now, then, made = desk.read(), desk.read(before) if before else None, desk.read(after)
    if not made.fields or (before and then is not None and not then.fields):
        raise RefusedError(
            f"{recorded.id} cannot be taken back: Vault has deleted revision {before if made.fields else after}",
            code="MUTT-G005",
            why="it keeps a limited number of revisions (max_versions), and people can delete some",
            tries=(f"mutt vault set {key} --file -",),
        )
    if now.fields.get(key) != made.fields.get(key):
        raise RefusedError(
            f"{key} was changed after {recorded.id}",
            code="MUTT-G006", why="taking the older change back would take the newer one with it",
            tries=(f"mutt vault set {key} --file -",),
        )  # fmt: skip
    former = then.fields.get(key) if then else None
    fields = {name: value for name, value in now.fields.items() if name != key}
    fields |= {} if former is None else {key: former}
    what = f"its value of revision {before}" if former is not None else "nothing: it was not there"
    return Undo([f"{desk.secret_name} {key}: back to {what}"], payload=(key, now, fields))


def _interrupted_write(desk: VaultDesk, key: str, before: int) -> int | None:
    """The revision that a command wrote which was killed before it heard of it; None if there is none.

    Its write was bound to the revision before, so it is the next one, unless somebody else's write came first: then
    that one is taken for it only if it changed this key and nothing else.
    """
    now = desk.read()
    if now.version == 1 or now.revision <= before:
        return None
    then, made = desk.read(before).fields if before else {}, desk.read(before + 1).fields
    changed = {name for name in {*then, *made} if then.get(name) != made.get(name)}
    return before + 1 if changed == {key} else None


def _of_somebody_else(backends: Backends, recorded: Recorded, revision: int) -> bool:
    """Whether the operations journal knows whose revision it is; one that cannot be asked makes nobody sure."""
    try:
        return operations_reading.wrote_revision(backends.postgres(), revision, recorded)
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error


def carry_out(backends: Backends, _recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """Write the earlier value back as a new revision; the other keys stay as they are now."""
    key, now, fields = undo.payload
    desk = VaultDesk(configured(backends.settings))
    revision = desk.write(now, fields)
    originals: dict[str, Any] = {"key": key, "revision_before": now.revision, "revision_after": revision}
    changed = {key: "restored" if key in fields else "removed"}
    answers = called(backends, LONGEST_WAIT_S)
    late = [f"{one.service} {one.name} on {one.host} has not read it yet" for one in answers.behind]
    cannot = [*late, *([answers.trouble] if answers.trouble else [])]
    return Undone(undo.lines, cannot, {"keys": 1}, originals, audited(desk.secret_name, changed, revision=revision))
