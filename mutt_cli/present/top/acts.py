"""What keys that act stand for: each is a line that a person could type, and nothing else happens than that line.

`run` is shown with its plan and asked about; `type` is put on the command line for somebody to finish; `shell` needs
the terminal for itself (an editor).
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

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

    breaker_closed: bool = True
    window_open: bool = False
    stamp: str = ""


def act(key: str, screen: str, rows: Sequence[Mapping[str, Any]], facts: Facts, about: str = "") -> Act | str:
    """What a key does on a screen to the chosen or marked rows; a text says why it does nothing."""
    everywhere = _everywhere(key, screen, rows, facts)
    if everywhere is not None:
        return everywhere
    found = _ON.get((screen, key))
    if found is None:
        return f"{key} does nothing on this screen"
    if not rows and not about:
        return "choose a row first"
    return found(rows, about, facts)


def _everywhere(key: str, screen: str, rows: Sequence[Mapping[str, Any]], facts: Facts) -> Act | None:
    if key == "T":
        return Act(("breaker", "trip" if facts.breaker_closed else "reset"))
    if key == "N":
        return (
            Act(("maintenance", "end")) if facts.window_open else Act(("maintenance", "start", "--for", "1h"), "type")
        )
    if key == "C":
        return Act(("cache", "reload"))
    if key == "U":
        chosen = (str(rows[0]["operation"]),) if screen == "ops" and rows else ()
        return Act(("undo", *chosen))
    return None


def _queue_of(rows: Sequence[Mapping[str, Any]], about: str) -> str:
    return about or str(rows[0].get("queue", ""))


def _move(rows: Sequence[Mapping[str, Any]], about: str, _facts: Facts) -> Act:
    return Act(("queue", "move", _queue_of(rows, about), "--to", ""), "type")


def _purge(rows: Sequence[Mapping[str, Any]], about: str, _facts: Facts) -> Act:
    return Act(("queue", "purge", _queue_of(rows, about)))


def _export(rows: Sequence[Mapping[str, Any]], about: str, facts: Facts) -> Act:
    name = _queue_of(rows, about)
    return Act(("queue", "export", name, "--out", f"{name}-{facts.stamp}.jsonl"))


def _recover(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act | str:
    name = str(rows[0].get("queue", ""))
    if not name.startswith("inflight-"):
        return "R gives back what a worker that is gone had in hand: choose its queue (inflight-...)"
    return Act(("queue", "orphan", "recover", name.split("-", 2)[2]))


def _letters(rows: Sequence[Mapping[str, Any]], *more: str) -> Act:
    """Letters of one queue are named with it, which finds them sooner."""
    queues = {str(one.get("queue", "")) for one in rows}
    ids = [str(one["id"]) for one in rows]
    return Act(("dlq", "replay", *(sorted(queues) if len(queues) == 1 else ()), *ids, *more))


def _replay(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act:
    return _letters(rows)


def _fix(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act:
    return _letters(rows, "--fix")


def _purge_letters(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act:
    return Act(("dlq", "purge", str(rows[0].get("queue", ""))))


def _export_letters(rows: Sequence[Mapping[str, Any]], _about: str, facts: Facts) -> Act:
    name = str(rows[0].get("queue", ""))
    return Act(("dlq", "export", name, "--out", f"{name}-{facts.stamp}.jsonl"))


def _edit_rule(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act:
    return Act(("rule", "edit", str(rows[0]["id"])), "shell")


def _delete_rule(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act:
    return Act(("rule", "delete", str(rows[0]["id"])))


def _set(rows: Sequence[Mapping[str, Any]], _about: str, _facts: Facts) -> Act:
    return Act(("config", "set", str(rows[0]["key"]), str(rows[0].get("value") or "")), "type")


_ON: Final[Mapping[tuple[str, str], Callable[[Any, str, Facts], Act | str]]] = {
    ("queues", "M"): _move, ("queues", "D"): _purge, ("queues", "X"): _export, ("queues", "R"): _recover,
    ("messages", "M"): _move, ("messages", "D"): _purge, ("messages", "X"): _export,
    ("dlq", "R"): _replay, ("dlq", "E"): _fix, ("dlq", "D"): _purge_letters, ("dlq", "X"): _export_letters,
    ("rules", "E"): _edit_rule, ("rules", "D"): _delete_rule, ("config", "E"): _set,
}  # fmt: skip
