"""The fault laboratory: each fault is made in a live deployment; `mutt health` and `mutt doctor` say what it is.

A fault is named by its own check, in its own state, and by its cause with proof and steps; whatever else is bad is one
of its consequences and says so. Afterwards all is well again.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.core.diagnosis import BY_ID
from tests.faults.lab.fault import FAULTS
from tests.faults.lab.judge import await_well, bad, causes, doctor_names, health_shows, laboratory, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.faults.lab.fault import Fault
    from tests.servers import PostgresServer
    from tests.stack import Stack


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    with laboratory(postgres, openbao) as made:
        yield made


def rounds() -> list[Any]:
    """Every fault by night; by day one in six."""
    return [
        pytest.param(one, id=one.name.replace(" ", "-"), marks=[pytest.mark.nightly] if place % 6 else [])
        for place, one in enumerate(FAULTS)
    ]


@pytest.mark.parametrize("one", rounds())
def test_a_fault_is_named_and_so_is_its_end(stack: Stack, one: Fault) -> None:
    await_well(stack, "before", one)
    with one.make(stack):
        health_shows(stack, one)
        doctor_names(stack, one)
    await_well(stack, "again", one)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("times", [5, pytest.param(50, marks=pytest.mark.nightly)])
def test_nothing_is_found_where_nothing_is_wrong(stack: Stack, times: int) -> None:
    for _ in range(times):
        code, told = verdict(stack)
        assert code == 0, bad(told)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.nightly)])
def test_no_cause_is_found_where_nothing_is_wrong(stack: Stack, times: int) -> None:
    for _ in range(times):
        assert causes(stack)[0] == []


def test_each_fault_is_of_a_class_and_the_classes_are_counted() -> None:
    """Causes that no fault here brings about are known by recorded evidence alone: tests/core/test_diagnosis.py."""
    counted = Counter(one.how for one in FAULTS)
    live = {one.cause.partition(":")[0] for one in FAULTS}
    scores = f"mend {counted['mend']}, advise {counted['advise']}, evidence only {len(BY_ID.keys() - live)}"
    sys.stdout.write(f"\nfaults made in running processes: {len(FAULTS)}, of {len(live)} causes ({scores})\n")
    assert live <= BY_ID.keys()
    assert len({one.name for one in FAULTS}) == len(FAULTS)
    assert len(FAULTS) >= 40
    assert len(live) >= 40
    assert counted["mend"] >= 30
