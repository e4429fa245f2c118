"""What `mutt redis nottl` takes for a key that must end is what the keys say of themselves."""

from __future__ import annotations

import inspect
from fnmatch import fnmatchcase

import pytest

from mutt_cli.keys import Keys, expiring_patterns
from tests.contract.test_docs_protocol import documented_name


@pytest.mark.parametrize(
    "member", [name for name in vars(Keys) if name[0] != "_" and name != "tag" and "pattern" not in name]
)
def test_a_key_needs_an_end_exactly_if_it_says_that_it_expires(member: str) -> None:
    said = inspect.getdoc(inspect.getattr_static(Keys, member)) or ""
    name = documented_name(member).replace("<role>", "alerter")
    needs_an_end = any(fnmatchcase(name, pattern) for pattern in expiring_patterns(Keys()))
    assert needs_an_end == ("expir" in said)
