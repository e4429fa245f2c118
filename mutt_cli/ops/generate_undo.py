"""Takes back the writing of generated files: each file becomes what it was, if nobody changed it since."""

from __future__ import annotations

import platform
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import system_files
from mutt_cli.adapters.identity import Identity
from mutt_cli.adapters.operations import Audited
from mutt_cli.errors import RefusedError
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends

Image = dict[str, Any]


def plan_undo(_backends: Backends, recorded: Recorded) -> Undo:
    """What each file goes back to; one that was not written yet when the command was killed is as it was.

    Raises RefusedError MUTT-G006 where a file was changed since, or was written on another host.
    """
    if recorded.host != platform.node():
        raise RefusedError(
            f"{recorded.id} wrote files of {recorded.host}, and this is {platform.node()}", code="MUTT-G006",
            tries=(f"on {recorded.host}: mutt undo {recorded.id}",),
        )  # fmt: skip
    images: list[Image] = list(recorded.originals.get("files") or ())
    written = [one for one in images if _now(one) != _before(one)]
    changed = [one["path"] for one in written if _now(one) != one["made"]]
    if changed:
        raise RefusedError(
            f"{', '.join(changed)} {'was' if len(changed) == 1 else 'were'} changed after {recorded.id}",
            code="MUTT-G006",
            why="taking the older change back would take the newer one with it",
            tries=(f"mutt op show {recorded.id}",),
        )
    lines = [f"{one['path']}: {'as it was before' if one['before'] else 'removed'}" for one in written]
    return Undo(lines, payload=written)


def carry_out(_backends: Backends, _recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """Put back or remove each file. Raises MuttError MUTT-C108."""
    written: list[Image] = undo.payload
    for one in written:
        _restore(Path(one["path"]), one["before"])
    return Undone(undo.lines, counts={"files": len(written)}, audited=[_audited(one) for one in written])


def _restore(path: Path, before: Image | None) -> None:
    if before is None:
        system_files.remove(path)
    else:
        owner = Identity(before["uid"], before["gid"], "")
        system_files.put(path, before["content"].encode(), before["mode"], owner)


def _now(image: Image) -> str | None:
    """The sum of what the path holds; None if there is nothing."""
    found = system_files.look(Path(image["path"]))
    return None if found is None else sha256(found.content or b"").hexdigest()


def _before(image: Image) -> str | None:
    was = image["before"]
    return None if was is None else sha256(was["content"].encode()).hexdigest()


def _audited(image: Image) -> Audited:
    before = _before(image)
    new = None if before is None else {"sha256": before}
    return Audited("UPDATE" if new else "DELETE", "file", image["path"], {"sha256": image["made"]}, new)
