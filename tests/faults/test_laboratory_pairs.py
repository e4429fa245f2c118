"""Two faults of the laboratory at once: both causes are named, and what follows from either is told as a cause nowhere.

No pair is chosen in which one cause is declared to hide the other.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.faults.lab.judge import BY_NAME, await_well, causes, doctor_names, health_shows, laboratory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer
    from tests.stack import Stack

PAIRS = (
    ("the forwarder stands still", "tomorrow has no partition"),
    ("moogsoft answers 503", "a rule that nothing can use was written by hand"),
    ("vault is sealed", "somebody paused the dead letters"),
    ("redis is nearly full", "every connection is taken"),
    ("the alerter is killed", "the forwarder is killed"),
    ("the ingestor stands still", "the web ui is killed"),
    ("the alerter stands still", "a key is missing in vault"),
    ("the remediation is killed", "redis evicts"),
    ("one of two alerters is killed", "poison waits for a person"),
    ("the database takes nobody in", "the token of vault is about to end"),
    ("the database takes no writes", "somebody stopped the intake"),
    ("redis stands still", "the database takes nobody in"),
    ("redis follows another one", "tomorrow has no partition"),
    ("redis keeps nothing", "an event was taken out by hand"),
    ("redis may not write its file anew", "an index was dropped by hand"),
    ("redis is full of what was refused", "a rule matches everything"),
    ("vault stands still", "moogsoft hangs up"),
    ("the name of vault does not resolve", "an event is there that nobody counted in"),
    ("a setting that nobody can use was written by hand", "senders are faster than is allowed"),
    ("remediation is switched off and letters wait", "alerts are sent to a port where nobody listens"),
    ("a drain was left half way", "nobody made a backup for days"),
    ("alerts are sent to a name that does not resolve", "refused items pile up"),
    ("the certificate of moogsoft is signed by nobody", "the folder of logs is a file"),
    ("moogsoft wants fewer alerts", "the mail client comes first in path"),
    ("the port of the web ui is taken", "undecided events pile up"),
    ("somebody tripped the breaker", "a setting was changed and nobody restarted"),
    ("senders bring a wrong key", "senders bring what is no json"),
    ("dead letters grow", "a migration is missing"),
    ("alerts wait for the delivery limit", "the token of vault may read nothing"),
    ("moogsoft refuses what an alert says", "the web ui stands still"),
)
MADE: list[str] = []
NAMED: list[str] = []
"""Pairs of which both were named, and both ends."""


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    with laboratory(postgres, openbao) as made:
        yield made
    sys.stdout.write(f"\npairs: {len(MADE)} made, {len(NAMED)} named\n")


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(pair, id=" + ".join(pair).replace(" ", "-"), marks=[pytest.mark.nightly] if place % 16 else [])
        for place, pair in enumerate(PAIRS)
    ],
)
def test_two_faults_at_once_are_both_named_and_nothing_else(stack: Stack, names: tuple[str, str]) -> None:
    one, other = (BY_NAME[name] for name in names)
    await_well(stack, "before", one, other)
    MADE.append(" + ".join(names))
    with ExitStack() as made:
        made.enter_context(one.make(stack))
        made.enter_context(other.make(stack))
        health_shows(stack, one, other)
        doctor_names(stack, one, other)
    await_well(stack, "again", one, other)
    assert causes(stack, one, other)[0] == []
    NAMED.append(" + ".join(names))


def test_there_are_pairs_enough_and_each_is_of_two_causes() -> None:
    assert len({frozenset(pair) for pair in PAIRS}) == len(PAIRS) >= 20
    assert all(BY_NAME[one].cause != BY_NAME[other].cause for one, other in PAIRS)
