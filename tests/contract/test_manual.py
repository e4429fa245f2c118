"""The manual is what the commands are: pages compared with the code, and read by the program that shows them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from mutt_cli import __version__
from mutt_cli.commands.manual import cli_page, pages
from mutt_cli.core.explained import every_code
from mutt_cli.core.generated import GeneratedFile, is_untouched
from mutt_cli.daemons.webui.api.reference import page_text as api_page
from mutt_cli.present.cli_page import cli_page as page_of
from mutt_cli.present.manpages import man_files
from mutt_cli.present.manual import GROUPS, Entry, Option, Page, Paragraph
from mutt_cli.settings import DECLARATIONS
from tests.contract.command_table import DOCS, NOT_BUILT, ROWS, built
from tests.peers import peer

if TYPE_CHECKING:
    from pathlib import Path

MAN: Final = DOCS.parent / "man"
PAGES: Final = pages()
FILES: Final = man_files(PAGES, __version__)
HOSTILE: Final = (".so /etc/passwd", "'br", "\\*[x] \\n(zz", ".SH NAME", "a `b` \\fB c", "-- ~ ^ `")


def name(file: GeneratedFile) -> str:
    return file.path.rpartition("/")[2]


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_shipped_page_is_the_generated_one(file: GeneratedFile) -> None:
    assert (MAN / name(file)).read_text() == file.content, "run bin/regenerate"


def test_there_is_no_page_that_nothing_makes() -> None:
    assert sorted(path.name for path in MAN.iterdir()) == sorted(map(name, FILES))


def test_the_page_of_all_commands_is_the_generated_one() -> None:
    assert (DOCS / "cli.md").read_text() == cli_page(), "run bin/regenerate"


def test_the_page_of_the_web_api_is_the_generated_one() -> None:
    assert (DOCS / "api.md").read_text() == api_page(), "run bin/regenerate"


def test_every_command_that_is_built_is_on_the_page_with_its_class_and_flags() -> None:
    page = cli_page()
    for row in ROWS:
        leaf = built().get(row.path)
        if leaf is not None and leaf.words != ("daemon",):
            heading = next(line for line in page.splitlines() if line.startswith(f"#### `mutt {row.path} "))
            assert heading.endswith(f"({row.impact})")
            part = page.partition(heading)[2].partition("\n#### ")[0]
            told = part + _shared(page)
            wanted = [one for one in row.flags if one.startswith("--") and f"{row.path} {one}" not in NOT_BUILT]
            assert [flag for flag in wanted if flag not in told] == []


def _shared(page: str) -> str:
    return page.partition("## Shared flags")[2]


def test_every_noun_is_in_a_group() -> None:
    names = [one for _, group in GROUPS for one in group]
    assert len(names) == len(set(names))
    assert [page.name for page in PAGES if page.name not in names] == []


@pytest.mark.parametrize("file", FILES, ids=name)
def test_the_formatter_has_nothing_to_say_about_a_page(file: GeneratedFile, tmp_path: Path) -> None:
    assert is_untouched(file.content.encode())
    shown = formatted(tmp_path, file)
    assert name(file) == "muttctl.1" or "NAME" in shown
    assert r"\(" not in shown


def test_settings_and_codes_are_all_in_their_pages(tmp_path: Path) -> None:
    by_name = {name(file): file for file in FILES}
    settings, errors = (formatted(tmp_path, by_name[one]) for one in ("mutt.env.5", "mutt-errors.7"))
    assert [one.env for one in DECLARATIONS if one.env not in settings] == []
    assert [code for code in every_code() if code not in errors] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_looks_like_a_request_is_text(tmp_path: Path, text: str) -> None:
    entry = Entry(
        "x y", text, "R (reads)", text, [Paragraph(text), Paragraph(lines=(text,))], [Option(text, text)], [], []
    )
    page = next(one for one in man_files([Page("x", text, [entry])], "1") if name(one) == "mutt-x.1")
    shown = formatted(tmp_path, page)
    assert shown.count(text.replace("`b`", "b")) >= 7
    assert "NAME" in shown


def test_text_that_looks_like_markup_is_text() -> None:
    entry = Entry("x", "", "R (reads)", "", [Paragraph("a_b * <TAB> `c_d`")], [], [], [])
    assert "a\\_b \\* \\<TAB> `c_d`" in page_of([Page("version", "", [entry])])


def formatted(folder: Path, file: GeneratedFile) -> str:
    """The page as `man` shows it, without emphasis; a warning fails."""
    for one in FILES if name(file) == "muttctl.1" else (file,):
        place = folder / one.path.rpartition("/man/")[2]
        place.parent.mkdir(exist_ok=True)
        place.write_text(one.content)
    command = [
        peer("groff", "groff-base"),
        "-man",
        "-ww",
        "-Tutf8",
        "-P-cbou",
        "-rLL=200n",
        str(folder / file.path.rpartition("/man/")[2]),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
