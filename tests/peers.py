"""Programs of others that tests run beside MUTT: found, or the test is skipped with the reason; in CI a skip fails.

CI installs them (`.ci/run`), so that a missing peer there is a broken installation and not a reason to skip.
"""

from __future__ import annotations

import os
import shutil

import pytest


def peer(program: str, package: str) -> str:
    """The path of a program, from Debian's `package`."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found:
        return found
    reason = f"{program} (Debian: {package}) is not installed here"
    if os.environ.get("MUTT_PEERS") == "required":
        pytest.fail(f"{reason}, and this run requires it")
    pytest.skip(reason)
