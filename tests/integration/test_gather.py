"""Looks that are made at once cost each other nothing."""

from __future__ import annotations

import threading

from mutt_cli.errors import NotFoundError
from mutt_cli.ops.gather import BUG, LATE, together
from mutt_cli.settings import Settings


def test_one_that_fails_hangs_or_is_a_bug_says_so_and_the_others_are_there() -> None:
    never = threading.Event()

    def refuses() -> None:
        raise NotFoundError("there is none", code="MUTT-D411")

    def breaks() -> None:
        raise ValueError("quotes a secret")

    def waits() -> None:
        never.wait()

    try:
        found = together({"hangs": waits, "well": lambda: 7, "refuses": refuses, "breaks": breaks}, Settings(), 0.5)
    finally:
        never.set()
    assert list(found) == ["hangs", "well", "refuses", "breaks"]
    assert (found["well"].found, found["well"].error) == (7, None)
    assert {name: one.error.code for name, one in found.items() if one.error} == {
        "hangs": LATE, "refuses": "MUTT-D411", "breaks": BUG,
    }  # fmt: skip
    assert "secret" not in str(found["breaks"].error)
