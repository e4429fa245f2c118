"""The command line is what `docs/commands.tsv` says, and what is not built yet is named in `not_built.txt`."""

from __future__ import annotations

import pytest

from tests.contract.command_table import (
    BY_PATH,
    NONE,
    NOT_BUILT,
    ROWS,
    Row,
    aliases_of,
    argument_of,
    built,
    own_flags,
)

BUILT = built()
HERE = [row for row in ROWS if row.path in BUILT]


def missing(*words: str) -> bool:
    return " ".join(words) in NOT_BUILT


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_a_command_of_the_table_is_built_or_named_as_not_built(row: Row) -> None:
    there, named = row.path in BUILT, missing(row.path)
    assert there != named, "add it to not_built.txt, or take it out of there"


@pytest.mark.parametrize("path", sorted(BUILT))
def test_a_command_that_is_built_is_in_the_table(path: str) -> None:
    assert path in BY_PATH or any(path in row.aliases for row in ROWS)


@pytest.mark.parametrize("row", HERE, ids=lambda row: row.path)
def test_class_and_kind_are_those_of_the_table(row: Row) -> None:
    spec = BUILT[row.path].spec
    assert spec.impact == row.impact
    assert row.kind in {spec.kind, NONE}


@pytest.mark.parametrize("row", HERE, ids=lambda row: row.path)
def test_flags_are_those_of_the_table(row: Row) -> None:
    there = own_flags(BUILT[row.path])
    surplus = [spellings for spellings in there if not set(spellings) & set(row.flags)]
    assert surplus == [], "not in the table"
    spelled = {one for spellings in there for one in spellings}
    for flag in row.flags:
        assert (flag in spelled) != missing(row.path, flag), flag


@pytest.mark.parametrize("row", HERE, ids=lambda row: row.path)
def test_arguments_are_those_of_the_table(row: Row) -> None:
    assert (argument_of(BUILT[row.path], row.path) == row.argument) != missing(row.path, row.positional)


@pytest.mark.parametrize("row", HERE, ids=lambda row: row.path)
def test_aliases_are_those_of_the_table(row: Row) -> None:
    there = aliases_of(row.path) | (set(row.aliases) & set(BUILT))
    assert sorted(there - set(row.aliases)) == []
    for alias in row.aliases:
        assert (alias in there) != missing(alias), alias


def test_what_is_named_as_not_built_is_in_the_table_once() -> None:
    names = {row.path for row in ROWS} | {alias for row in ROWS for alias in row.aliases}
    names |= {f"{row.path} {word}" for row in ROWS for word in (*row.flags, row.positional)}
    assert sorted(NOT_BUILT) == sorted(set(NOT_BUILT))
    assert sorted(set(NOT_BUILT) - names) == []


def test_paths_and_aliases_are_unique() -> None:
    words = [word for row in ROWS for word in (row.path, *row.aliases)]
    twice = {word for word in words if words.count(word) > 1}
    # `dlq inspect` lists without an id and shows one with it (D32).
    assert twice <= {"dlq inspect"}


def test_how_much_is_built_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"{len(HERE)} of {len(ROWS)} commands of the table are built", end=" ")  # noqa: T201  for who reads the run
