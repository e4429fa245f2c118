"""The operations journal as people ask for it: what was done, one operation, and the last that can be taken back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import operations_reading as reading
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.errors import MuttError, NotFoundError, RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends

MOST: Final = 10_000
"""Operations that one answer may hold."""


@dataclass(frozen=True)
class Found:
    """Operations, the newest first, and what is worth knowing about the answer."""

    operations: tuple[Recorded, ...]
    warnings: tuple[str, ...]


def listed(backends: Backends, folder: Path, *, since: datetime, until: datetime) -> Found:
    """The operations of a time. While PostgreSQL is away, those that the file of this host knows."""
    noted = [one for one in reading.noted(folder) if since <= one.started_at <= until]
    try:
        stored = reading.page(backends.postgres(), since=since, until=until, most=MOST)
    except (DatabaseError, MuttError) as error:
        why = error.message if isinstance(error, MuttError) else explain(error, backends.settings.postgres).message
        return Found(tuple(noted), (f"only what this host noted: {why}",))
    known = {one.id for one in stored}
    waiting = [one for one in noted if one.id not in known]
    warnings = [
        f"{one.id} is only in a file of this host; the next change of {one.context} brings it into PostgreSQL"
        for one in waiting
    ]
    merged = sorted([*stored, *waiting], key=lambda one: one.started_at, reverse=True)
    return Found(tuple(merged), tuple(warnings))


PERSONAL: Final = "context "
"""How commands begin that concern this user and no deployment."""


def here(found: Recorded, context: str, backends: Backends) -> Recorded:
    """The operation, if it was done in this deployment. Raises RefusedError MUTT-G047 for one of another."""
    if found.context == context or found.command.startswith(PERSONAL):
        return found
    with suppress(DatabaseError, MuttError):
        if any(one.id == found.id for one in reading.find(backends.postgres(), found.id)):
            return found  # the same database, under another name
    raise RefusedError(
        f"{found.id} was done in context {found.context}, and this is {context}", code="MUTT-G047",
        why="what it changed is not here", tries=(f"mutt --context {found.context} op show {found.id}",),
    )  # fmt: skip


def one(backends: Backends, folder: Path, name: str) -> Recorded:
    """The operation of that id, or of a prefix that no other has. Raises NotFoundError, or UsageError if several do."""
    wanted = name.upper().removeprefix("OP-")
    found = [one for one in reading.noted(folder) if one.id.upper().removeprefix("OP-").startswith(wanted)]
    try:
        known = {one.id: one for one in (*found, *reading.find(backends.postgres(), name))}
    except (DatabaseError, MuttError) as error:
        if not found:
            raise error if isinstance(error, MuttError) else explain(error, backends.settings.postgres) from error
        known = {one.id: one for one in found}
    exact = [one for one in known.values() if one.id.upper().removeprefix("OP-") == wanted]
    if len(exact or known) == 1:
        return (exact or list(known.values()))[0]
    if not known or not wanted:
        raise NotFoundError(f"there is no operation {name}", tries=("mutt op list",))
    raise UsageError(
        f"{name} begins the names of several operations: {', '.join(known)}",
        tries=(f"mutt op show {next(iter(known))}",),
    )


def last_of(backends: Backends, actor: str, commands: Sequence[str]) -> Recorded:
    """The last operation by this person, of these commands, that was not taken back. Raises NotFoundError."""
    try:
        found = reading.last_of(backends.postgres(), actor, commands)
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
    if found is None:
        raise NotFoundError(f"nothing that {actor} did can be taken back", tries=("mutt op list",))
    return found
