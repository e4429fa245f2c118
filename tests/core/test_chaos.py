"""Chaos with plain values: what can be broken, what is said to show it, and how a round is judged."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import msgspec
import pytest

from mutt_cli.core.chaos import ANY, BY_NAME, CATALOGUE, Count, Fault, Image, judged, nearest, picked, possible, worse
from mutt_cli.core.diagnosis import BY_ID as CAUSES
from mutt_cli.core.diagnosis.cause import filled
from mutt_cli.core.health.catalogue import BY_ID as CHECKS
from mutt_cli.daemons.behaviour import Behaviour
from mutt_cli.ops.platform.services import SERVICES
from mutt_cli.present.chaos import title

each = pytest.mark.parametrize("fault", CATALOGUE, ids=lambda one: one.name)


def test_names_are_unique_and_none_of_them_is_the_word_for_any() -> None:
    assert len(BY_NAME) == len(CATALOGUE)
    assert ANY not in BY_NAME


@each
def test_a_fault_is_of_a_cause_that_doctor_knows_and_that_explains_its_check(fault: Fault) -> None:
    name, _, about = fault.cause.partition(":")
    patterns = [filled(one, {"service": about, "also": fault.check}) for one in CAUSES[name].explains]
    assert any(fnmatchcase(fault.check, one) for one in patterns)
    assert fault.check in CHECKS
    assert "{" not in title(fault.cause)


@each
def test_a_fault_needs_a_part_of_the_platform(fault: Fault) -> None:
    everything = {"redis", "db", "vault", *(one.name for one in SERVICES)}
    assert possible(everything) == CATALOGUE
    assert fault not in possible(everything - {fault.target})


@each
def test_the_simulator_understands_how_it_is_told_to_fail(fault: Fault) -> None:
    told = msgspec.convert(dict(fault.behaviour), Behaviour)
    assert (told != Behaviour()) == (fault.kind == "moogsoft")


def test_an_image_is_the_same_after_it_was_kept() -> None:
    image = Image("alerter-stopped", pid=7, started=12)
    kept = msgspec.to_builtins(image)
    assert kept == {"fault": "alerter-stopped", "pid": 7, "started": 12}
    assert msgspec.convert(kept, Image) == image


@pytest.mark.parametrize(("said", "meant"), [("redis-stoped", "redis-stopped"), ("ani", ANY), ("xyzzy", "")])
def test_what_was_probably_meant_is_named(said: str, meant: str) -> None:
    assert nearest(said) == meant


def test_chance_may_fall_on_each_that_is_possible_and_lasts() -> None:
    faults = possible({"redis", "db"})
    chosen = {picked(faults, number).name for number in range(100)}
    assert chosen == {"redis-stopped", "db-stopped", "rule-unusable"}, "what was killed is there again too soon"


def test_only_what_was_not_bad_before_is_worse() -> None:
    assert worse({"backup.age": "warning"}, {"backup.age": "warning", "svc.webui": "warning"}) == {
        "svc.webui": "warning"
    }


def test_the_ledger_tells_what_its_counters_rose_by() -> None:
    before, after = Count({"accepted": 5, "dead": 1}, 0), Count({"accepted": 9, "forwarded": 2, "dead": 1}, 2)
    assert after.since(before) == {"accepted": 4, "dead": 0, "forwarded": 2}


WELL: dict[str, Any] = {
    "recovered": True, "remainder": 0, "answered": 8, "accepted": 8, "left": (), "limit_s": 300.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("differs", "result", "words"),
    [
        ({}, "ok", "nothing was lost"),
        ({"accepted": 9}, "ok", "nothing was lost"),
        ({"recovered": False, "left": ["svc.alerter"]}, "not_recovered", "300 s after it was healed: svc.alerter"),
        ({"recovered": False}, "not_recovered", "could not be looked at"),
        ({"remainder": 2}, "not_balanced", "2 missing"),
        ({"remainder": -1}, "not_balanced", "1 there twice"),
        ({"accepted": 7}, "not_balanced", "8 events were answered 200 and the ledger knows of 7"),
    ],
)
def test_a_round_is_judged_by_recovery_the_ledger_and_what_was_answered(
    differs: dict[str, Any], result: str, words: str
) -> None:
    judgement = judged(**(WELL | differs))
    assert (judgement.result, judgement.ok) == (result, result == "ok")
    assert words in judgement.sentence
