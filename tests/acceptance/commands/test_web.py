"""The web API and pages in running processes, by curl: what is changed alerters decide with, and undo takes back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.commands.inventory import restore
from tests.stack import WEB_KEY, eventually, received_ids

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.commands.world import World


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    yield
    restore(world)


def called(world: World, method: str, path: str, body: object = None) -> Any:
    """The JSON of an answer."""
    sent = ["-H", "Content-Type: application/json", "-d", json.dumps(body)] if body is not None else []
    address = f"{world.stack.webui_url}/api/v1{path}"
    return json.loads(world.curl("-s", "-X", method, "-H", f"X-API-Key: {WEB_KEY}", *sent, address))


def test_a_rule_made_by_the_api_decides_and_its_undo_is_mutts(world: World) -> None:
    fields = {"rule_name": "fan", "pattern": "fan failed", "severity": "critical", "reason": "INC-7"}
    made = called(world, "POST", "/rules", fields)
    known = len(received_ids(world.stack))
    world.mutt("ingest", "send", "--host", "core-sw1", "--message", "fan failed in slot 3")
    eventually(lambda: len(received_ids(world.stack)) > known, "the new rule makes an alert of it")
    shown = world.mutt("op", "show", made["operation"], "-o", "json").json
    assert (shown["command"], shown["actor"], shown["reason"]) == ("rule add", "WEBUI_API_KEY", "INC-7")
    changed = called(world, "PATCH", f"/rules/{made['id']}", {"priority": 7})
    world.mutt("undo", changed["operation"])
    assert world.psql(f"SELECT priority FROM alert_rules WHERE id = {made['id']}") == "100"  # noqa: S608
    assert called(world, "DELETE", f"/rules/{made['id']}")["code"] == "MUTT-P306"


def test_numbers_of_the_api_are_those_of_the_command_line(world: World) -> None:
    world.redis_cli("LPUSH", "mutt:dlq:old_events", '{"event_id":"0199c0de-0000-7000-8000-0000000000aa"}')
    status = world.mutt("status", "-o", "json").json
    told = called(world, "GET", "/status")
    depths = [{one["queue"]: one["depth"] for one in found["queues"]} for found in (status, told)]
    assert depths[0] == depths[1]
    assert depths[0]["dlq-old-events"] == int(world.redis_cli("LLEN", "mutt:dlq:old_events"))
    assert (told["state"], told["ledger"]) == (status["state"], status["ledger"])
    world.redis_cli("DEL", "mutt:dlq:old_events")


def test_a_browser_without_a_script_logs_in_looks_and_logs_out(world: World, tmp_path: Path) -> None:
    made = world.mutt("apikey", "add", "jane", "--role", "viewer", "-o", "json")
    jar, url = str(tmp_path / "cookies"), world.stack.webui_url
    assert "shows no data without a key" in world.curl("-s", f"{url}/")
    proxied = ("-H", "X-Forwarded-For: 10.0.0.7", "-d", f"key={made.json['key']}")
    assert "WEBUI_PUBLIC_URL" in world.curl("-s", *proxied, f"{url}/login"), "plain http from elsewhere"
    sent = ("--data-urlencode", f"key={made.json['key']}", "-d", "target=/rules")
    page = world.curl("-s", "-L", "-c", jar, "-b", jar, *sent, f"{url}/login")
    assert "psu" in page, "the rules of this deployment"
    overview = world.curl("-s", "-b", jar, f"{url}/")
    assert f'data-state="{world.mutt("status", "-o", "json").json["state"]}"' in overview
    assert "jane" in overview
    world.mutt("apikey", "revoke", "jane", "--confirm", "jane")
    assert "shows no data without a key" in world.curl("-s", "-b", jar, f"{url}/")
