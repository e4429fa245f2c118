"""The catalogue of causes and the runbooks: what they name exists, and each step can be typed."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache

import pytest

from mutt_cli.commands.tree import Leaf, leaves
from mutt_cli.core.diagnosis import BY_ID, CASES
from mutt_cli.core.diagnosis.cause import AREAS
from mutt_cli.core.diagnosis.runbooks import RUNBOOKS
from mutt_cli.core.health.catalogue import BY_ID as CHECKS
from mutt_cli.core.snapshot import SERVICES
from tests.contract.test_advice import problem

CAUSES = [case.cause for case in CASES]
HARMLESS = {("drill",), ("moog", "test")}
"""Of class W, because they send something; without `--send` nobody outside gets it."""
STORES = ("redis", "db", "vault")
GUIDES = {
    "ingest-503", "ingest-401", "ingest-slow", "ingest-stuck", "alerter-slow", "alerter-memory", "alerter-cpu",
    "moog-dlq-growing", "moog-slow", "dlq-not-draining", "web-500", "web-slow", "web-401", "bottleneck", "no-alerts",
    "redis-down", "db-down", "db-connections", "unhandled-silent", "first-look", "emergency-stop", "rolling-update",
    "rollback", "known-issues", "escalation",
}  # fmt: skip
"""Runbooks that docs/runbook.md sends people to."""


def filled(pattern: str) -> list[str]:
    """A pattern with a blank, for each service that it can be about."""
    return [re.sub(r"\{\w+\}", service, pattern) for service in SERVICES] if "{" in pattern else [pattern]


@cache
def by_words() -> dict[tuple[str, ...], Leaf]:
    return {leaf.words: leaf for leaf in leaves()}


def leaf_of(line: str) -> Leaf:
    """The command of a line, by its longest words."""
    words = line.split()[1:]
    return next(by_words()[key] for length in (3, 2, 1) if (key := tuple(words[:length])) in by_words())


def unknown_flags(line: str) -> set[str]:
    """Flags of a line that its command does not have."""
    if not line.startswith("mutt ") or problem(line):
        return set()
    words = line.partition(";")[0].partition("   #")[0].split()[1:]
    known = {flag for one in leaf_of(line).command.params for flag in (*one.opts, *one.secondary_opts)}
    return {word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)} - known


def test_ids_are_unique_and_areas_are_those_of_only() -> None:
    assert len(BY_ID) == len(CASES)
    assert {one.area for one in CAUSES} <= set(AREAS)
    assert set(BY_ID).isdisjoint(CHECKS)


@pytest.mark.parametrize("cause", CAUSES, ids=lambda one: one.id)
def test_a_cause_says_what_it_means_and_what_to_type(cause: object) -> None:
    one = BY_ID[cause.id]  # type: ignore[attr-defined]
    assert one.means.endswith(".")
    assert not one.title.endswith(".")
    assert one.steps
    for step in one.steps:
        assert not problem(step.line), step.line
        assert not unknown_flags(step.line), step.line
        if step.safe:
            assert "{" not in step.line, "what is filled in could be more words"
            assert leaf_of(step.line).spec.impact == "W", step.line


@pytest.mark.parametrize("cause", CAUSES, ids=lambda one: one.id)
def test_what_a_cause_explains_and_hides_exists(cause: object) -> None:
    one = BY_ID[cause.id]  # type: ignore[attr-defined]
    for pattern in one.explains:
        if pattern == "{also}":  # of each service its own, by core/diagnosis/flow.py
            continue
        assert all(any(fnmatchcase(check, text) for check in CHECKS) for text in filled(pattern)), pattern
    for pattern in one.hides:
        texts = [pattern.replace("{store}", store) for store in STORES] if "{store}" in pattern else filled(pattern)
        assert any(fnmatchcase(name, text) for name in BY_ID for text in texts), pattern


@pytest.mark.parametrize("book", RUNBOOKS, ids=lambda one: one.name)
def test_a_runbook_looks_with_commands_that_change_nothing_and_names_causes_that_exist(book: object) -> None:
    one = next(other for other in RUNBOOKS if other is book)
    for line in one.looks:
        assert not unknown_flags(line), line
        assert leaf_of(line).spec.impact == "R" or leaf_of(line).words in HARMLESS, line
    for pattern in one.causes:
        assert any(fnmatchcase(name, pattern) for name in BY_ID), pattern
    for line in one.steps:
        assert not problem(line), line
    assert one.causes or one.steps


def test_every_runbook_that_the_guides_need_is_there() -> None:
    assert {one.name for one in RUNBOOKS} >= GUIDES
