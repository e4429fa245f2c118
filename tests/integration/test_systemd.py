"""What systemd is asked, and that its absence is no error. A stand-in answers in systemd's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.systemd import UNITS, active_units

if TYPE_CHECKING:
    from pathlib import Path


def systemctl(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "systemctl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_running_and_starting_units_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states = dict(zip(UNITS, ("inactive", "active", "activating", "failed", "unknown"), strict=True))
    script = "shift\nfor unit; do case $unit in " + " ".join(f"{u}.service) echo {s};;" for u, s in states.items())
    systemctl(tmp_path, script + " esac; done; exit 3", monkeypatch)
    assert active_units(tmp_path) == (UNITS[1], UNITS[2])


def test_machine_that_systemd_does_not_run_has_no_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    systemctl(tmp_path, "echo active; echo active; echo active; echo active; echo active", monkeypatch)
    assert active_units(tmp_path / "absent") == ()


@pytest.mark.parametrize("script", ["echo 'Failed to connect to bus' >&2; exit 1", "exit 0"])
def test_systemd_without_an_answer_has_no_units(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    systemctl(tmp_path, script, monkeypatch)
    assert active_units(tmp_path) == ()
