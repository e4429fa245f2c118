"""Keys of the web API: how one looks, what it may be called, when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mutt_cli.adapters.clock import new_api_key
from mutt_cli.core.api_keys import ApiKey, digest, fingerprint, is_shaped, problem_with_name
from mutt_cli.core.spans import to_come

NOW = datetime(2026, 11, 28, 3, 7, 31, tzinfo=UTC)
KEY = ApiKey("jane", "operator", "0123456789ab", NOW, "root@lab", None, None)


def test_a_new_key_is_shaped_like_one_and_no_two_are_the_same() -> None:
    keys = {new_api_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(map(is_shaped, keys))


@pytest.mark.parametrize("text", ["", "web-key", *(f"mutt_{rest}" for rest in ("", "x" * 42, "x" * 44, "é" * 43))])
def test_what_is_no_key_is_not_looked_up(text: str) -> None:
    assert not is_shaped(text)
    assert not is_shaped(f"{new_api_key()}\n")


def test_people_tell_keys_apart_by_the_start_of_their_digest() -> None:
    assert fingerprint(digest("mutt_abc")) == "55045fe1ca3e"


@pytest.mark.parametrize("name", ["jane", "Jane.Doe@noc", "ci-7", "a" * 64])
def test_a_name_is_what_the_audit_can_show(name: str) -> None:
    assert not problem_with_name(name)


@pytest.mark.parametrize("name", ["", "a" * 65, "two words", "-jane", "<b>", "jane\n", "ünal"])
def test_a_name_that_is_none_says_what_one_is(name: str) -> None:
    assert "letters, digits" in problem_with_name(name)


@pytest.mark.parametrize("name", ["WEBUI_API_KEY", "webui_api_key_next", "INGEST_API_KEY"])
def test_no_key_is_called_as_one_in_vault(name: str) -> None:
    assert "Vault" in problem_with_name(name)


def test_a_key_is_valid_until_its_end_and_not_a_moment_longer() -> None:
    assert KEY.state(NOW) == "valid"
    ends = replace(KEY, expires_at=NOW)
    assert ends.state(NOW - timedelta(microseconds=1)) == "valid"
    assert ends.state(NOW) == "expired"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("90d", NOW + timedelta(days=90)), ("1h30m", NOW + timedelta(minutes=90)),
        ("2027-03-01", datetime(2027, 3, 1, tzinfo=UTC)),
        ("2027-03-01T06:00:00+02:00", datetime(2027, 3, 1, 6, tzinfo=timezone(timedelta(hours=2)))),
        ("2027", None), ("soon", None), ("-1d", None), ("", None),
    ],
)  # fmt: skip
def test_an_end_is_so_long_from_now_or_a_date(text: str, meant: datetime | None) -> None:
    assert to_come(text, NOW) == meant
