"""Small files written whole or not at all, with their owner and mode from the first moment."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.identity import Identity


def write_whole(path: Path, content: str | bytes, mode: int, *, owner: Identity | None = None, group: int = -1) -> None:
    """Replace the file at once: readers see the old content or the new, a crash leaves one of them.

    `owner` and `group` count only as root. A link at `path` is replaced, never followed.
    """
    data = content.encode() if isinstance(content, str) else content
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
            if os.geteuid() == 0:
                os.fchown(opened.fileno(), owner.uid if owner else -1, owner.gid if owner else group)
            os.fchmod(opened.fileno(), mode)
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
