"""Putting generated files into a system: what would change, the change, and what undo needs to know.

A file that a person changed stays, and ours is written beside it as `NAME.new`. No back end is needed for any of it.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import system_files
from mutt_cli.adapters.identity import Identity
from mutt_cli.adapters.operations import Audited
from mutt_cli.core.generated import SUFFIX, is_untouched, judged
from mutt_cli.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mutt_cli.adapters.system_files import Found
    from mutt_cli.core.generated import Action, GeneratedFile


@dataclass(frozen=True)
class Step:
    """What happens to one file."""

    file: GeneratedFile
    action: Action
    place: Path
    """Where it belongs, below the root."""
    target: Path
    """Where it is written: its place, or beside it."""
    there: Found | None
    """What is at its place now."""
    before: Found | None
    """What is at its target now."""

    @property
    def changes(self) -> bool:
        """Whether anything is written."""
        return self.before is None or self.before.content != self.file.content.encode()


def plan(files: Sequence[GeneratedFile], root: Path) -> tuple[Step, ...]:
    """What writing them below `root` would do. Raises NotFoundError, RefusedError MUTT-G020, or MUTT-C108."""
    if not root.is_dir():
        raise NotFoundError(f"there is no folder {root}", tries=(f"mkdir -p {root}",))
    return tuple(_step(file, root) for file in files)


def _step(file: GeneratedFile, root: Path) -> Step:
    place = root / file.path.lstrip("/")
    there = system_files.look(place)
    # What is no plain file has no content that could be ours.
    action = judged(None if there is None else there.content or b"", file.content)
    if action != "keep":
        return Step(file, action, place, place, there, there)
    target = place.with_name(place.name + SUFFIX)
    beside = system_files.look(target)
    if beside is not None and not is_untouched(beside.content or b""):
        raise RefusedError(
            f"{place} was changed by hand and stays, and so was {target}, where ours would be written",
            code="MUTT-G020",
            why="nothing was written: somebody's work would be lost",
            tries=(f"diff -u {place} {target}", f"rm {target}"),
        )
    return Step(file, action, place, target, there, beside)


def diff(step: Step) -> Iterator[str]:
    """Unified diff from what is at its place to what was made; nothing where that is the same."""
    old = "" if step.there is None else (step.there.content or b"").decode("utf-8", "replace")
    yield from difflib.unified_diff(
        old.splitlines(), step.file.content.splitlines(), "/dev/null" if step.there is None else str(step.place),
        str(step.target), lineterm="",
    )  # fmt: skip


def images(steps: Sequence[Step]) -> dict[str, Any]:
    """Before-images: for each file that is written, what was there, and the sum of what takes its place."""
    return {"files": [_image(step) for step in steps if step.changes]}


def _image(step: Step) -> dict[str, Any]:
    was = step.before
    before = None
    if was is not None:  # one of ours, so it is text, and holds no secret
        before = {"content": (was.content or b"").decode(), "mode": was.mode, "uid": was.uid, "gid": was.gid}
    return {"path": str(step.target), "before": before, "made": _sum(step)}


def carry_out(steps: Sequence[Step]) -> int:
    """Write what changes, each file whole; returns how many.

    Raises MuttError MUTT-C108, or RefusedError MUTT-G021 at the first file that somebody changed since the plan.
    """
    changing = [step for step in steps if step.changes]
    for step in changing:
        if system_files.look(step.target) != step.before:
            raise RefusedError(
                f"{step.target} was changed a moment ago, by somebody else", code="MUTT-G021",
                why="it was not replaced; files before it were written", tries=("run the same command again",),
            )  # fmt: skip
        system_files.put(step.target, step.file.content.encode(), step.file.mode, _owner(step))
    return len(changing)


def _owner(step: Step) -> Identity | None:
    """Who had it keeps it; else the account that it is meant for."""
    if step.before is not None and os.geteuid() == 0:
        return Identity(step.before.uid, step.before.gid, "")
    return system_files.account(step.file.owner)


def audited(steps: Sequence[Step]) -> list[Audited]:
    """One row for each file that is written."""
    return [_audited(step) for step in steps if step.changes]


def _audited(step: Step) -> Audited:
    old: Mapping[str, Any] | None = None
    if step.before is not None:
        old = {"sha256": sha256(step.before.content or b"").hexdigest()}
    return Audited("UPDATE" if old else "CREATE", "file", str(step.target), old, {"sha256": _sum(step)})


def _sum(step: Step) -> str:
    return sha256(step.file.content.encode()).hexdigest()
