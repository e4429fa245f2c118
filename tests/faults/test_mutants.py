"""Each guard of the queue protocol is guarded: with any one of these lines broken, the protocol's own suite goes red.

A suite that stays green without a guard does not test it, and a later change could lose events in silence.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mutt_cli.adapters import scripts
from tests.faults.broken.mutants import MUTANTS

ROOT = Path(__file__).resolve().parents[2]
GAUNTLET = Path(__file__).parent / "broken" / "gauntlet.py"


@pytest.fixture(scope="module")
def noticed() -> dict[str, int]:
    """Exit code of the protocol's contract suite on Valkey for each mutant."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(GAUNTLET), "tests/contract/protocol"]
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutant", MUTANTS)
def test_protocol_suite_goes_red_on(mutant: str, noticed: dict[str, int]) -> None:
    assert noticed[mutant] == 1


def test_every_mutant_changes_a_line_that_is_there() -> None:
    folder = Path(scripts.__file__).parent / "lua"
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.lua")}
    assert [name for name, (script, old, _) in MUTANTS.items() if old not in texts[script]] == []
