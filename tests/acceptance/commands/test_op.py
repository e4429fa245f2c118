"""`mutt op` and `mutt undo`, proved by redis-cli and psql."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.commands.world import World

SHED = "alerter_queue_shed_threshold"
WARN = "alerter_queue_warn_threshold"
KEY = f"mutt:config:{SHED}"


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    yield
    world.stack.mutt("config", "unset", SHED)


def set_to(world: World, value: str) -> str:
    return world.operation(world.mutt("config", "set", f"{SHED}={value}", "-o", "json"))


@pytest.mark.covers("op list", "op show")
def test_what_was_done_is_listed_and_shown_with_what_it_replaced(world: World) -> None:
    set_to(world, "4000")
    last = set_to(world, "5000")
    stored = world.psql("SELECT id FROM operations ORDER BY started_at DESC LIMIT 1")
    assert stored == last
    newest = world.mutt("op", "list", "-n", "1", "-o", "json").json["items"][0]
    assert (newest["operation"], newest["what"]) == (last, f"mutt config set {SHED}=5000")
    whole = world.mutt("op", "show", last.lower(), "-o", "json").json
    assert whole["originals"] == {"former": {SHED: "4000"}, "made": {SHED: "5000"}}
    assert f"undo      mutt undo {last}" in world.mutt("op", "show", last).out
    world.psql("SELECT count(*) FROM operations")
    world.mutt("op", "show", "op-ZZZZZZ", code=3)
    world.mutt("op", "show", "op-", code=3)
    world.mutt("op", "list", "--since", "yesterday-ish", code=2)


def test_a_token_in_an_address_is_shown_nowhere_and_undone_whole(world: World) -> None:
    address = world.stack.environment.get("MOOG_WEBHOOK_URL") or world.mutt("config", "get", "MOOG_WEBHOOK_URL").out
    before = f"{address.strip()}?token=TOPSECRET456"
    world.mutt("config", "set", f"moog_webhook_url={before}", "--no-wait")
    last = world.operation(
        world.mutt("config", "set", "moog_webhook_url=http://127.0.0.1:9/x", "--no-wait", "-o", "json")
    )
    shown = [world.mutt("op", "show", last, *more).out for more in ((), ("-o", "json"))]
    shown += [world.mutt("op", "list", "-o", form).out for form in ("table", "json")]
    assert all("TOPSECRET456" not in one for one in shown)
    world.mutt("undo", last)
    assert world.redis_cli("GET", "mutt:config:moog_webhook_url") == before
    world.mutt("config", "unset", "moog_webhook_url", "--no-wait")


@pytest.mark.covers("undo")
def test_an_operation_is_taken_back_once_and_not_if_somebody_changed_the_thing_since(world: World) -> None:
    set_to(world, "4000")
    later = set_to(world, "5000")
    with world.unchanged():
        planned = world.mutt("undo", later, "--dry-run", "-o", "json").json
    assert planned["restored"] == [f"{SHED}: 5000 -> 4000"]
    world.mutt("undo", later, "--reason", "wrong number", "-o", "json")
    assert world.redis_cli("GET", KEY) == "4000"
    assert world.psql(f"SELECT undone_by IS NOT NULL FROM operations WHERE id = '{later}'") == "t"  # noqa: S608
    with world.unchanged():
        assert "taken back already" in world.mutt("undo", later, code=7).err
    other = set_to(world, "6000")
    set_to(world, "7000")
    with world.unchanged():
        assert "was changed after" in world.mutt("undo", other, code=7).err
    assert world.redis_cli("GET", KEY) == "7000"


def test_undo_without_an_id_names_the_last_operation_and_does_nothing_unasked(world: World) -> None:
    last = set_to(world, "4000")
    with world.unchanged():
        assert f"mutt undo {last}" in world.mutt("undo", code=2).err
    world.mutt("undo", "--yes")
    assert world.redis_cli("GET", KEY) in {"", "2000"}  # an alerter writes the default, so that GET answers (C-25)


def test_what_cannot_be_taken_back_says_why(world: World) -> None:
    done = world.mutt("config", "publish", "-o", "json")
    assert "it changed nothing" in world.mutt("undo", world.operation(done), code=7).err
