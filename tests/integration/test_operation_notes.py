"""The file that keeps operations while PostgreSQL is away: each record goes into the database of its own deployment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import operations, operations_reading
from mutt_cli.adapters.operations import Audited, Begun, Ended

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection

EAST = Begun(
    "op-EAST01", datetime(2026, 11, 28, 3, 0, tzinfo=UTC), "mk@bastion", "bastion", "prod-east", "config set", "W",
    ("config", "set", "moog_timeout=5"), "INC-1", {}, {"former": {"moog_timeout": None}},
)  # fmt: skip
WEST = replace(EAST, id="op-WEST01", context="prod-west")
DONE = Ended("done", {"settings": 1}, {}, (Audited("CREATE", "config", "moog_timeout", None, {"value": "5"}),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for one in (EAST, WEST):
        operations.note(tmp_path, one)
        operations.note(tmp_path, one, DONE)
    return tmp_path


def test_only_the_records_of_this_deployment_are_brought_in_with_their_audit(
    migrated: Connection, folder: Path
) -> None:
    assert operations.absorb(migrated, folder, "prod-west") == 1
    assert operations.absorb(migrated, folder, "prod-west") == 0
    rows = migrated.execute("SELECT id, context, result FROM operations").fetchall()
    assert rows == [("op-WEST01", "prod-west", "done")]
    columns = b"changed_by, record_id, new_values, reason, correlation_id"
    audit = migrated.execute(b"SELECT %b FROM audit_logs" % columns).fetchall()
    assert audit == [("mk@bastion", "moog_timeout", {"value": "5"}, "INC-1", "op-WEST01")]
    assert [one.id for one in operations_reading.noted(folder)] == ["op-EAST01"]
    assert operations.absorb(migrated, folder, "prod-east") == 1
    assert operations_reading.noted(folder) == []


def test_an_end_before_the_file_was_emptied_brings_nothing_in_twice(migrated: Connection, folder: Path) -> None:
    kept = (folder / operations.FILE_NAME).read_bytes()
    operations.absorb(migrated, folder, "prod-east")
    (folder / operations.FILE_NAME).write_bytes(kept)
    operations.absorb(migrated, folder, "prod-east")
    assert migrated.execute("SELECT count(*) FROM audit_logs").fetchone() == (1,)
    assert migrated.execute("SELECT count(*) FROM operations").fetchone() == (1,)


def test_an_operation_that_nothing_else_audits_is_audited_as_itself(migrated: Connection) -> None:
    for one, ended in ((EAST, Ended("done", {"messages": 7}, {})), (WEST, DONE)):
        operations.begin(migrated, one)
        operations.end(migrated, one, ended)
    rows = migrated.execute("SELECT correlation_id, table_name, record_id FROM audit_logs ORDER BY 1").fetchall()
    assert rows == [("op-EAST01", "operations", "op-EAST01"), ("op-WEST01", "config", "moog_timeout")]
