"""`mutt vault`, proved by curl against the real server and by what the daemons accept."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import hvac
import pytest

from tests.faults.harness import drained
from tests.servers import free_port
from tests.stack import API_KEY, SECRETS, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.acceptance.commands.world import World

NEW: Final = "a-new-key-of-many-characters-1"
OTHER: Final = "a-new-key-of-many-characters-2"
EVENT: Final = '{"source":"core-sw1","message":"%LINK-3-UPDOWN: Gi0/1 changed to down"}'


@pytest.fixture
def vault(openbao: DevOpenBao) -> hvac.Client:
    return hvac.Client(url=openbao.address, token=openbao.root_token)


@pytest.fixture(autouse=True)
def as_before(world: World, vault: hvac.Client) -> Iterator[None]:
    """The secret of the stack before and after, and every daemon knows it."""
    stack = world.stack
    yield
    vault.secrets.kv.v2.create_or_update_secret(path="mutt/prod", secret=SECRETS)
    stack.mutt("vault", "set", "INGEST_API_KEY", "--file", "-", stdin=API_KEY.encode())


def kept(world: World, vault: hvac.Client) -> dict[str, Any]:
    """What curl reads at the secret's path."""
    told = world.curl("-H", f"X-Vault-Token: {vault.token}", f"{vault.url}/v1/secret/data/mutt/prod")
    found: dict[str, Any] = json.loads(told)["data"]
    return found


def door(world: World, key: str) -> str:
    """How the ingestor answers an event that comes with this key."""
    url, form = f"{world.stack.ingest_url}/ingest", "Content-Type: application/json"
    return world.curl("-o", "/dev/null", "-w", "%{http_code}", "-H", f"X-API-Key: {key}", "-H", form, "-d", EVENT, url)


@contextmanager
def untouched(world: World, vault: hvac.Client) -> Iterator[None]:
    """Nothing differs after the block, in Vault too; events from before it have come to their ends."""
    eventually(lambda: drained(world.stack), "what came through the door has gone")
    before = kept(world, vault)
    with world.unchanged():
        yield
    assert kept(world, vault) == before


def elsewhere(world: World, **environ: str) -> World:
    """The same deployment with a variable set."""
    world.stack = replace(world.stack, environment=world.stack.environment | environ)
    return world


def nothing_shown(world: World, *values: str) -> None:
    """No value of a secret in what any command said, in the journal of operations or in a log."""
    told = [one.out + one.err for one in world.answers]
    told += [str(world.stack.query("SELECT * FROM operations")), str(world.stack.query("SELECT * FROM audit_logs"))]
    told += [world.stack.log(name) for name in world.stack.daemons]
    assert not [value for value in values if any(value in text for text in told)]


@pytest.mark.covers("vault status", "vault token")
def test_status_and_token_are_what_vault_says(world: World, vault: hvac.Client) -> None:
    told = world.mutt("vault", "status", "-o", "json").json
    seal = json.loads(world.curl(f"{vault.url}/v1/sys/seal-status"))
    assert (told["sealed"], told["unseal"]["needed"], told["server_version"]) == (False, seal["t"], seal["version"])
    assert (told["keys"], told["missing"], told["engine"]) == (sorted(kept(world, vault)["data"]), [], 2)
    assert world.mutt("vault", "status", "--exit-when", "sealed=false", "--timeout", "5").code == 0
    token = world.mutt("vault", "token", "-o", "json").json
    header = f"X-Vault-Token: {vault.token}"
    looked = json.loads(world.curl("-H", header, f"{vault.url}/v1/auth/token/lookup-self"))["data"]
    assert (token["policies"], token["accessor"]) == (looked["policies"], looked["accessor"])
    assert (token["path"], token["reads"]) == ("secret/data/mutt/prod", True)
    nothing_shown(world, vault.token, *(one for one in SECRETS.values() if one != "unused"))
    away = elsewhere(world, VAULT_ADDR=f"http://127.0.0.1:{free_port()}")
    assert "MUTT-V101" in away.mutt("vault", "status", code=5).err
    away.mutt("vault", "token", code=5)


