"""`mutt context`: proved by the file it writes, and by where redis-cli sees the command arrive."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.commands.world import World


@pytest.fixture(autouse=True)
def home(world: World, tmp_path: Path) -> Iterator[Path]:
    """A home of its own; the deployment is named by its file."""
    environment = world.stack.environment
    kept = dict(environment)
    environment |= {"XDG_CONFIG_HOME": str(tmp_path), "MUTT_STATE_DIR": str(tmp_path / "state")}
    yield tmp_path
    environment.clear()
    environment |= kept


def added(world: World, name: str = "prod-east", *more: str) -> None:
    file = world.stack.environment["MUTT_ENV_FILE"]
    world.mutt("context", "add", name, "--set", f"env_file={file}", *more)


@pytest.mark.covers("context add", "context list", "context show")
def test_a_context_is_written_listed_and_taken_back(world: World, home: Path) -> None:
    words = ("context", "add", "prod-east", "--set", "REDIS_HOST=10.0.3.11", "--set", "require_reason=true")
    world.mutt(*words, "--dry-run")
    assert not (home / "mutt").exists()
    done = world.mutt(*words, "-o", "json")
    written = tomllib.loads((home / "mutt" / "contexts.toml").read_text())
    assert written == {"prod-east": {"REDIS_HOST": "10.0.3.11", "require_reason": True}}
    row = next(one for one in world.mutt("context", "list", "-o", "json").json["items"] if one["name"] == "prod-east")
    assert (row["protected"], row["redis"].split(":")[0]) == (True, "10.0.3.11")
    assert world.mutt("context", "show", "prod-east", "-o", "json").json["require_reason"] is True
    world.redis_cli("PING")
    for wrong in ("VAULT_TOKEN=x", "colour=red", "protected=maybe", "REDIS_HOST"):
        world.mutt("context", "add", "x", "--set", wrong, code=2)
    world.mutt("context", "add", "local", "--set", "REDIS_HOST=x", code=2)
    world.mutt("context", "show", "nowhere", code=3)
    world.mutt("context", "list", "--where", "colour=red", code=2)
    world.mutt("undo", world.operation(done))
    assert not (home / "mutt" / "contexts.toml").exists()


@pytest.mark.covers("context use")
def test_a_chosen_context_is_where_commands_go_and_a_protected_one_asks(world: World) -> None:
    added(world)
    added(world, "lab")
    assert world.mutt("context", "use", "prod-east", "-o", "json").json["hours"] == 8
    shown = world.mutt("queue", "depth", "ingest", "-o", "json").json
    assert shown["context"] == "prod-east"
    assert str(shown["depth"]) == world.redis_cli("LLEN", "mutt:ingest_queue")
    with world.unchanged():
        refused = world.mutt("config", "set", "alerter_queue_shed_threshold=5000", code=2)
        assert "wants a reason" in refused.err
        world.mutt("queue", "move", "ingest", "--to", "dlq-old-events", "--all", "--yes", code=2)
    assert world.mutt("context", "use", "lab", "-o", "json").json["hours"] is None
    world.mutt("context", "use", "-")
    assert world.mutt("context", "prompt").out == "[PROD prod-east]"
    world.mutt("context", "use", "nowhere", code=3)
    assert world.mutt("context", "prompt", "--context", "nowhere").out == ""


def test_a_read_only_context_refuses_every_change(world: World) -> None:
    added(world, "looking", "--set", "read_only=true")
    with world.unchanged():
        refused = world.mutt("config", "set", "alerter_queue_shed_threshold=5000", "-c", "looking", code=7)
    assert "context looking is read-only" in refused.err


@pytest.mark.covers("context check", "context prompt")
def test_a_check_connects_to_everything(world: World) -> None:
    added(world)
    rows = world.mutt("context", "check", "prod-east", "-o", "json").json["items"]
    assert {row["backend"]: row["state"] for row in rows} == {"redis": "ok", "db": "ok", "vault": "ok"}
    assert world.redis_cli("PING") == "PONG"
    added(world, "gone", "--set", "REDIS_SOCKET=/nowhere/redis.sock")
    world.mutt("context", "check", "gone", code=5)
    world.mutt("context", "prompt")
    world.redis_cli("PING")
    world.mutt("context", "prompt", "--no-such-flag", code=2)
