"""Runs a suite once for each mutant, in one process, and prints which it noticed: `python gauntlet.py PATH...`.

Output is one JSON object: mutant to pytest's exit code (1: the suite went red, 0: it stayed green).
"""

from __future__ import annotations

import contextlib
import io
import json
import sys

import pytest

from mutt_cli.adapters import scripts
from tests.faults.broken.mutants import MUTANTS, broken

ORIGINAL = scripts.source.__wrapped__


def run(mutant: str, paths: list[str]) -> int:
    """Pytest's exit code with this mutant in the scripts."""
    scripts.source = lambda name: broken(name, ORIGINAL(name), mutant)  # type: ignore[assignment]
    scripts.digest.cache_clear()
    quiet = ["-x", "-q", "--no-header", "--no-summary", "--tb=no", "-p", "no:cacheprovider"]
    quiet += ["-k", "valkey", "-m", "not nightly", "-p", "no:unraisableexception"]  # collects garbage, often
    with contextlib.redirect_stdout(io.StringIO()):
        return int(pytest.main([*paths, *quiet]))


if __name__ == "__main__":
    sys.stdout.write(json.dumps({mutant: run(mutant, sys.argv[1:]) for mutant in MUTANTS}))
