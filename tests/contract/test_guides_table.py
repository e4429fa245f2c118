"""The tables of the guides' lines are whole: every mention is in them, and every exception says why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.guides import GUIDES, PROGRAMS, guide, lines

LIMITS = (Path(__file__).resolve().parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
LINES = lines()


def places(at: str) -> range:
    """`SO:3-5` as line numbers."""
    first, _, last = at.partition(":")[2].partition("-")
    return range(int(first), int(last or first) + 1)


@pytest.mark.parametrize("name", GUIDES)
def test_every_mention_of_the_three_programs_is_in_the_table(name: str) -> None:
    tables = guide(name)["line"] + guide(name).get("elsewhere", [])
    texts = [one["run"] + one.get("typed", "") + one.get("meanwhile", "") for one in tables for _ in one["at"]]
    mentions = [row for text in texts for row in text.splitlines() if PROGRAMS.search(row)]
    assert len(mentions) == guide(name)["mentions"]


def test_each_place_has_as_many_lines_as_the_text() -> None:
    odd = {at for line in LINES for at in line.at if len(places(at)) != len(line.text.splitlines())}
    assert odd == set()


def test_no_place_is_named_twice() -> None:
    named = [(at[:2], number) for line in LINES for at in line.at for number in places(at)]
    assert len(named) == len(set(named))


def test_what_a_guide_marks_as_yours_is_named_with_what_stands_for_it() -> None:
    marked = re.compile(r"YOUR_[A-Z_]+|<[a-z]+(?:-[a-z]+)+>")
    assert [line.name for line in LINES if set(marked.findall(line.text)) != set(line.placeholders)] == []


def test_an_exempt_line_names_its_row_and_the_reason() -> None:
    exempt = [line for line in LINES if line.exempt]
    assert [line.name for line in exempt if not re.fullmatch(r"B-\d\d", line.exempt) or not line.reason] == []
    assert [line.name for line in exempt if line.not_yet] == []


def test_limits_name_the_lines_that_do_not_hold() -> None:
    found = re.search(r"<!-- checked: guides -->\n(.*?)<!-- end -->", LIMITS, re.DOTALL)
    assert found
    assert set(re.findall(r"`((?:SO|TG):[\d-]+)`", found.group(1))) == {
        at for line in LINES if not line.expected for at in line.at
    }
