"""`mutt apikey`, proved by psql and by curl at the API."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.commands.world import World

KEYS = "SELECT name, role FROM api_keys ORDER BY name"


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    yield
    world.stack.query("WITH gone AS (DELETE FROM api_keys RETURNING 1) SELECT count(*) FROM gone")


def answered(world: World, key: str) -> str:
    """The status that the API gives to this key."""
    address = f"{world.stack.webui_url}/api/v1/rules"
    return world.curl("-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"X-API-Key: {key}", address)


@pytest.mark.covers("apikey add", "apikey list")
def test_a_key_is_shown_once_and_opens_the_api(world: World) -> None:
    with world.unchanged():
        world.mutt("apikey", "add", "jane", "--role", "operator", "--dry-run", "-o", "json")
        world.mutt("apikey", "add", "two words", "--role", "viewer", code=2)
        world.mutt("apikey", "add", "jane", "--role", "king", code=2)
        world.mutt("apikey", "add", "jane", code=2)
        world.mutt("apikey", "add", "jane", "--role", "viewer", "--expires", "2020-01-01", code=2)
        world.mutt("apikey", "add", "jane", "--role", "viewer", "--expires", "soon", code=2)
    words = ("--role", "operator", "--expires", "90d", "--reason", "new")
    made = world.mutt("apikey", "add", "jane", *words, "-o", "json")
    key = made.json["key"]
    assert world.psql("SELECT encode(key_hash, 'hex') FROM api_keys") == sha256(key.encode()).hexdigest()
    ends = "SELECT expires_at - created_at BETWEEN interval '89 days 23 h' AND interval '90 days 1 h' FROM api_keys"
    assert world.psql(ends) == "t"
    audited = "SELECT changed_by = created_by, reason, correlation_id FROM audit_logs, api_keys WHERE record_id = name"
    assert world.psql(audited) == f"t|new|{world.operation(made)}"
    assert answered(world, key) == "200"
    row = world.mutt("apikey", "list", "-o", "json").json["items"][0]
    assert (row["name"], row["role"], row["state"], row["last_used_at"] is None) == ("jane", "operator", "valid", False)
    world.mutt("apikey", "list", "--where", "colour=red", code=2)
    with world.unchanged():
        world.mutt("apikey", "add", "jane", "--role", "viewer", code=7)
    world.mutt("undo", world.operation(made))
    assert (world.psql(KEYS), answered(world, key)) == ("", "401")
    journal = "SELECT argv::text || plan::text || originals::text FROM operations WHERE command = 'apikey add'"
    assert "fingerprint" in world.psql(journal)
    assert key not in world.psql(journal)


@pytest.mark.covers("apikey revoke")
def test_a_revoked_key_is_refused_at_once_and_cannot_be_brought_back(world: World, tmp_path: Path) -> None:
    file = tmp_path / "key"
    made = world.mutt("apikey", "add", "ci", "--role", "viewer", "--out", str(file), "-o", "json")
    key = file.read_text().strip()
    assert (file.stat().st_mode & 0o777, made.json["key"], made.json["file"]) == (0o600, None, str(file))
    assert answered(world, key) == "200"
    with world.unchanged():
        world.mutt("apikey", "add", "other", "--role", "viewer", "--out", str(file), code=2)
        world.mutt("apikey", "add", "other", "--role", "viewer", "--out", str(tmp_path / "no" / "key"), code=4)
        world.mutt("apikey", "revoke", "ci", "--dry-run")
        world.mutt("apikey", "revoke", "ci", code=2)
        world.mutt("apikey", "revoke", "nobody", "--confirm", "nobody", code=3)
    gone = world.mutt("apikey", "revoke", "ci", "--confirm", "ci", "-o", "json")
    assert (world.psql(KEYS), answered(world, key)) == ("", "401")
    assert "nobody knows the text of a key" in world.mutt("undo", world.operation(gone), code=7).err