@pytest.mark.covers("vault renew")
def test_renew_is_of_the_token_of_mutt(world: World, vault: hvac.Client) -> None:
    assert "never ends" in world.mutt("vault", "renew", code=7).err
    made = vault.auth.token.create(policies=["root"], ttl="60s", period="1h")["auth"]["client_token"]
    header = f"X-Vault-Token: {made}"
    old = json.loads(world.curl("-H", header, f"{vault.url}/v1/auth/token/lookup-self"))["data"].get("last_renewal")
    with_it = elsewhere(world, VAULT_TOKEN=made)
    with with_it.unchanged():
        with_it.mutt("vault", "renew", "--dry-run")
    told = with_it.mutt("vault", "renew", "-o", "json", "--reason", "it ends soon").json
    looked = json.loads(world.curl("-H", header, f"{vault.url}/v1/auth/token/lookup-self"))["data"]
    assert (old, told["ttl_seconds"]) == (None, 3600)
    assert looked["last_renewal"]
    reason = world.psql(f"SELECT reason FROM operations WHERE id = '{told['operation']}'")  # noqa: S608
    assert reason == "it ends soon"
    nothing_shown(world, made)


@pytest.mark.covers("vault set")
def test_a_key_is_set_beside_the_others_known_to_every_daemon_and_taken_back(world: World, vault: hvac.Client) -> None:
    words = ("vault", "set", "INGEST_API_KEY", "--file", "-")
    with untouched(world, vault):
        planned = world.mutt(*words, "--dry-run", "-o", "json", stdin=NEW.encode()).json
        assert planned["others"] == sorted(set(SECRETS) - {"INGEST_API_KEY"})
        world.mutt(*words, code=2, stdin=b"")
        world.mutt("vault", "set", "INGEST_API_KEY", code=2)
        world.mutt("vault", "set", "INGEST-API-KEY", "--file", "-", code=2, stdin=NEW.encode())
    done = world.mutt(*words, "-o", "json", stdin=f"{NEW}\n".encode()).json
    assert kept(world, vault)["data"] == SECRETS | {"INGEST_API_KEY": NEW}
    assert {one["state"] for one in done["daemons"]} == {"has_read"}
    assert (door(world, NEW), door(world, API_KEY)) == ("200", "401")
    shown = world.psql(f"SELECT originals, argv FROM operations WHERE id = '{done['operation']}'")  # noqa: S608
    assert json.loads(shown.split("|")[0]).keys() == {"key", "path", "revision_before", "revision_after"}

    world.mutt("undo", done["operation"], "--yes")
    assert kept(world, vault)["data"] == SECRETS
    assert (door(world, NEW), door(world, API_KEY)) == ("401", "200")
    nothing_shown(world, NEW)


def test_what_was_killed_before_it_wrote_takes_nobody_elses_value_back(world: World, vault: hvac.Client) -> None:
    first = world.operation(world.mutt("vault", "set", "MOOG_API_KEY", "--file", "-", "-o", "json", stdin=NEW.encode()))
    # As if that one was killed before Vault heard of it, and somebody else wrote the revision that it was to make.
    opened = "SET result = NULL, finished_at = NULL, originals = originals - 'revision_after'"
    world.psql(f"UPDATE operations {opened} WHERE id = '{first}'")
    told = world.mutt("undo", first, "--dry-run")
    assert "MOOG_API_KEY" in told.out, "nobody else says that it is theirs"
    theirs = "jsonb_build_object('revision_after', (originals ->> 'revision_before')::int + 1)"
    columns = "id, started_at, actor, host, context, command, impact, argv, plan, originals"
    values = f"'op-THEIRS', now(), 'kim', 'h', 'local', 'vault set', 'W', '[]', '{{}}', {theirs}"
    world.psql(f"INSERT INTO operations ({columns}) SELECT {values} FROM operations WHERE id = '{first}'")  # noqa: S608
    assert "MUTT-G005" in world.mutt("undo", first, "--yes", code=7).err
    assert kept(world, vault)["data"]["MOOG_API_KEY"] == NEW
    world.psql("DELETE FROM operations WHERE id = 'op-THEIRS'")


