"""Settings in files, in history, and from every side, proved by the files themselves, redis-cli and psql."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.commands.world import World

SHED = "alerter_queue_shed_threshold"
WARN = "alerter_queue_warn_threshold"


def env_file(world: World) -> Path:
    return Path(world.stack.environment["MUTT_ENV_FILE"])


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    content = env_file(world).read_text()
    yield
    env_file(world).write_text(content)
    for kept in env_file(world).parent.glob("mutt.env.op-*"):
        kept.unlink()
    for key in (SHED, WARN, "moog_rate_limit", "moog_timeout"):
        world.stack.redis.delete(f"mutt:config:{key}")
        world.stack.redis.hdel("mutt:config_returns", key)
        world.stack.redis.publish("mutt:config:updates", key)
    for key in (SHED, WARN):  # an alerter writes the default, so that GET answers (C-25)
        eventually(lambda key=key: world.stack.redis.exists(f"mutt:config:{key}"), "it is written")  # type: ignore[misc]


@pytest.mark.covers("config set")
def test_a_setting_that_needs_a_restart_is_one_clean_line_in_the_file_and_is_taken_back(world: World) -> None:
    path = env_file(world)
    before = path.read_text()
    path.write_text(before + "REMEDIATION_ENABLED=true # a remark\nINGEST_MAX_BATCH=10\n")
    edited = path.read_text()
    with world.unchanged():
        world.mutt("config", "set", "INGEST_MAX_BATCH=5000", "--dry-run", "-o", "json")
        world.mutt("config", "set", "INGEST_MAX_BATCH=many", code=1)
        world.mutt("config", "set", "INGEST_MAX_BATCH=5000", "--for", "1h", code=2)
        world.mutt("config", "set", "INGEST_MAX_BATCH=5000", "moog_timeout=5", code=2)
        assert "is a secret" in world.mutt("config", "set", "REDIS_PASSWORD=x", code=7).err
        assert (
            "does not answer there"
            in world.mutt("config", "set", "POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT=9", code=7).err
        )
        assert "the server admits" in world.mutt("config", "set", "REDIS_POOL_MAX=10000", code=7).err
    assert path.read_text() == edited
    done = world.mutt("config", "set", "INGEST_MAX_BATCH=5000", "--no-wait", "--reason", "INC-1", "-o", "json").json
    assert path.read_text() == edited.replace("INGEST_MAX_BATCH=10\n", "INGEST_MAX_BATCH=5000\n")
    assert done["restart"] == ["systemctl restart mutt-ingestor"]
    row = f"SELECT table_name, record_id FROM audit_logs WHERE correlation_id = '{done['operation']}'"  # noqa: S608
    assert world.psql(row) == "mutt.env|INGEST_MAX_BATCH"
    late = world.mutt("config", "set", "INGEST_MAX_BATCH=5000", "--timeout", "6s", "-o", "json", code=8).json
    assert {one["state"] for one in late["daemons"]} == {"not_yet"}
    world.stack.daemons["ingestor"].stop()
    world.stack.daemons["ingestor"].start()
    world.stack.wait_healthy("ingestor")
    again = world.mutt("config", "set", "INGEST_MAX_BATCH=5000", "--timeout", "20s", "-o", "json").json
    assert ({one["state"] for one in again["daemons"]}, again["operation"]) == ({"in_effect"}, None)
    world.mutt("undo", done["operation"])
    assert path.read_text() == edited
    path.write_text(before)
    world.stack.daemons["ingestor"].stop()
    world.stack.daemons["ingestor"].start()
    world.stack.wait_healthy("ingestor")


def test_a_file_that_was_changed_since_or_is_written_anew_is_left_alone(world: World) -> None:
    path = env_file(world)
    done = world.operation(world.mutt("config", "set", "LOG_EVENT_RATE=100", "--no-wait", "-o", "json"))
    path.write_text(path.read_text() + "INGEST_MAX_BATCH=7\n")
    assert "was changed after" in world.mutt("undo", done, code=7).err
    path.write_text("# Written by `mutt up` at each start; changes made here are lost.\n" + path.read_text())
    refused = world.mutt("config", "set", "ALERTER_WORKERS=2", code=7).err
    assert "ALERTER_WORKERS=2 mutt up --detach" in refused


KILLED = """
import os, signal, sys
from mutt_cli.ops import static_settings
real, left = static_settings.write_whole, [{writes}]

def write_whole(*args, **kwargs):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    real(*args, **kwargs)
    if not left[0] and {after}:
        os.kill(os.getpid(), signal.SIGKILL)

