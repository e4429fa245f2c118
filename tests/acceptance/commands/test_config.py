"""`mutt config`, proved by redis-cli and psql."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.commands.world import World

SHED = "alerter_queue_shed_threshold"
KEY = f"mutt:config:{SHED}"


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    yield
    world.stack.mutt("config", "unset", SHED)


@pytest.mark.covers("config set")
def test_a_set_value_is_stored_audited_and_journalled_and_a_dry_run_is_not(world: World) -> None:
    with world.unchanged():
        planned = world.mutt("config", "set", f"{SHED}=5000", "--dry-run", "-o", "json").json
    assert planned["dry_run"] is True
    done = world.mutt("config", "set", f"{SHED}=5000", "--reason", "INC-1182", "-o", "json")
    assert world.redis_cli("GET", KEY) == "5000"
    operation = world.operation(done)
    found = world.psql(f"SELECT command, reason, result FROM operations WHERE id = '{operation}'")  # noqa: S608
    assert found == "config set|INC-1182|done"
    audited = f"SELECT operation, record_id, reason FROM audit_logs WHERE correlation_id = '{operation}'"  # noqa: S608
    assert world.psql(audited) == f"CREATE|{SHED}|INC-1182"
    with world.unchanged():
        world.mutt("config", "set", f"{SHED}=many", code=1)
        world.mutt("config", "set", "alerter_queue_shed_treshold=1", code=3)


@pytest.mark.covers("config unset")
def test_an_unset_value_is_gone_from_redis(world: World) -> None:
    world.mutt("config", "set", f"{SHED}=5000")
    with world.unchanged():
        world.mutt("config", "unset", SHED, "--dry-run")
    world.mutt("config", "unset", SHED, "-o", "json")
    assert world.redis_cli("GET", KEY) in {"", "2000"}  # an alerter writes the default, so that GET answers (C-25)
    world.mutt("config", "unset", "REDIS_HOST", code=1)


@pytest.mark.covers("config publish")
def test_publishing_again_changes_nothing_and_says_who_runs_with_it(world: World) -> None:
    world.mutt("config", "set", f"{SHED}=5000")
    told = world.mutt("config", "publish", "-o", "json").json
    assert told["published"] == [SHED]
    assert {one["state"] for one in told["daemons"]} == {"in_effect"}
    assert world.redis_cli("GET", KEY) == "5000"
    world.mutt("config", "publish", "no_such_key", code=3)


@pytest.mark.covers("config get", "config list")
def test_get_and_list_show_what_redis_holds(world: World) -> None:
    world.redis_cli("SET", KEY, "4321")
    assert world.mutt("config", "get", SHED).out == "4321\n"
    assert world.mutt("config", "get", SHED, "-o", "json").json["source"] == "dynamic"
    rows = world.mutt("config", "list", "-o", "json", "--where", f"dynamic={SHED}").json["items"]
    assert [row["value"] for row in rows] == [4321]
    assert world.redis_cli("GET", KEY) == "4321"
    world.mutt("config", "get", "NO_SUCH", code=3)
    world.mutt("config", "list", "--where", "colour=red", code=2)
