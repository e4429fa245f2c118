"""The archive has its name when it is whole, and takes nobody else's."""

from __future__ import annotations

import stat
import tarfile
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.bundle_file import write
from mutt_cli.errors import MuttError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_every_file_is_in_one_folder_and_for_its_owner_alone(tmp_path: Path) -> None:
    made = write(tmp_path / "b.tar.gz", "b", {"a.json": b"{}", "c.md": b"text"}, 1_700_000_000)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    with tarfile.open(made.path) as archive:
        members = archive.getmembers()
    assert [(one.name, one.mode, one.uid, one.isreg()) for one in members] == [
        ("b/a.json", 0o600, 0, True), ("b/c.md", 0o600, 0, True),
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == [made.path]


def test_what_is_there_stays_also_if_it_is_a_link_to_nowhere(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "b.tar.gz", tmp_path / "elsewhere"
    path.symlink_to(elsewhere)
    with pytest.raises(UsageError, match="exists already"):
        write(path, "b", {"a": b""}, 0)
    assert not elsewhere.exists()
    assert list(tmp_path.iterdir()) == [path]


def test_one_that_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    class Interrupted(dict[str, bytes]):
        def items(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
            yield "a", b"x" * 100
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "b.tar.gz", "b", Interrupted(), 0)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_said_with_its_code(tmp_path: Path) -> None:
    with pytest.raises(MuttError) as found:
        write(tmp_path / "no" / "b.tar.gz", "b", {}, 0)
    assert found.value.code == "MUTT-U013"
