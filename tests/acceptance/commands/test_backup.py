"""`mutt backup`, proved by zcat, sha256sum's figure, redis-cli and psql."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.commands.world import World

OLD = "mutt:dlq:old_events"


@pytest.fixture(autouse=True)
def messages(world: World) -> Iterator[Path]:
    """Twenty old events by hand, and an empty folder of backups; gives the folder."""
    folder = world.stack.folder / "state" / "backups"
    shutil.rmtree(folder, ignore_errors=True)
    for number in range(20):
        world.stack.redis.lpush(OLD, json.dumps({"message": f"old {number}", "hostname": "sw"}))
    yield folder
    world.stack.redis.delete(OLD)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.covers("backup create")
def test_a_backup_of_all_that_runs_holds_what_redis_cli_and_psql_see(world: World, messages: Path) -> None:
    with world.unchanged():
        assert world.mutt("backup", "create", "--dry-run", "-o", "json").json["operation"] is None
        assert not messages.exists()
    done = world.mutt("backup", "create", "--reason", "INC-1", "-o", "json")
    path = Path(done.json["path"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert hashlib.sha256(path.read_bytes()).hexdigest() == done.json["sha256"]
    lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    place = next(number for number, line in enumerate(lines) if line.get("key") == OLD)
    assert "\n".join(lines[place + 1]["e"] + lines[place + 2].get("e", [])) == world.redis_cli("LRANGE", OLD, "0", "-1")
    assert done.json["parts"]["db"]["alert_rules"] == int(world.psql("SELECT count(*) FROM alert_rules"))
    stored = world.psql(f"SELECT backup_path, backup_sha256 FROM operations WHERE id = '{world.operation(done)}'")  # noqa: S608
    assert stored == f"{path}|{done.json['sha256']}"
    without_postgres(world, "backup", "create")
    assert [one.name for one in files(messages)] == [path.name]
    assert "changed nothing" in world.mutt("undo", world.operation(done), "--yes", code=7).err


@pytest.mark.covers("backup list", "backup verify")
def test_backups_and_those_of_purges_are_listed_and_told_apart(world: World, messages: Path) -> None:
    assert world.mutt("backup", "list", "-o", "json").json["items"] == []
    made = world.mutt("backup", "create", "-o", "json").json
    purge = ("queue", "purge", "dlq-old-events", "--confirm", "dlq-old-events", "--reason", "x", "-o", "json")
    purged = world.mutt(*purge).json
    assert world.redis_cli("LLEN", OLD) == "0"
    rows = {one["path"]: one for one in world.mutt("backups", "ls", "-o", "json").json["items"]}
    assert set(rows) == {made["path"], purged["backup"]}
    assert rows[made["path"]]["made_by"] == "backup create"
    assert rows[purged["backup"]]["read_by"] == f"mutt undo {purged['operation']}"
    listed = world.mutt("backup", "list", "-o", "json").json["items"]
    assert [one["state"] for one in listed] == ["ok", "ok"]
    kept = world.stack.environment
    world.stack.environment = {**kept, "POSTGRES_HOST": "/nowhere", "REDIS_SOCKET": "/nowhere"}
    try:
        assert world.mutt("backup", "verify", made["path"], "-o", "json").json["parts"] == made["parts"]
    finally:
        world.stack.environment = kept
    assert world.redis_cli("LLEN", OLD) == "0"
    assert "MUTT-U040" in world.mutt("backup", "verify", purged["backup"], code=1).err
    world.mutt("backup", "verify", str(messages / "absent"), code=3)
    content = Path(made["path"]).read_bytes()
    Path(made["path"]).write_bytes(content[: len(content) // 2])
    assert "MUTT-U042" in world.mutt("backup", "verify", made["path"], code=1).err
    Path(made["path"]).write_bytes(b"")
    assert "crit" in {one["state"] for one in world.mutt("backup", "list", "-o", "json").json["items"]}
    world.mutt("backup", "list", "--columns", "nothing", code=2)
    world.mutt("undo", purged["operation"], "--yes")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_backup_that_is_stopped_has_no_name_and_the_next_one_is_whole(
    world: World, messages: Path, number: signal.Signals
) -> None:
    world.stack.redis.lpush(OLD, *(json.dumps({"message": "x" * 900, "n": n}) for n in range(60_000)))
    command = [sys.executable, "-m", "mutt_cli", "backup", "create"]
    process = subprocess.Popen(command, env=world.stack.environment, cwd="/", stderr=subprocess.DEVNULL)
    eventually(lambda: any(one.name.startswith(".mutt-backup-") for one in files(messages)), "a backup has begun")
    process.send_signal(number)
    process.wait(20)
    assert not [one for one in files(messages) if not one.name.startswith(".")]
    assert bool(files(messages)) == (number == signal.SIGKILL)
    answer = world.mutt("backup", "create", "-o", "json").json
    assert answer["parts"]["redis"][OLD] == 60_020


def without_postgres(world: World, *words: str) -> None:
    """The command says that PostgreSQL is away, where it is."""
    kept = world.stack.environment
    world.stack.environment = {**kept, "POSTGRES_HOST": str(world.stack.folder)}
    try:
        world.mutt(*words, code=5)
    finally:
        world.stack.environment = kept


def files(folder: Path) -> list[Path]:
    """What lies there."""
    return list(folder.iterdir()) if folder.exists() else []
