"""How results are merged, what follows from what, and what a maintenance window changes."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.health.catalogue import BY_ID
from mutt_cli.core.health.causes import CONSEQUENCES, attributed, by_importance
from mutt_cli.core.health.check import ORDER, HealthCheck, State, worse, worst
from mutt_cli.core.health.windows import COVERS, capped
from mutt_cli.core.window import Window
from mutt_cli.ops.maintenance import SCOPES

STATES: tuple[State, ...] = get_args(State)
EXECUTED = st.lists(st.tuples(st.sampled_from(sorted(BY_ID)), st.sampled_from(STATES)), unique_by=lambda one: one[0])


def made(pairs: list[tuple[str, State]]) -> list[HealthCheck]:
    return [HealthCheck(BY_ID[name], state, "") for name, state in pairs]


def window(scope: str) -> Window:
    return Window("op-1", scope, "mk", "", 0, 2)


def test_the_order_is_that_of_monitoring_plugins() -> None:
    assert ORDER == ("ok", "unknown", "warning", "critical")
    assert worse("warning", "unknown") == "warning"
    assert worse("skipped", "ok") == "ok"
    assert worst([]) == "skipped"


@given(EXECUTED)
def test_attributing_changes_no_state_and_no_check_causes_itself(pairs: list[tuple[str, State]]) -> None:
    before = made(pairs)
    after = attributed(before)
    assert [one.state for one in after] == [one.state for one in before]
    bad = {one.id for one in after if one.bad}
    for one in after:
        assert one.caused_by in bad | {""}
        assert one.caused_by != one.id
        assert one.bad or not one.caused_by


@given(EXECUTED)
def test_of_what_is_bad_something_is_a_cause(pairs: list[tuple[str, State]]) -> None:
    bad = [one for one in attributed(made(pairs)) if one.bad]
    assert not bad or any(not one.caused_by for one in bad)


@given(EXECUTED)
def test_the_first_in_importance_is_the_worst_and_is_a_cause_if_one_is_as_bad(pairs: list[tuple[str, State]]) -> None:
    checks = attributed(made(pairs))
    found = by_importance(checks)
    assert {one.id for one in found} == {one.id for one in checks if one.bad}
    if found:
        assert found[0].state == worst(found)
        assert not found[0].caused_by or all(one.caused_by for one in found if one.state == found[0].state)


def test_every_named_cause_and_consequence_is_a_check() -> None:
    for cause, _, followers in CONSEQUENCES:
        assert cause in BY_ID
        assert all(any(fnmatchcase(name, pattern) for name in BY_ID) for pattern in followers)


def test_every_scope_of_a_window_covers_a_check() -> None:
    assert {"all", *COVERS} == set(SCOPES)
    for patterns in COVERS.values():
        assert all(any(fnmatchcase(name, pattern) for name in BY_ID) for pattern in patterns)


@given(EXECUTED, st.sampled_from(SCOPES))
def test_a_window_makes_critical_a_warning_and_nothing_better(pairs: list[tuple[str, State]], scope: str) -> None:
    before = made(pairs)
    for one, other in zip(before, capped(before, [window(scope)]), strict=True):
        assert other.state == one.state or (one.state, other.state) == ("critical", "warning")
        if scope == "all":
            assert other.state != "critical"


@pytest.mark.parametrize(("scope", "state"), [("moog", "warning"), ("db", "critical"), ("db,moog", "warning")])
def test_a_window_covers_what_it_is_about(scope: str, state: str) -> None:
    found = capped(made([("breaker.moog", "critical")]), [window(scope)])
    assert found[0].state == state


def test_a_window_covers_also_what_follows_from_what_it_is_about() -> None:
    late = replace(made([("queue.ingest.age", "critical")])[0], caused_by="breaker.moog")
    assert capped([late], [window("moog")])[0].state == "warning"
