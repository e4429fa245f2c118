"""The cache that completion reads: one small file per context in this user's state folder, nobody else may read it.

Losing it costs nothing, so it is never synced, and no failure here is anybody's concern but its own.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters.context_files import definitions
from mutt_cli.adapters.contexts import choose, state_dir
from mutt_cli.core.seen import merged, offered, read_store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mutt_cli.core.seen import Store

CONTEXTS = "context"
"""The one kind that is read from the files of contexts, not from the cache."""
_LARGEST = 4 << 20
"""Bytes; a full cache has about one million."""


def remember(folder: Path, context: str, values: Mapping[str, Mapping[str, str]]) -> None:
    """Add what a command printed. Two commands at once: the file is whole, and may lack what one of them added."""
    place = _place(folder, context)
    store = merged(_read(place), values, time.time())
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(new, flags, 0o600), "w") as opened:
            json.dump(store, opened)
        new.replace(place)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def complete(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """The values of kinds, a line each with what they are after a tab: `letter event --context NAME`.

    Reads files of this user and nothing else. Raises whatever goes wrong; the caller is silent about it.
    """
    kinds, name = list(words), environ.get("MUTT_CONTEXT") or None
    if "--context" in words:
        place = words.index("--context")
        kinds, name = list(words[:place]), words[place + 1]
    if CONTEXTS in kinds:
        return "".join(f"{one}\t\n" for one in ("local", "up", *definitions(environ)))
    now_s = time.time()
    context = choose(environ, name, datetime.fromtimestamp(now_s, UTC)).name
    found = offered(_read(_place(state_dir(environ), context)), kinds, now_s)
    return "".join(f"{value}\t{about}\n" for value, about in found)


def _place(folder: Path, context: str) -> Path:
    return folder / "seen" / f"{context}.json"


def _read(place: Path) -> Store:
    try:
        with place.open("rb") as opened:
            text: bytes = opened.read(_LARGEST)
        found: Any = json.loads(text)
    except (OSError, ValueError):
        return {}
    return read_store(found)
