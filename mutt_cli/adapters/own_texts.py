"""The program text of MUTT itself, as it is installed: what is in it, strangers did not write."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import mutt_cli


def own_texts() -> list[str]:
    """Every module and script of the package; those that cannot be read are left out."""
    found = []
    for path in sorted(Path(mutt_cli.__file__).parent.rglob("*")):
        if path.suffix in {".py", ".lua"}:
            with suppress(OSError):
                found.append(path.read_text(errors="replace"))
    return found
