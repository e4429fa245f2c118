"""`mutt audit`, proved by psql."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.commands.inventory import restore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.commands.world import World


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    yield
    restore(world)


@pytest.mark.covers("audit list", "audit show", "audit report")
def test_the_audit_tells_each_change_as_the_table_holds_it(world: World) -> None:
    done = world.mutt("rule", "set", "psu", "--priority", "7", "--reason", "too loud", "-o", "json")
    world.stack.query("UPDATE alert_rules SET priority = 8 WHERE rule_name = 'psu' RETURNING 1")
    number = int(world.psql(f"SELECT id FROM audit_logs WHERE correlation_id = '{world.operation(done)}'"))  # noqa: S608
    rows = world.mutt("audit", "list", "--object", "psu", "--since", "1h", "-o", "json").json["items"]
    assert [(row["what"], row["reason"]) for row in rows[:2]] == [
        ("priority 7 -> 8", None), ("priority 80 -> 7", "too loud"),
    ]  # fmt: skip
    assert [row["operation"] for row in rows[:2]] == [None, world.operation(done)]
    actor = world.psql(f"SELECT changed_by FROM audit_logs WHERE id = {number}")  # noqa: S608
    mine = world.mutt("audit", "list", "--actor", actor, "-o", "json").json["items"]
    assert {row["actor"] for row in mine} == {actor}
    assert world.mutt("audit", "list", "--since", "9d", "--until", "8d", "-o", "json").json["items"] == []
    page = world.mutt("audit", "list", "-n", "1", "-o", "json").json
    following = world.mutt("audit", "list", "-n", "1", "--after", page["next"], "-o", "json").json
    assert following["items"][0]["id"] < page["items"][0]["id"]
    world.mutt("audit", "list", "--since", "yesterday", code=2)
    shown = world.mutt("audit", "show", str(number), "-o", "json").json
    assert shown["fields"] == [{"field": "priority", "old": 80, "new": 7}]
    world.mutt("audit", "show", "999999", code=3)
    report = world.mutt("audit", "report", "--since", "1h", "-o", "json").json
    assert number not in report["by_hand"]
    assert rows[0]["id"] in report["by_hand"]
    world.mutt("audit", "report", "--until", "tomorrow", code=2)
    assert report["changes"] == int(
        world.psql("SELECT count(*) FROM audit_logs WHERE timestamp > now() - interval '1 h'")
    )
