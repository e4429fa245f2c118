"""Which context this person has chosen: for good, or, where it is protected, for this terminal and eight hours."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters.files import write_whole

if TYPE_CHECKING:
    from datetime import datetime

FILE_NAME: Final = "context.json"
LASTS_S: Final = 8 * 3600
"""How long a protected context stays chosen (ux.md 3.6)."""


class Choice(msgspec.Struct, frozen=True):
    """What was chosen. `session` and `until` (Unix seconds) bound the choice of a protected context."""

    name: str
    previous: str = ""
    session: str = ""
    until: float = 0.0


@dataclass(frozen=True)
class Chosen:
    """The context that is chosen now (empty: none), and what is worth telling about it."""

    name: str = ""
    notice: str = ""


def read(folder: Path) -> Choice | None:
    """What is stored; None if nothing is, or nothing that can be read."""
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Choice)
    except (OSError, msgspec.MsgspecError):
        return None


def current(folder: Path, now: datetime) -> Chosen:
    """What is chosen for this terminal at this moment."""
    choice = read(folder)
    if choice is None:
        return Chosen()
    if not choice.until:
        return Chosen(choice.name)
    if choice.session != session():
        return Chosen()
    if now.timestamp() < choice.until:
        return Chosen(choice.name)
    return Chosen(notice=f"{choice.name} was chosen for eight hours, and they are over: mutt context use {choice.name}")


def store(folder: Path, name: str, *, protected: bool, now: datetime) -> Choice:
    """Choose a context; what was chosen before is remembered for `use -`. Raises OSError."""
    before = read(folder)
    until = now.timestamp() + LASTS_S if protected else 0.0
    choice = Choice(name, before.name if before else "", session() if protected else "", until)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / FILE_NAME, msgspec.json.encode(choice), 0o600)
    return choice


def session() -> str:
    """The terminal session we are in: its leader's process id and when that began, which no later one shares."""
    leader = os.getsid(0)
    try:
        fields = Path(f"/proc/{leader}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return str(leader)
    return f"{leader}:{fields[19]}"
