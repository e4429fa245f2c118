"""The page about mutt top: every key, mark and picture that it names is there, and the other way round."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from mutt_cli.commands.top_source import known
from mutt_cli.present.top.acts import ACTING
from mutt_cli.present.top.services import STATES
from tests.top_pictures import FOLDER, SCREENS, SIZES, THEMES

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "top.md").read_text(encoding="utf-8")


def test_every_picture_of_the_page_is_there_and_every_screen_has_its_pictures() -> None:
    for name in re.findall(r"\(top/([\w-]+\.svg)\)", PAGE):
        assert (FOLDER / name).is_file(), name
    wanted = {f"{name}-{w}x{h}-{theme}.svg" for name in SCREENS for w, h in SIZES for theme in THEMES}
    assert {one.name for one in FOLDER.glob("*.svg")} == wanted


def test_pictures_fetch_nothing_from_anywhere() -> None:
    for path in FOLDER.glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"@font-face|href=\"http|src=|url\((?!#)", text), path.name


def test_the_page_names_every_key_that_acts_and_every_state() -> None:
    rows = "".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w)`", rows)) == set(ACTING)
    for state in STATES:
        assert f"`{state}`" in PAGE, state


def test_every_command_of_the_page_is_one() -> None:
    for line in re.findall(r"`mutt ([a-z]+(?: [a-z]+)*)", PAGE):
        assert known(line.split()) is not None, line
