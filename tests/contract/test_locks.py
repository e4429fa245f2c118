"""The lock files say what is installed, with hashes, and never where from: that is the installer's own business."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
PINNED = re.compile(r"^[a-z0-9][a-z0-9._-]*(\[[a-z,]+\])?==\S+")


def test_there_are_two_locks() -> None:
    assert [lock.name for lock in LOCKS] == ["requirements-dev.lock", "requirements.lock"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_lock_names_no_address(lock: Path) -> None:
    assert "://" not in lock.read_text()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_is_pinned_and_hashed(lock: Path) -> None:
    packages = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^\s*#.*\n", "", lock.read_text()))
    for package in packages:
        assert PINNED.match(package), package
        assert "--hash=sha256:" in package, package


def test_the_product_is_locked_to_the_same_versions_in_both() -> None:
    product, dev = (
        dict(re.findall(r"(?m)^([a-z0-9._-]+)(?:\[.*?\])?==(\S+)", lock.read_text())) for lock in LOCKS[::-1]
    )
    assert {name: version for name, version in dev.items() if name in product} == product
