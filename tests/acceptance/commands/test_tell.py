"""What the daemons say of themselves, proved by what other programs see: logs, metrics, service levels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.commands.test_look import accepted
from tests.stack import eventually

if TYPE_CHECKING:
    from tests.acceptance.commands.world import World


@pytest.mark.covers("logs")
def test_one_event_is_told_by_every_service_that_had_it(world: World) -> None:
    folder = {"LOG_DIR": str(world.stack.folder)}
    world.stack = replace(world.stack, environment=world.stack.environment | folder)
    identifier = accepted(world)
    words = ("logs", "--cid", identifier, "--where", "message~event|Forwarded", "-o", "json")

    def told() -> list[str]:
        return [row["service"] for row in world.mutt(*words).json["items"]]

    eventually(lambda: told() == ["ingestor", "alerter", "forwarder"], "all three have told of it")
    stages = f"SELECT string_agg(stage, ' ' ORDER BY recorded_at) FROM event_history WHERE event_id = '{identifier}'"  # noqa: S608
    assert world.psql(stages) == "alerter forwarder"
    counted = world.mutt("logs", "--cid", identifier, "--by", "service", "-o", "json").json["items"]
    assert {row["value"] for row in counted} == {"ingestor", "alerter", "forwarder"}
    with world.unchanged():
        world.mutt("logs", "nobody", code=2)
