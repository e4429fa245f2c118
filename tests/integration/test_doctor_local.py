"""What doctor sees of a platform of `mutt up` that does not run."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from mutt_cli.adapters.configuration import Configuration
from mutt_cli.adapters.engines.processes import started_at
from mutt_cli.ops.doctor.local import look
from mutt_cli.ops.platform import record
from mutt_cli.ops.snapshot.local import Folders
from mutt_cli.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

NOTHING_SET = Configuration(Settings(), {})


def stopped(state: Path, configuration: Configuration = NOTHING_SET) -> str:
    return look(configuration, Folders(state, state / "backups", None, state / "witness"), {}).stopped_platform


def test_a_platform_that_does_not_run_is_seen_where_nothing_else_is_set(tmp_path: Path) -> None:
    assert stopped(tmp_path) == ""
    (tmp_path / "mutt.env").touch()
    assert stopped(tmp_path) == str(tmp_path)


def test_where_a_deployment_is_set_a_platform_that_does_not_run_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "mutt.env").touch()
    assert stopped(tmp_path, replace(NOTHING_SET, env_file=tmp_path / "other.env")) == ""


def test_a_platform_that_runs_is_not_stopped(tmp_path: Path) -> None:
    (tmp_path / "mutt.env").touch()
    (tmp_path / "lock").write_text(f"{os.getpid()} {started_at(os.getpid())}")
    record.write(tmp_path, record.Record(os.getpid(), "", "1", "", "", {}, {}, [], ""))
    assert stopped(tmp_path) == ""
