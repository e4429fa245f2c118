"""Takes back a line of `mutt.env`: the file of before is put back, on the host where it was written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.adapters import host
from mutt_cli.adapters.files import write_whole
from mutt_cli.adapters.operations import Audited
from mutt_cli.errors import AuthError, RefusedError
from mutt_cli.ops.static_settings import digest, kept_path
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


def plan_undo(_backends: Backends, recorded: Recorded) -> Undo:
    """What is put back. Raises RefusedError where the file is another one by now, or on another host."""
    told = recorded.originals
    where, path = str(told.get("host", "")), Path(str(told.get("file", "")))
    if where != host.hostname():
        raise RefusedError(
            f"{path} was written on {where}, this is {host.hostname()}", code="MUTT-G005",
            tries=(f"on {where}: mutt undo {recorded.id}",),
        )  # fmt: skip
    kept = kept_path(path, recorded.id)
    try:
        before = kept.read_text(encoding="utf-8", errors="surrogateescape") if kept.exists() else ""
        now = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    except OSError as error:
        raise AuthError(f"{path} cannot be read: {error.strerror}", code="MUTT-C102") from error
    if digest(now) == told.get("sha256_before"):  # it was killed before it wrote, or somebody put it back by hand
        return Undo([], [f"{path} is as it was before {recorded.id}"])
    if digest(now) != told.get("sha256_after") or digest(before) != told.get("sha256_before"):
        raise RefusedError(
            f"{path} was changed after {recorded.id}", code="MUTT-G006",
            why="putting the older file back would take the newer change with it", tries=(f"diff {kept} {path}",),
        )  # fmt: skip
    names = ", ".join(str(one) for one in told.get("settings", ()))
    return Undo([f"{path} is as it was before {names} changed; a restart makes it so"], payload=(path, before))


def carry_out(_backends: Backends, recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """Put it back."""
    path, before = undo.payload
    known = path.stat()
    try:
        write_whole(path, before.encode("utf-8", "surrogateescape"), known.st_mode & 0o777, group=known.st_gid)
    except OSError as error:
        raise AuthError(f"{path} cannot be written: {error.strerror}", code="MUTT-C107") from error
    rows = [Audited("UPDATE", "mutt.env", str(name), None, None) for name in recorded.originals.get("settings", ())]
    return Undone(undo.lines, counts={"files": 1}, originals={}, audited=rows)
