"""What the pages in docs/ refer to exists: files, folders, tests, and each other.

A decision record may name a file that is gone by now, so only its links are followed.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
RECORDS = sorted((DOCS / "adr").glob("*.md"))
LUA = ROOT / "mutt_cli" / "adapters" / "lua"
BASES = (ROOT, ROOT / "mutt_cli", ROOT / "mutt_cli" / "core", ROOT / "mutt_cli" / "daemons", LUA)
"""Where a path may begin: a page names `event.py` where the room is clear, and scripts by their file name."""
PATH = re.compile(r"`((?:[\w.-]+/)*[\w.-]+(?:\.(?:py|lua|sql|toml)|/))(?:::(\w+))?`")
PLACEHOLDER = re.compile(r"NNNN|NAME|NOUN")
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([\w-]+))?\)")


def named(page: Path) -> list[tuple[str, str]]:
    """Paths in backticks, each with the test named after it or nothing."""
    found = PATH.findall(page.read_text(encoding="utf-8"))
    return [(path, test) for path, test in found if not PLACEHOLDER.search(path)]


def anchors(page: Path) -> set[str]:
    """The anchors that headings of a page get."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_named_exists(page: Path) -> None:
    assert [path for path, _ in named(page) if not any((base / path).exists() for base in BASES)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_named_exists(page: Path) -> None:
    missing = [
        f"{path}::{test}"
        for path, test in named(page)
        if test and f"def {test}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert missing == []


@pytest.mark.parametrize("page", [*PAGES, *RECORDS], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


def test_every_record_is_in_the_list_with_its_title() -> None:
    index = (DOCS / "adr" / "README.md").read_text(encoding="utf-8")
    for record in RECORDS:
        if record.name != "README.md":
            number, title = record.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ").split(" ", 1)
            assert f"[{number}]({record.name}) | {title} |" in index
