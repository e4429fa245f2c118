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
_TOLD_S: Final = 24 * 3600


class Choice(msgspec.Struct, frozen=True):
    """What was chosen. `session` and `until` (Unix seconds) bound the choice of a protected context."""

    name: str
    previous: str = ""
    session: str = ""
    until: float = 0.0


class Choices(msgspec.Struct, frozen=True):
    """The choice for every terminal, and those of single terminals, which win there."""

    everywhere: Choice | None = None
    terminals: dict[str, Choice] = {}

    def of(self, session: str) -> Choice | None:
        """What was chosen last as far as this terminal is concerned."""
        return self.terminals.get(session, self.everywhere)


@dataclass(frozen=True)
class Chosen:
    """The context that is chosen now (empty: none), and what is worth telling about it."""

    name: str = ""
    notice: str = ""


def read(folder: Path) -> Choices:
    """What is stored; nothing if nothing is, or nothing that can be read."""
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Choices)
    except (OSError, msgspec.MsgspecError):
        return Choices()


def current(folder: Path, now: datetime) -> Chosen:
    """What is chosen for this terminal at this moment."""
    choice = read(folder).of(session())
    if choice is None:
        return Chosen()
    if not choice.until or now.timestamp() < choice.until:
        return Chosen(choice.name)
    return Chosen(notice=f"{choice.name} was chosen for eight hours, and they are over: mutt context use {choice.name}")


def store(folder: Path, name: str, *, protected: bool, now: datetime) -> Choice:
    """Choose a context; what was chosen before in this terminal is remembered for `use -`. Raises OSError.

    A protected one is chosen for this terminal alone. Another one is chosen for every terminal but those that have
    chosen for themselves: what somebody does elsewhere never moves a terminal that looks at production.
    """
    before, own = read(folder), session()
    former = before.of(own)
    until = now.timestamp() + LASTS_S if protected else 0.0
    choice = Choice(name, former.name if former else "", own if protected else "", until)
    # A choice that is over stays for a day, so that its terminal is told.
    kept = {key: one for key, one in before.terminals.items() if now.timestamp() < one.until + _TOLD_S and key != own}
    made = Choices(before.everywhere, {**kept, own: choice}) if protected else Choices(choice, kept)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / FILE_NAME, msgspec.json.encode(made), 0o600)
    return choice


def session() -> str:
    """The terminal session we are in: its leader's process id and when that began, which no later one shares."""
    leader = os.getsid(0)
    try:
        fields = Path(f"/proc/{leader}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return str(leader)
    return f"{leader}:{fields[19]}"
