"""Three roles, each with the rights of the one before; without a key only what is open."""

from __future__ import annotations

import pytest

from mutt_cli.core.access import Caller, Needed, Role, allows
from mutt_cli.core.secrets import Secrets

NEEDS: tuple[Needed, ...] = ("open", "viewer", "operator", "admin")
MATRIX: tuple[tuple[Role | None, tuple[bool, ...]], ...] = (
    (None, (True, False, False, False)),
    ("viewer", (True, True, False, False)),
    ("operator", (True, True, True, False)),
    ("admin", (True, True, True, True)),
)


@pytest.mark.parametrize(("role", "expected"), MATRIX)
def test_a_role_may_what_lower_roles_may_and_nothing_more(role: Role | None, expected: tuple[bool, ...]) -> None:
    caller = None if role is None else Caller("key", role)
    assert tuple(allows(caller, needed) for needed in NEEDS) == expected


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("one", "K"),
        ("two", "K_NEXT"),
        ("", ""),
        ("on", ""),
        ("onee", ""),
        ("ünë", ""),
        ("\udcff", ""),
        ("x" * 9999, ""),
    ],
)
def test_a_key_is_recognised_by_its_name_or_not_at_all(given: str, name: str) -> None:
    assert Secrets({"K": "one", "K_NEXT": "two"}).recognised("K", given) == name


def test_without_a_secret_nothing_is_recognised() -> None:
    assert Secrets({"K": "", "K_NEXT": ""}).recognised("K", "") == ""
