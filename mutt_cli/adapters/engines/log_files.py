"""Logs that child processes append to, kept from growing without end while they stay open."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES: Final = 32 * 1024 * 1024


def turn_if_large(folder: Path, largest_bytes: int = LARGEST_BYTES) -> list[str]:
    """Copy each large log to `NAME.log.1` and empty it; the names of those.

    The writers append to an open file, so it must stay the same file. Lines written between the copy and the cut
    are lost; that is why the limit is high.
    """
    turned = []
    for log in sorted(folder.glob("*.log")):
        with suppress(OSError):
            if log.stat().st_size > largest_bytes:
                earlier = log.with_name(f"{log.name}.1")
                earlier.unlink(missing_ok=True)
                shutil.copy2(log, earlier, follow_symlinks=False)
                os.truncate(log, 0)
                turned.append(log.name)
    return turned
