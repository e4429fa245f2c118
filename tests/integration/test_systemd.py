"""What systemd is asked, and that its absence is no error. A stand-in answers in systemd's words."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from mutt_cli.adapters.systemd import UNITS, active_units
from mutt_cli.daemons.runtime import Runtime
from mutt_cli.settings import Settings

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


def test_state_of_a_service_is_in_the_units_own_folder_unless_the_setting_names_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    where = cast("property", Runtime.state_dir).fget
    assert where
    base = Settings()
    named = replace(base, platform=replace(base.platform, state_dir="/srv/state"))
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/mutt-unit")
    assert str(where(SimpleNamespace(settings=base))) == "/var/lib/mutt-unit"
    assert str(where(SimpleNamespace(settings=named))) == "/srv/state"


@pytest.mark.parametrize("script", ["echo 'Failed to connect to bus' >&2; exit 1", "exit 0"])
def test_systemd_without_an_answer_has_no_units(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    systemctl(tmp_path, script, monkeypatch)
    assert active_units(tmp_path) == ()
