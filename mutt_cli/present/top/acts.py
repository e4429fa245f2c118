"""What keys that act stand for: each is a line that a person could type, and nothing else happens than that line.

`run` is shown with its plan and asked about; `type` is put on the command line for somebody to finish; `shell` needs
the terminal for itself (an editor).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from mutt_cli.present.encode import scalar_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ACTING: Final = "RETNCDMXU"
"""All keys that act."""


@dataclass(frozen=True)
class Act:
    """One act. `words` are the line without `mutt`."""

    words: tuple[str, ...]
    how: Literal["run", "type", "shell"] = "run"

    @property
    def line(self) -> str:
        """What a shell would be given, without `mutt`."""
        return shlex.join(self.words)


@dataclass(frozen=True)
class Facts:
    """What acts depend on besides what is chosen. `stamp` names files that are written now: `20260308-031206`."""

    breaker_closed: bool | None = True
    """None: it is not known."""
    window_open: bool = False
    stamp: str = ""


def act(key: str, screen: str, rows: Sequence[Mapping[str, Any]], facts: Facts, about: str = "") -> Act | str:
    """What a key does on a screen to the chosen or marked rows; a text says why it does nothing."""
    if key in _EVERYWHERE:
        return _everywhere(key, facts)
    found = _ON.get((screen, key))
    if found is None and key == "U":
        return "U undoes the operation that is chosen: 8 shows them"
    if found is None:
        return f"{key} does nothing on this screen"
    if not rows and not about:
        return "choose a row first"
    if len(rows) > 1 and (screen, key) not in _OF_MANY:
        return f"{key} takes one row here: Esc clears the marks"
    return found(rows, about, facts)


def _everywhere(key: str, facts: Facts) -> Act | str:
    if key == "C":
        return Act(("cache", "reload"))
    if key == "N":
        return (
            Act(("maintenance", "end")) if facts.window_open else Act(("maintenance", "start", "--for", "1h"), "type")
        )
    if facts.breaker_closed is None:
        return "whether the breaker is open is not known now"
    return Act(("breaker", "trip" if facts.breaker_closed else "reset"))


def _queue_of(rows: Sequence[Mapping[str, Any]], about: str) -> str:
    return about or str(rows[0].get("queue", ""))


def _named(*words: str) -> tuple[str, ...]:
    """Words that a row holds, behind a `--` if one of them could be taken for a flag."""
    return ("--", *words) if any(one.startswith("-") for one in words) else words


def _file(name: str, facts: Facts) -> str:
    """A file in this folder: nothing of a name that could lead out of it."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name).lstrip('.-')}-{facts.stamp}.jsonl"


def _undo(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act:
    return Act(("undo", *_named(str(rows[0]["operation"]))))


def _move(rows: Sequence[Mapping[str, Any]], about: str, _facts: Facts) -> Act:
    return Act(("queue", "move", *_named(_queue_of(rows, about)), "--to", ""), "type")


def _purge(rows: Sequence[Mapping[str, Any]], about: str, _facts: Facts) -> Act:
    return Act(("queue", "purge", *_named(_queue_of(rows, about))))


def _export(rows: Sequence[Mapping[str, Any]], about: str, facts: Facts) -> Act:
    name = _queue_of(rows, about)
    return Act(("queue", "export", "--out", _file(name, facts), *_named(name)))


def _recover(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act | str:
    name = str(rows[0].get("queue", ""))
    if not name.startswith("inflight-"):
        return "R gives back what a worker that is gone had in hand: choose its queue (inflight-...)"
    return Act(("queue", "orphan", "recover", *_named(name.split("-", 2)[2])))


def _letters(rows: Sequence[Mapping[str, Any]], *flags: str) -> Act:
    """Letters of one queue are named with it, which finds them sooner."""
    queues = {str(one.get("queue", "")) for one in rows}
    ids = [str(one["id"]) for one in rows]
    return Act(("dlq", "replay", *flags, *_named(*(sorted(queues) if len(queues) == 1 else ()), *ids)))


def _replay(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act:
    return _letters(rows)


def _fix(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act:
    return _letters(rows, "--fix")


def _purge_letters(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act:
    return Act(("dlq", "purge", *_named(str(rows[0].get("queue", "")))))


def _export_letters(rows: Sequence[Mapping[str, Any]], _about: str, facts: Facts) -> Act:
    name = str(rows[0].get("queue", ""))
    return Act(("dlq", "export", "--out", _file(name, facts), *_named(name)))


def _edit_rule(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act:
    return Act(("rule", "edit", *_named(str(rows[0]["id"]))), "shell")


def _delete_rule(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act:
    return Act(("rule", "delete", *_named(str(rows[0]["id"]))))


def _set(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act | str:
    """A secret is not typed for anybody: what is shown of it is not its value."""
    key, value = str(rows[0]["key"]), scalar_text(rows[0].get("value"))
    if value and not value.strip("*"):
        return f"{key} is a secret: it is set where it is kept (mutt vault set)"
    return Act(("config", "set", key, value), "type")


_EVERYWHERE: Final = "TNC"
_OF_MANY: Final = frozenset((("dlq", "R"), ("dlq", "E")))
"""What takes all marked rows; everything else takes one."""
_ON: Final[Mapping[tuple[str, str], Callable[[Any, str, Facts], Act | str]]] = {
    ("queues", "M"): _move, ("queues", "D"): _purge, ("queues", "X"): _export, ("queues", "R"): _recover,
    ("messages", "M"): _move, ("messages", "D"): _purge, ("messages", "X"): _export,
    ("dlq", "R"): _replay, ("dlq", "E"): _fix, ("dlq", "D"): _purge_letters, ("dlq", "X"): _export_letters,
    ("rules", "E"): _edit_rule, ("rules", "D"): _delete_rule, ("config", "E"): _set, ("ops", "U"): _undo,
}  # fmt: skip
