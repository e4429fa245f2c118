"""Loading and calling the Lua scripts of the queue protocol (architecture.md section 3).

A script file is a shebang line, an optional `-- include a, b` line naming fragments, and a body; the text that Redis
gets is the three joined. Scripts are called by digest and sent in full only when the server does not know them.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol

import redis

from mutt_cli.adapters.redis_client import as_read, failures_named

if TYPE_CHECKING:
    from collections.abc import Sequence


class Runs(Protocol):
    """Who can run a script: a client, or a ScriptLine."""

    def evalsha(self, sha: str, numkeys: int, /, *keys_and_args: Any) -> Any:
        """Run the script with this digest."""

    def eval(self, script: str, numkeys: int, /, *keys_and_args: Any) -> Any:
        """Run this script."""


@cache
def source(name: str) -> str:
    """The complete text of a script, fragments included, as Redis sees it."""
    folder = files("mutt_cli.adapters") / "lua"
    shebang, _, body = (folder / f"{name}.lua").read_text(encoding="utf-8").partition("\n")
    head, _, _ = body.partition("\n")
    wanted = head.removeprefix("-- include ").split(", ") if head.startswith("-- include ") else []
    fragments = [(folder / f"{fragment}.lua").read_text(encoding="utf-8") for fragment in wanted]
    return "\n".join([shebang, *fragments, body])


@cache
def names() -> tuple[str, ...]:
    """Every script by name, fragments left out."""
    found = (path for path in (files("mutt_cli.adapters") / "lua").iterdir() if path.name.endswith(".lua"))
    return tuple(
        sorted(one.name.removesuffix(".lua") for one in found if one.read_text(encoding="utf-8").startswith("#!lua"))
    )


@cache
def digest(name: str) -> str:
    """SHA-1 of the script text, as EVALSHA wants it."""
    return hashlib.sha1(source(name).encode(), usedforsecurity=False).hexdigest()


def call(client: Runs, name: str, keys: Sequence[str | bytes], args: Sequence[Any]) -> Any:
    """Run a script once. Raises RedisUnavailableError when the outcome is unknown or refused for now."""
    sent = [as_read(one) if isinstance(one, str) else one for one in (*keys, *args)]
    with failures_named():
        try:
            return client.evalsha(digest(name), len(keys), *sent)
        except redis.exceptions.NoScriptError:
            return client.eval(source(name), len(keys), *sent)
