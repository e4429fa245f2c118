"""The passwords of the Redis user that MUTT logs in as: a user may have several. Only their SHA-256 is sent (ACL)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import redis

from mutt_cli.adapters.redis_client import RedisRefusedError, failures_named

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client


def asks_for_one(client: Client) -> bool:
    """Whether the server asks this user for a password at all. Adding one to a user without would lock others out."""
    with failures_named():
        user: Any = client.execute_command("ACL", "GETUSER", _whoami(client))  # type: ignore[no-untyped-call]
    return b"nopass" not in user.get(b"flags", [])


def add(client: Client, password: str) -> str:
    """Let this password in beside the others; why that will not outlast a restart of the server, empty if it will."""
    return _set(client, f"#{_digest(password)}")


def remove(client: Client, password: str, *, staying: str) -> str:
    """Let this password in no more, and the one that stays in any case; as `add`. One that is not there is no error.

    A server that was restarted may have forgotten the one that stays: without it nobody could log in any more.
    """
    kept = _set(client, f"#{_digest(staying)}")
    return _set(client, f"!{_digest(password)}") if password != staying else kept


def _set(client: Client, change: str) -> str:
    with failures_named():
        try:
            client.execute_command("ACL", "SETUSER", _whoami(client), change)  # type: ignore[no-untyped-call]
        except redis.exceptions.ResponseError as error:
            if "trying to remove" not in str(error):  # what was to be removed is not there
                said = str(error).replace(change[1:], "...")
                raise RedisRefusedError(f"Redis does not change the passwords of its users: {said}") from None
        return _kept(client)


def _kept(client: Client) -> str:
    """Write it to where the server reads its users from at its next start."""
    problems = []
    for command in (("ACL", "SAVE"), ("CONFIG", "REWRITE")):
        try:
            client.execute_command(*command)  # type: ignore[no-untyped-call]
        except redis.exceptions.ResponseError as error:
            problems.append(str(error))
        else:
            return ""
    return f"a restart of Redis forgets this: {problems[-1]}"


def _whoami(client: Client) -> str:
    return _text(client.execute_command("ACL", "WHOAMI"))  # type: ignore[no-untyped-call]


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
