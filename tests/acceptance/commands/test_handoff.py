"""`mutt handoff`: each thing it says is held against what other programs see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.commands.world import silent_back_ends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.commands.world import World

SHED = "alerter_queue_shed_threshold"


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    yield
    world.stack.mutt("config", "unset", SHED)
    world.stack.mutt("ingest", "start", "--reason", "test over")
    world.stack.mutt("maintenance", "end", "--reason", "test over")


@pytest.mark.covers("handoff")
def test_whoever_comes_next_reads_what_was_done_what_holds_and_what_ends_when(world: World) -> None:
    changed = world.operation(
        world.mutt("config", "set", f"{SHED}=4000", "--for", "2h", "--reason", "INC-7 burst", "-o", "json")
    )
    world.mutt("ingest", "stop", "--for", "1h", "--reason", "INC-8 loop", "--yes")
    with world.unchanged():
        told = world.mutt("handoff", "--since", "1h", "-o", "json").json
    assert world.psql(f"SELECT reason FROM operations WHERE id = '{changed}'") == "INC-7 burst"  # noqa: S608
    row = next(one for one in told["operations"] if one["operation"] == changed)
    assert (row["reason"], row["state"]) == ("INC-7 burst", "done")
    assert any(SHED in one["what"] for one in told["due"])
    assert world.redis_cli("HEXISTS", "mutt:holds", "ingestor") == "1"
    assert [(one["what"], one["reason"]) for one in told["switched_off"]] == [("ingestor", "INC-8 loop")]
    assert told["state"] in {"warn", "crit"}
    depths = {one["queue"]: one["depth"] for one in told["dead_letters"]}
    assert str(depths["dlq-moog"]) == world.redis_cli("LLEN", "mutt:dlq:moog")
    assert not told["missing"]
    page = world.mutt("handoff", "--since", "1h").out
    assert "switched off: ingestor by" in page
    assert f"{changed}  done" in page
    world.mutt("handoff", "--since", "last tuesday", code=2)


def test_an_operation_that_nobody_closed_stands_first(world: World) -> None:
    world.psql(
        "INSERT INTO operations (id, started_at, actor, host, context, command, impact, argv, reason)"
        " VALUES ('op-HANDOF', now() - interval '30 minutes', 'kim', 'bastion', 'up', 'queue move', 'B',"
        " '[\"queue\", \"move\"]', 'INC-9')"
    )
    world.mutt("config", "publish")
    try:
        told = world.mutt("handoff", "--since", "1h", "-o", "json").json
        page = world.mutt("handoff", "--since", "1h").out
    finally:
        world.psql("DELETE FROM operations WHERE id = 'op-HANDOF'")
    states = {one["operation"]: one["state"] for one in told["operations"]}
    assert states["op-HANDOF"] == "open"
    assert list(states).index("op-HANDOF") < list(states.values()).index("done")
    assert page.index("NOT FINISHED") < page.index("op-HANDOF")


@pytest.mark.parametrize(
    ("dead", "part"),
    [
        ({"REDIS_SOCKET": "/nowhere/redis.sock"}, "settings"),
        ({"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "1"}, "changes"),
        ({"VAULT_ADDR": "http://127.0.0.1:1"}, "vault"),
    ],
)
def test_a_dead_back_end_costs_its_own_part_alone(world: World, dead: dict[str, str], part: str) -> None:
    world.stack = replace(world.stack, environment=world.stack.environment | dead)
    told = world.mutt("handoff", "-o", "json", code=6).json
    assert part in {one["part"] for one in told["missing"]}
    assert all(one["code"].startswith("MUTT-") and "MUTT-X" not in one["code"] for one in told["missing"])


def test_back_ends_that_never_answer_are_named_and_the_page_is_there(world: World) -> None:
    with silent_back_ends(world.stack.folder) as silent:
        world.stack = replace(world.stack, environment=world.stack.environment | silent)
        told = world.mutt("handoff", "-o", "json", code=6).json
    (world.stack.folder / "silent.sock").unlink()
    assert {"settings", "changes", "database", "vault"} <= {one["part"] for one in told["missing"]}
    assert told["state"] == "crit"
