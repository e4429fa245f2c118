"""`mutt doctor` and `mutt runbook`: causes in a live deployment, as other programs see them, and what mends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.acceptance.commands.world import World

NEXT_DAYS = (
    "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
    " WHERE inhparent = 'event_history'::regclass AND child.relname LIKE 'event_history_p%'"
    " AND child.relname > 'event_history_p' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')"
)
"""Partitions of the days after today."""
OURS = ("--only", "dlq,config,moog,vault,ingest,units,partition,versions")
"""Without what depends on the machine, and on a PostgreSQL that is made for tests."""


@pytest.mark.covers("doctor")
def test_doctor_names_what_redis_holds_and_finds_nothing_once_it_is_gone(world: World) -> None:
    world.mutt("doctor", *OURS)
    world.redis_cli("LPUSH", "mutt:dlq:dead", "{}")
    told = world.mutt("doctor", *OURS, "-o", "json", code=1).json
    (finding,) = told["findings"]
    assert (finding["id"], finding["state"], finding["owner"]) == ("poison", "warn", "development")
    assert finding["steps"][0]["line"] == "mutt dlq list dead --by reason"
    assert world.redis_cli("LLEN", "mutt:dlq:dead") in finding["proof"][0]
    assert "poison  messages that nothing could handle wait for a person" in world.mutt("doctor", *OURS, code=1).out
    world.redis_cli("DEL", "mutt:dlq:dead")
    world.mutt("doctor", "--only", "nosuch", code=2)


@pytest.mark.covers("doctor --fix")
def test_doctor_mends_what_is_safe_and_shows_it_before(world: World) -> None:
    gone = world.stack.query(NEXT_DAYS)
    world.stack.change(*(f"DROP TABLE {name}" for (name,) in gone))
    with world.unchanged():
        shown = world.mutt("doctor", "--fix", "--only", "partition", "--dry-run", code=1)
    assert "mutt db partition create" in shown.err
    assert world.stack.query(NEXT_DAYS) == []
    mended = world.mutt("doctor", "--fix", "--only", "partition", "--reason", "lab", "-o", "json")
    assert mended.json["fixed"] == [{"line": "mutt db partition create", "exit_code": 0}]
    assert mended.json["findings"] == []
    assert "partition-missing" in mended.err
    assert len(world.psql(NEXT_DAYS).splitlines()) >= len(gone)
    assert world.psql("SELECT command FROM operations ORDER BY started_at DESC LIMIT 1") == "db partition create"


def test_doctor_has_nothing_to_mend_where_a_person_is_needed(world: World) -> None:
    world.redis_cli("LPUSH", "mutt:dlq:dead", "{}")
    told = world.mutt("doctor", "--only", "dlq", "--fix", "-o", "json", code=1)
    assert told.json["fixed"] == []
    assert "without a person" in told.err
    world.redis_cli("DEL", "mutt:dlq:dead")


@pytest.mark.covers("runbook list", "runbook show")
def test_runbooks_are_listed_and_read(world: World) -> None:
    names = [one["runbook"] for one in world.mutt("runbook", "list", "-o", "json").json["items"]]
    assert {"ingest-503", "no-alerts", "escalation"} <= set(names)
    world.mutt("runbook", "list")
    world.mutt("runbook", "list", "--where", "nosuch=1", code=2)
    for name in names:
        shown = world.mutt("runbook", "show", name, "-o", "json").json
        assert shown["causes"] or shown["steps"]
    assert "mutt dlq list dlq-moog --by reason" in world.mutt("runbook", "show", "moog-dlq-growing").out
    assert "did you mean ingest-503" in world.mutt("runbook", "show", "ingest-504", code=3).err
    world.redis_cli("PING")


@pytest.mark.covers("runbook run")
def test_a_runbook_that_is_run_finds_its_own_causes_alone(world: World) -> None:
    assert "none of its" in world.mutt("runbook", "run", "moog-down").out
    world.mutt("breaker", "trip", "--reason", "lab")
    told = world.mutt("runbook", "run", "moog-down", "-o", "json", code=1).json
    assert [one["id"] for one in told["findings"]] == ["breaker-tripped"]
    assert world.redis_cli("GET", "mutt:circuit_breaker:moogsoft:state") == "OPEN"
    assert "none of its" in world.mutt("runbook", "run", "web-401").out
    world.mutt("breaker", "reset", "--reason", "lab")
    world.mutt("runbook", "run", "nosuch", code=3)