static_settings.write_whole = write_whole
from mutt_cli.__main__ import main
sys.exit(main())
"""
"""`mutt` that is killed before it writes one file more, or right after the last."""


@pytest.mark.parametrize(("writes", "written"), [(0, False), (1, False), (2, True)])
def test_writing_that_was_killed_is_taken_back_as_far_as_it_came(world: World, writes: int, *, written: bool) -> None:
    path = env_file(world)
    before = path.read_text()
    program = KILLED.format(writes=writes, after=written)
    words = ("config", "set", "LOG_EVENT_RATE=100", "--no-wait", "--reason", "INC-1")
    done = subprocess.run(
        [sys.executable, "-c", program, *words], env=world.stack.environment, stdin=subprocess.DEVNULL, timeout=60,
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, path.read_text() != before) == (-9, written), done.stderr
    name = world.psql("SELECT id FROM operations ORDER BY started_at DESC LIMIT 1")
    undone = world.mutt("undo", name, code=0 if written else 7)
    assert written or "MUTT-G005" in undone.err
    assert path.read_text() == before
    assert world.psql(f"SELECT undone_by IS NOT NULL FROM operations WHERE id = '{name}'") == "ft"[written]  # noqa: S608


def test_a_name_that_is_alive_elsewhere_is_refused(world: World) -> None:
    beat = '{"token":"%s","host":"other","boot_id":"b","pid":1,"started_at":"","version":""}' % ("a" * 32)
    world.redis_cli("SET", "mutt:heartbeat:alerter:alerter-002", beat, "EX", "60")
    world.redis_cli("HSET", "mutt:workers", "alerter:alerter-002", "a" * 32)
    try:
        with world.unchanged():
            assert "alive on other" in world.mutt("config", "set", "POD_NAME=alerter-002", code=7).err
    finally:
        world.redis_cli("DEL", "mutt:heartbeat:alerter:alerter-002")
        world.redis_cli("HDEL", "mutt:workers", "alerter:alerter-002")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_without_the_permission_to_write_the_line_is_printed(world: World) -> None:
    folder = env_file(world).parent
    folder.chmod(0o500)
    try:
        answer = world.mutt("config", "set", "INGEST_MAX_BATCH=5000", code=4)
    finally:
        folder.chmod(0o700)
    assert answer.out == "INGEST_MAX_BATCH=5000\n"


@pytest.mark.covers("config show")
def test_a_setting_is_explained_layer_by_layer_with_what_each_daemon_runs(world: World) -> None:
    world.mutt("config", "set", f"{SHED}=5000")
    shown = world.mutt("config", "show", SHED, "--explain", "-o", "json").json
    layers = {one["layer"]: (one["value"], one["wins"]) for one in shown["layers"]}
    assert layers == {
        "dynamic": ("5000", True), "environment": (None, False), "file": (None, False), "default": ("2000", False),
    }  # fmt: skip
    assert {(one["service"], one["value"], one["state"]) for one in shown["daemons"]} == {
        ("alerter", "5000", "in_effect")
    }
    assert world.redis_cli("GET", f"mutt:config:{SHED}") == "5000"
    text = world.mutt("config", "show", "MOOG_WEBHOOK_URL", "--explain").out
    assert "->" in text
    static = world.mutt("config", "show", "INGEST_MAX_RATE", "-o", "json").json
    assert [one["value"] for one in static["daemons"]] == ["1000000"]
    world.mutt("config", "show", "NO_SUCH", code=3)


@pytest.mark.covers("config history", "config rollback")
def test_history_names_who_and_why_and_a_value_or_all_of_them_go_back(world: World) -> None:
    world.mutt("config", "set", f"{SHED}=4000", "--reason", "first")
    world.mutt("config", "set", f"{SHED}=5000", f"{WARN}=900", "--reason", "second")
    rows = world.mutt("config", "history", SHED, "-o", "json").json["items"]
    assert [(row["old"], row["new"], row["reason"]) for row in rows[:2]] == [
        ("4000", "5000", "second"), (None, "4000", "first"),
    ]  # fmt: skip
    newest = "SELECT max(id) FROM audit_logs WHERE table_name = 'config' AND record_id = '" + SHED + "'"  # noqa: S608
    assert world.psql(newest) == str(rows[0]["version"])
    with world.unchanged():
        world.mutt("config", "rollback", SHED, "--dry-run", "-o", "json")
        world.mutt("config", "rollback", code=2)
        world.mutt("config", "rollback", "--to", "999999999", code=3)
        world.mutt("config", "rollback", "retry_max_attempts", code=3)
    diff = world.mutt("config", "diff", str(rows[1]["version"]), "-o", "json").json["items"]
    assert {row["key"] for row in diff} == {"ALERTER_QUEUE_SHED_THRESHOLD", "ALERTER_QUEUE_WARN_THRESHOLD"}
    back = world.mutt("config", "rollback", "--to", str(rows[1]["version"]), "-o", "json").json
    assert {one["key"] for one in back["changes"]} == {SHED, WARN}
    assert world.redis_cli("GET", f"mutt:config:{SHED}") == "4000"
    world.mutt("config", "rollback", SHED)
    assert world.redis_cli("GET", f"mutt:config:{SHED}") == "5000"
    world.mutt("config", "history", "NO_SUCH", code=3)


@pytest.mark.covers("config diff", "config validate")
def test_a_file_is_judged_and_compared(world: World, tmp_path: Path) -> None:
    other = tmp_path / "other.env"
    other.write_text("INGEST_MAX_RATE=7 # remark\nALERTER_WORKERS=many\nREDIS_HSOT=x\n")
    judged = world.mutt("config", "validate", str(other), "-o", "json", code=1).json["items"]
    assert [(row["state"], row["setting"]) for row in judged] == [("crit", "ALERTER_WORKERS")]
    other.write_text("INGEST_MAX_RATE=7\nREDIS_HSOT=x\n")
    judged = world.mutt("config", "validate", str(other), "-o", "json", code=1).json["items"]
    assert ("warn", "REDIS_HSOT") in {(row["state"], row["setting"]) for row in judged}
    assert ("crit", "REDIS_HOST") in {(row["state"], row["setting"]) for row in judged}
    mine = world.mutt("config", "validate", "-o", "json").json["items"]
    assert ("ok", "REDIS_HOST") in {(row["state"], row["setting"]) for row in mine}
    assert world.redis_cli("PING") == "PONG"
    rows = world.mutt("config", "diff", str(other), "-o", "json").json["items"]
    assert ("INGEST_MAX_RATE", "1000000", "7") in {(row["key"], row["here"], row["there"]) for row in rows}
    assert world.redis_cli("EXISTS", "mutt:config:ingest_max_rate") == "0"
    world.mutt("config", "diff", str(other), "--exit-code", code=1)
    world.mutt("config", "diff", str(env_file(world)), "--exit-code")
    world.mutt("config", "diff", "no-such-thing", code=3)


@pytest.mark.covers("config export", "config import")
def test_what_is_exported_can_be_imported_again(world: World, tmp_path: Path) -> None:
    out = tmp_path / "mutt.env"
    world.mutt("config", "set", f"{SHED}=5000")
    told = world.mutt("config", "export", "--out", str(out), "-o", "json").json
    assert told["settings"]["ALERTER_QUEUE_SHED_THRESHOLD"] == "5000"
    assert "ALERTER_QUEUE_SHED_THRESHOLD=5000\n" in out.read_text()
    assert "VAULT_TOKEN=" not in out.read_text()
    assert world.redis_cli("GET", f"mutt:config:{SHED}") == "5000"
    out.write_text("ALERTER_QUEUE_SHED_THRESHOLD=6000\nRATE_LIMIT_MAX_REQUESTS=55\nALERTER_WORKERS=2\n")
    with world.unchanged():
        world.mutt("config", "import", str(out), "--dry-run", "-o", "json")
        world.mutt("config", "import", str(out), code=2)
        world.mutt("config", "import", str(tmp_path / "none"), "--yes", code=1)
    answer = world.mutt("config", "import", str(out), "--yes", "-o", "json")
    assert "ALERTER_WORKERS needs a restart" in answer.err
    assert world.redis_cli("MGET", f"mutt:config:{SHED}", "mutt:config:moog_rate_limit").split() == ["6000", "55"]
    world.mutt("undo", answer.json["operation"])
    assert world.redis_cli("GET", f"mutt:config:{SHED}") == "5000"
    world.mutt("config", "export", "--out", "/no/such/folder/file", code=4)


@pytest.mark.covers("config init")
def test_what_is_missing_is_written_as_nobodys_wish(world: World) -> None:
    with world.unchanged():
        planned = world.mutt("config", "init", "--dry-run", "-o", "json").json["seeded"]
    assert "moog_rate_limit" in planned
    done = world.mutt("config", "init", "-o", "json").json
    assert world.redis_cli("GET", "mutt:config:moog_rate_limit") == "1000000"
    assert world.redis_cli("HGET", "mutt:config_defaults", "moog_rate_limit") == "1000000"
    assert world.mutt("config", "show", "RATE_LIMIT_MAX_REQUESTS", "-o", "json").json["source"] == "file"
    assert world.mutt("config", "init").out == "nothing is missing\n"
    for key in done["seeded"]:
        world.stack.redis.delete(f"mutt:config:{key}")
        world.stack.redis.hdel("mutt:config_defaults", key)
    world.mutt("config", "init", "--no-such-flag", code=2)


@pytest.mark.covers("config watch")
def test_a_change_is_told_as_it_is_published(world: World) -> None:
    def change() -> None:
        eventually(lambda: world.stack.redis.pubsub_numsub("mutt:config:updates")[0][1] > listeners, "it listens")
        world.stack.redis.set("mutt:config:moog_timeout", "7")
        world.stack.redis.publish("mutt:config:updates", "moog_timeout")

    listeners = world.stack.redis.pubsub_numsub("mutt:config:updates")[0][1]
    thread = threading.Thread(target=change)
    thread.start()
    told = world.mutt("config", "watch", "MOOG_TIMEOUT", "--timeout", "6s", "-o", "json").json
    thread.join()
    assert (told["key"], told["value"], told["source"]) == ("moog_timeout", "7", "dynamic")
    assert world.redis_cli("GET", "mutt:config:moog_timeout") == "7"
    world.mutt("config", "watch", "REDIS_HOST", code=1)
