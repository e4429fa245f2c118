"""What tells a file of ours from one that somebody changed."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.generated import is_untouched, judged, signed

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"))


@given(TEXT)
def test_what_was_signed_is_untouched_and_ends_in_one_line_that_anybody_can_check(text: str) -> None:
    made = signed(text).encode()
    assert is_untouched(made)
    body, _, last = made.removesuffix(b"\n").rpartition(b"\n")
    assert last.rpartition(b" ")[2].decode() == hashlib.sha256(body + b"\n").hexdigest()


@given(TEXT, st.integers(min_value=0), st.binary(max_size=3))
def test_any_other_bytes_are_somebodys_work(text: str, where: int, other: bytes) -> None:
    made = signed(text).encode()
    at = where % (len(made) + 1)
    changed = made[:at] + other + made[at + len(other) :]
    assert is_untouched(changed) == (changed == made)


@given(st.binary(max_size=200))
def test_a_file_of_others_is_never_ours(content: bytes) -> None:
    assert not is_untouched(content)


def test_an_older_one_of_ours_is_renewed_and_a_changed_one_is_kept() -> None:
    old, new = signed("daily\n"), signed("weekly\n")
    assert judged(None, new) == "create"
    assert judged(new.encode(), new) == "same"
    assert judged(old.encode(), new) == "renew"
    assert judged(old.replace("daily", "hourly").encode(), new) == "keep"
    assert judged(old.encode() + b"# mine\n", new) == "keep"
    assert judged(old.encode().removesuffix(b"\n"), new) == "keep"
    assert judged(b"", new) == "keep"