def test_a_set_that_somebody_changed_since_is_not_taken_back(world: World, vault: hvac.Client) -> None:
    done = world.mutt("vault", "set", "MOOG_API_KEY", "--file", "-", "-o", "json", stdin=NEW.encode()).json
    world.mutt("vault", "set", "WEBUI_API_KEY_NEXT", "--file", "-", stdin=OTHER.encode())
    assert kept(world, vault)["data"]["MOOG_API_KEY"] == NEW
    world.mutt("undo", done["operation"], "--yes")
    now = kept(world, vault)["data"]
    assert (now["MOOG_API_KEY"], now["WEBUI_API_KEY_NEXT"]) == (SECRETS["MOOG_API_KEY"], OTHER)
    first = world.mutt("vault", "set", "MOOG_API_KEY", "--file", "-", "-o", "json", stdin=NEW.encode()).json
    world.mutt("vault", "set", "MOOG_API_KEY", "--file", "-", stdin=OTHER.encode())
    with untouched(world, vault):
        assert "was changed after" in world.mutt("undo", first["operation"], "--yes", code=7).err


@pytest.mark.covers(
    "vault rotate plan", "vault rotate stage", "vault rotate promote", "vault rotate finish", "vault rotate abort"
)
def test_a_key_is_rotated_while_its_senders_use_one_or_the_other(world: World, vault: hvac.Client) -> None:
    rotate, secret = ("vault", "rotate"), "INGEST_API_KEY"
    with untouched(world, vault):
        assert world.mutt(*rotate, "plan", secret, "-o", "json").json["next"] == ["stage"]
        world.mutt(*rotate, "plan", "NO_SUCH_KEY", code=3)
        world.mutt(*rotate, "stage", secret, code=2, stdin=b"")
        world.mutt(*rotate, "stage", secret, "--file", "-", "--dry-run", stdin=NEW.encode())
        for verb in ("promote", "abort"):
            assert "MUTT-G041" in world.mutt(*rotate, verb, secret, code=7).err

    staged = world.mutt(*rotate, "stage", secret, "--file", "-", "-o", "json", stdin=NEW.encode()).json
    assert {one["state"] for one in staged["daemons"]} == {"has_read"}
    assert kept(world, vault)["data"][f"{secret}_NEXT"] == NEW
    assert (door(world, API_KEY), door(world, NEW)) == ("200", "200")
    assert world.mutt("vault", "status", "-o", "json").json["rotations"] == [{"secret": secret, "step": "staged"}]

    world.mutt(*rotate, "abort", secret, "-o", "json")
    assert kept(world, vault)["data"] == SECRETS
    assert (door(world, API_KEY), door(world, NEW)) == ("200", "401")

    world.mutt(*rotate, "stage", secret, "--file", "-", stdin=NEW.encode())
    with untouched(world, vault):
        world.mutt(*rotate, "promote", secret, "--dry-run")
    world.mutt(*rotate, "promote", secret, "-o", "json")
    now = kept(world, vault)["data"]
    assert (now[secret], now[f"{secret}_NEXT"]) == (NEW, API_KEY)
    assert (door(world, API_KEY), door(world, NEW)) == ("200", "200")

    finish = (*rotate, "finish", secret)
    used = "SELECT 1 FROM event_history WHERE source = 'api_old' LIMIT 1"
    eventually(lambda: world.stack.query(used), "the ledger knows that the old key was used")
    before = kept(world, vault)
    assert "events came with the old key" in world.mutt(*finish, "--confirm", secret, code=7).err
    assert "MUTT-U007" in world.mutt(*finish, "--force", "still-used", code=2).err
    assert kept(world, vault) == before
    world.mutt(*finish, "--confirm", secret, "--force", "still-used", "-o", "json")
    assert kept(world, vault)["data"] == SECRETS | {secret: NEW}
    assert (door(world, API_KEY), door(world, NEW)) == ("401", "200")
    nothing_shown(world, NEW)


def test_a_daemon_that_does_not_follow_holds_the_rotation_up(world: World, vault: hvac.Client) -> None:
    rotate, secret = ("vault", "rotate"), "WEBUI_API_KEY"
    world.stack.daemons["remediation"].pause()
    try:
        late = world.mutt(*rotate, "stage", secret, "--file", "-", "--timeout", "5", code=6, stdin=NEW.encode())
        assert "remediation pod-1" in late.out
        refused = world.mutt(*rotate, "promote", secret, "--timeout", "4", code=7)
        assert "MUTT-G042" in refused.err
        assert "remediation pod-1" in refused.err
    finally:
        world.stack.daemons["remediation"].wake()
    assert kept(world, vault)["data"][f"{secret}_NEXT"] == NEW
    world.mutt(*rotate, "promote", secret)
    assert kept(world, vault)["data"][secret] == NEW
    world.mutt(*rotate, "abort", secret)
    assert kept(world, vault)["data"] == SECRETS
