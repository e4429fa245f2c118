"""Writing contexts down and choosing one, recorded in the file of this host: no deployment is asked for that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import context_choice, context_files, contexts
from mutt_cli.errors import NotFoundError, RefusedError, UsageError
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mutt_cli.adapters.context_choice import Choice
    from mutt_cli.adapters.contexts import Context
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends


@dataclass(frozen=True)
class Added:
    """A context that was written down."""

    place: Path
    before: str | None
    """The text of the file before; None if there was none."""


def wanted_fields(name: str, assigned: Sequence[str]) -> dict[str, Any]:
    """`FIELD=VALUE` each. Raises UsageError MUTT-U015 for a field or a value that a context cannot have."""
    table: dict[str, Any] = {}
    for text in assigned:
        field, equals, value = text.partition("=")
        problem = f"{text} is not FIELD=VALUE" if not equals else context_files.problem_with(name, field, value)
        if problem:
            raise UsageError(problem, code="MUTT-U015", tries=("mutt help contexts",))
        table[field] = value == "true" if field in context_files.SWITCHES else value
    if not assigned:
        problem = context_files.problem_with(name, "environment", "")
        raise UsageError(
            problem or f"what is {name}? Say at least where its Redis is", code="MUTT-U015",
            tries=(f"mutt context add {name} --set REDIS_HOST=HOST --set POSTGRES_HOST=HOST",),
        )  # fmt: skip
    return table


def add(environ: Mapping[str, str], name: str, table: Mapping[str, Any]) -> Added:
    """Write it into the user's own file; of a context of that name the other fields stay."""
    return Added(*context_files.write(environ, name, table))


def use(environ: Mapping[str, str], name: str, now: datetime) -> tuple[Choice, Context]:
    """Choose a context; `-` is the one before. Raises NotFoundError."""
    folder = contexts.state_dir(environ)
    if name == "-":
        before = context_choice.read(folder).of(context_choice.session())
        if before is None or not before.previous:
            raise NotFoundError("there is no context before this one", tries=("mutt context list",))
        name = before.previous
    found = contexts.choose(environ, name)
    return context_choice.store(folder, name, protected=found.protected, now=now), found


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """The file of contexts as it was before. Raises RefusedError MUTT-G006 if it was changed since."""
    del backends
    place, after = Path(str(recorded.originals["place"])), recorded.originals["after"]
    now = place.read_text(encoding="utf-8") if place.exists() else None
    if now != after:
        raise RefusedError(f"{place} was changed after {recorded.id}", code="MUTT-G006", tries=(f"cat {place}",))
    return Undo([f"{place} as it was before {recorded.id}"], payload=(place, recorded.originals["before"]))


def carry_out(_backends: Backends, _recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """Put the file back."""
    context_files.put_back(*undo.payload)
    return Undone(undo.lines, counts={"files": 1})
