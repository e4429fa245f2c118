"""The guides' own `curl`, `redis-cli` and `psql` lines, verbatim, on the documented ports, with Debian's clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.acceptance.frame import ROOT
from tests.guides import Line, Outcome, complaints, lines
from tests.peers import peer

CLIENTS = {
    "redis-cli": "redis-tools", "psql": "postgresql-client", "jq": "jq", "curl": "curl", "sudo": "sudo",
    "uuidgen": "uuid-runtime", "watch": "procps", "ip": "iproute2",
}  # fmt: skip
NAMESPACES = ("unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child")


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """What every line gave, by its first place; all are run in one world, once."""
    for program, package in CLIENTS.items():
        peer(program, package)
    if os.geteuid() != 0:
        pytest.skip("a host of its own, with accounts and mounts, needs root")
    if subprocess.run([*NAMESPACES, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this kernel gives no private network")
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*NAMESPACES, sys.executable, "-m", "tests.acceptance.guide_world"], cwd=ROOT, env=environment, text=True,
        capture_output=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-6000:]
    told = [json.loads(text) for text in done.stdout.splitlines()]
    return {one.pop("name"): Outcome(**one) for one in told}


@pytest.mark.timeout(300)  # the first of them waits for the world, and that for whoever else uses the machine
@pytest.mark.parametrize("line", lines(), ids=lambda line: line.name)
def test_line_gives_what_the_guide_says(line: Line, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[line.name]
    found = complaints(line, outcome)
    if line.expected:
        assert not found, f"{line.says}\n{line.text}\n{outcome.out[-3000:]}\n{outcome.err[-1000:]}"
    else:
        why = f"{line.name} begins to hold: take its mark away ({line.exempt or line.not_yet})"
        assert found, why
