"""Which value of a secret is used during its rotation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.keyring import REST_S, Keyring

BOTH = ("old", "new")


def test_the_current_value_comes_first() -> None:
    assert Keyring().first(BOTH, 0.0) == "old"
    assert Keyring().first((), 0.0) == ""


def test_the_next_one_is_tried_when_the_current_one_is_refused_and_kept_when_it_works() -> None:
    ring = Keyring().after_refusal("old", 0.0)
    assert ring.other(BOTH, 0.0) == "new"
    ring = ring.after_success("new")
    assert ring.first(BOTH, 100.0) == "new"
    assert ring.after_refusal("new", 100.0).other(BOTH, 100.0) == "old"


def test_nothing_is_left_to_try_when_both_were_refused_until_a_rest_is_over() -> None:
    ring = Keyring().after_refusal("old", 0.0).after_refusal("new", 1.0)
    assert ring.other(BOTH, 1.0) is None
    assert ring.first(BOTH, 1.0) == "old"
    assert ring.other(BOTH, REST_S) == "old"
    assert ring.other(BOTH, REST_S + 1.0) == "old"


def test_a_value_that_vault_gives_anew_is_tried_at_once() -> None:
    ring = Keyring().after_success("old").after_refusal("old", 0.0)
    assert ring.first(("fresh",), 0.0) == "fresh"
    assert ring.other(("fresh", "old"), 0.0) == "fresh"


def test_one_refusal_does_not_make_others_begin_with_a_value_that_never_worked() -> None:
    ring = Keyring().after_success("old").after_refusal("old", 0.0)  # a proxy's 403 for one alert
    assert ring.first(BOTH, 0.0) == "old"
    assert ring.other(BOTH, 0.0) == "new"


def test_a_value_that_worked_and_is_gone_is_not_used() -> None:
    assert Keyring().after_success("old").first(("fresh", "next"), 0.0) == "fresh"


def test_a_value_that_comes_first_now_is_used_although_the_other_works_too() -> None:
    ring = Keyring().after_success("old")
    assert ring.first(("new", "old"), 0.0) == "new"
    ring = ring.after_success("new").after_success("old")  # a post that began before ends after
    assert (ring.first(("new", "old"), 0.0), ring.working(("new", "old"))) == ("new", "new")


def test_a_value_that_was_refused_where_another_works_is_tried_again_when_secrets_are_read_again() -> None:
    ring = Keyring().after_success("old").after_refusal("new", 0.0).after_success("old")
    for later in (0.0, 1000.0):
        assert (ring.first(("new", "old"), later), ring.working(("new", "old"))) == ("old", "old")
    again = ring.read_again()
    assert (again.first(("new", "old"), 0.0), again.working(("new", "old"))) == ("new", "old")


def test_nothing_is_known_to_work_before_something_was_accepted() -> None:
    assert Keyring().after_refusal("old", 0.0).working(BOTH) == ""
    assert Keyring().after_success("gone").working(BOTH) == ""


def test_a_keyring_shows_no_value() -> None:
    assert "hunter2" not in repr(Keyring().after_success("hunter2").after_refusal("hunter2", 0.0))


values = st.lists(st.text(max_size=3), unique=True, max_size=3)


@given(values, st.lists(st.tuples(st.text(max_size=3), st.booleans(), st.floats(0, 20)), max_size=8), st.floats(0, 30))
def test_what_is_offered_is_always_one_of_the_values(
    there: list[str], history: list[tuple[str, bool, float]], now_s: float
) -> None:
    ring = Keyring()
    for value, good, at in sorted(history, key=lambda one: one[2]):
        ring = ring.after_success(value) if good else ring.after_refusal(value, at)
    assert ring.first(there, now_s) in (there or [""])
    assert ring.other(there, now_s) in {None, *there}
