"""Keys of people and programs for the web UI and its API: made, listed, ended (D39)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mutt_cli.adapters import api_key_store
from mutt_cli.adapters.clock import new_api_key
from mutt_cli.core.api_keys import ApiKey, digest, fingerprint, problem_with_name
from mutt_cli.errors import NotFoundError, UsageError
from mutt_cli.ops.inventory import asked

if TYPE_CHECKING:
    from datetime import datetime

    from mutt_cli.adapters.rule_store import Actor
    from mutt_cli.core.access import Role
    from mutt_cli.ops.backends import Backends


@dataclass(frozen=True)
class NewKey:
    """A key that is not kept yet. Its text is in no log, no record and no error."""

    name: str
    role: Role
    expires_at: datetime | None
    text: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """What it is told apart by."""
        return fingerprint(digest(self.text))


def listed(backends: Backends) -> tuple[ApiKey, ...]:
    """All keys, by name; those in Vault are not among them."""
    return asked(backends, api_key_store.listed)


def named(backends: Backends, name: str) -> ApiKey:
    """One key. Raises NotFoundError MUTT-P331."""
    found = asked(backends, lambda conn: api_key_store.listed(conn, name))
    if not found:
        raise NotFoundError(f"there is no key {name}", code="MUTT-P331", tries=("mutt apikey list",))
    return found[0]


def proposed(backends: Backends, name: str, role: Role, expires_at: datetime | None, now: datetime) -> NewKey:
    """A new key, kept nowhere. Raises UsageError MUTT-P333 for a name or an end that cannot be, RefusedError P332."""
    problem = problem_with_name(name)
    if not problem and expires_at is not None and expires_at <= now:
        problem = "it would have ended before it begins"
    if problem:
        raise UsageError(
            f"no such key can be made: {problem}", code="MUTT-P333",
            tries=("mutt apikey add jane --role operator --expires 90d",),
        )  # fmt: skip
    if asked(backends, lambda conn: api_key_store.listed(conn, name)):
        raise api_key_store.taken(name)
    return NewKey(name, role, expires_at, new_api_key())


def add(backends: Backends, key: NewKey, by: Actor) -> None:
    """Keep its digest; it opens the API from now on. Raises RefusedError MUTT-P332."""
    kept = digest(key.text)
    asked(backends, lambda conn: api_key_store.add(conn, key.name, key.role, kept, expires_at=key.expires_at, by=by))


def revoke(backends: Backends, key: ApiKey, by: Actor) -> None:
    """End it: the next request with it is refused. Raises NotFoundError if somebody else did meanwhile."""
    if not asked(backends, lambda conn: api_key_store.remove(conn, key.name, key.fingerprint, by)):
        raise NotFoundError(f"the key {key.name} is gone already", code="MUTT-P331", tries=("mutt apikey list",))
