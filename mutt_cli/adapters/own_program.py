"""Running another command of this program, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def run_own(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `mutt WORDS` and return its exit code. What it says, on stdout too, goes to our stderr: ours is data.

    `-P`: never a package of that name in the folder where somebody happens to be.
    """
    done = subprocess.run(
        [sys.executable, "-P", "-m", "mutt_cli", *words],
        env=dict(environ),
        stdout=sys.stderr,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode
