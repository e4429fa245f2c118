"""Vault as an operator uses it: both versions of the engine, writers that collide, and who may write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.credential_file import CredentialFile
from mutt_cli.errors import AuthError, NotFoundError, RefusedError, UsageError
from mutt_cli.ops import rotation, vault, vault_undo
from mutt_cli.ops.backends import Backends
from mutt_cli.settings import Settings
from tests import servers
from tests.vault_server import STORED, Server, trouble_of, unseal

if TYPE_CHECKING:
    from typing import Any

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from mutt_cli.settings import Vault

VALUE = "a-value-of-many-characters"
WRITER = 'path "secret/data/mutt/prod" { capabilities = ["read", "create", "update"] }'


@pytest.fixture
def server(openbao: DevOpenBao, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """MUTT's secret and policy; nobody has logged in by `vault login`."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    made = Server.on(openbao, tmp_path)
    made.root.sys.create_or_update_policy("writer", WRITER)
    return made


def of(given: Vault) -> Settings:
    return replace(Settings(), vault=given)


def stored(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = server.root.secrets.kv.v2.read_secret_version("mutt/prod", raise_on_deleted_version=True)[
        "data"
    ]["data"]
    return found


def set_key(settings: Settings, key: str, value: str) -> int:
    return vault.set_field(settings, vault.plan_set(settings, key, value), value)


def test_one_field_is_set_and_the_others_stay(server: Server) -> None:
    settings = of(server.settings(server.token("writer")))
    plan = vault.plan_set(settings, "MOOG_API_KEY", VALUE)
    assert (plan.others, plan.exists, plan.warnings) == (tuple(sorted(STORED)), False, ())
    assert VALUE not in repr(plan)
    revision = vault.set_field(settings, plan, VALUE)
    assert stored(server) == STORED | {"MOOG_API_KEY": VALUE}
    assert revision == plan.before.revision + 1


def test_a_secret_that_somebody_wrote_in_between_is_not_overwritten(server: Server) -> None:
    settings = of(server.settings(server.token("writer")))
    plan = vault.plan_set(settings, "MOOG_API_KEY", VALUE)
    server.root.secrets.kv.v2.create_or_update_secret("mutt/prod", secret=STORED | {"OTHER": "theirs"})
    with pytest.raises(RefusedError, match="changed by somebody else"):
        vault.set_field(settings, plan, VALUE)
    assert stored(server) == STORED | {"OTHER": "theirs"}


def test_the_first_field_of_a_secret_that_is_not_there_makes_it_also_after_a_deletion(server: Server) -> None:
    server.root.secrets.kv.v2.delete_metadata_and_all_versions("mutt/prod")
    settings = of(server.settings(server.token("writer")))
    assert set_key(settings, "INGEST_API_KEY", VALUE) == 1
    server.root.secrets.kv.v2.delete_latest_version_of_secret("mutt/prod")
    assert set_key(settings, "MOOG_API_KEY", VALUE) == 2
    assert stored(server) == {"MOOG_API_KEY": VALUE}


def test_where_mutt_may_only_read_the_person_who_logged_in_writes(server: Server, tmp_path: Path) -> None:
    settings = of(server.settings(server.token()))
    refused = trouble_of(lambda: set_key(settings, "MOOG_API_KEY", VALUE))
    assert refused.code == "MUTT-V405"
    assert stored(server) == STORED
    (tmp_path / "home" / ".vault-token").write_text(server.token("writer"))
    set_key(settings, "MOOG_API_KEY", VALUE)
    assert stored(server)["MOOG_API_KEY"] == VALUE
    assert vault.token(settings).token.where.endswith("vault_secret_id"), "looking at the token is MUTT's own"


def test_version_1_is_told_apart_written_whole_and_without_undo(server: Server) -> None:
    engines: Any = server.root.adapter.get("/v1/sys/mounts")
    if "kv1/" not in engines["data"]:
        server.root.sys.enable_secrets_engine("kv", path="kv1", options={"version": "1"})
    server.root.secrets.kv.v1.create_or_update_secret("mutt/prod", secret=STORED, mount_point="kv1")
    server.root.sys.create_or_update_policy("writer1", WRITER.replace("secret/data", "kv1"))
    settings = of(server.settings(server.token("writer1"), mount_path="kv1"))
    plan = vault.plan_set(settings, "DB_PASS", VALUE)
    assert any("version 1" in one for one in plan.warnings)
    assert vault.set_field(settings, plan, VALUE) == 0
    kept = server.root.secrets.kv.v1.read_secret("mutt/prod", mount_point="kv1")["data"]
    assert kept == STORED | {"DB_PASS": VALUE}
    with pytest.raises(RefusedError, match="changed by somebody else"):
        vault.set_field(settings, plan, VALUE)
    found = vault.status(settings)
    assert (found.engine, found.revision) == (1, None)
    recorded: Any = type("R", (), {"id": "op-1", "originals": {
        "key": "DB_PASS", "revision_before": 0, "revision_after": 0,
    }})()  # fmt: skip
    with Backends(settings) as backends, pytest.raises(RefusedError, match="keeps no earlier value"):
        vault_undo.plan_undo(backends, recorded)


def test_undo_needs_the_revision_that_it_goes_back_to(server: Server) -> None:
    settings = of(server.settings(server.token("writer")))
    plan = vault.plan_set(settings, "DB_PASS", VALUE)
    revision = vault.set_field(settings, plan, VALUE)
    originals = {"key": "DB_PASS", "revision_before": plan.before.revision, "revision_after": revision}
    recorded: Any = type("R", (), {"id": "op-1", "originals": originals})()
    with Backends(settings) as backends:
        assert vault_undo.plan_undo(backends, recorded).lines
        server.root.secrets.kv.v2.destroy_secret_versions("mutt/prod", [plan.before.revision])
        with pytest.raises(RefusedError, match="deleted revision"):
            vault_undo.plan_undo(backends, recorded)


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [("a-b", VALUE, "MUTT-U430"), ("KEY", "two\nlines", "MUTT-U431"), ("", VALUE, "MUTT-U430")],
)
def test_names_and_values_that_cannot_be_are_refused_before_vault_is_asked(key: str, value: str, code: str) -> None:
    with pytest.raises(UsageError) as raised:
        vault.plan_set(of(replace(Settings().vault, addr="http://127.0.0.1:1")), key, value)
    assert raised.value.code == code
    assert value not in str(raised.value)


def test_status_names_what_is_missing_and_who_needs_it(server: Server) -> None:
    found = vault.status(of(server.settings(server.token())))
    assert found.names == tuple(sorted(STORED))
    assert found.missing == {"MOOG_API_KEY": ("forwarder",), "WEBUI_API_KEY": ("webui",)}
    assert (found.rotations, found.state) == ({"INGEST_API_KEY": "staged"}, "crit")
    assert "hunter2" not in repr(found)


def test_status_without_a_good_token_still_knows_the_seal(server: Server) -> None:
    found = vault.status(of(server.settings("s.nonsense")))
    assert (found.seal.sealed, found.names, found.state) == (False, None, "unkn")
    assert "does not accept" in found.trouble


def test_a_sealed_vault_tells_how_many_shares_were_given(tmp_path: Path) -> None:
    with servers.openbao_server() as alone:
        made = Server.on(alone, tmp_path)
        settings = of(made.settings(made.token()))
        made.root.adapter.put("/v1/sys/seal")
        found = vault.status(settings)
        assert (found.seal.sealed, found.seal.needed, found.seal.given, found.state) == (True, 1, 0, "crit")
        unseal(alone)
        assert not vault.status(settings).seal.sealed


def test_a_token_is_judged_by_its_time_left_and_its_policy(server: Server) -> None:
    def state(policy: str = "mutt-policy", **options: Any) -> str:
        return vault.token(of(server.settings(server.token(policy, **options)))).state

    assert state(ttl="720h") == "ok"
    assert state(ttl="48h") == "warn"
    assert state(ttl="100h", renewable=False) == "warn"
    assert state(ttl="1h") == "crit"
    server.root.sys.create_or_update_policy("blind", 'path "secret/mutt/prod" { capabilities = ["read"] }')
    assert state("blind", ttl="720h") == "crit", "the path without data/ is that of the CLI, not of the API (C-31)"


def test_an_approle_has_no_token_to_renew_by_hand(server: Server) -> None:
    settings = of(server.approle("1h", "2h"))
    assert (vault.token(settings).token.kind, vault.token(settings).state) == ("secret id", "ok")
    assert trouble_of(lambda: vault.renewable(settings)).code == "MUTT-V411"


def test_what_was_never_there_is_set_and_not_rotated(server: Server) -> None:
    with Backends(of(server.settings(server.token()))) as backends:
        with pytest.raises(NotFoundError) as raised:
            rotation.look(backends, "WEBUI_API_KEY")
        assert raised.value.tries == ("mutt vault set WEBUI_API_KEY --file -",)


def test_a_password_that_is_configured_elsewhere_is_not_rotated(server: Server) -> None:
    settings = of(server.settings(server.token()))
    with Backends(replace(settings, postgres=replace(settings.postgres, password="from the file"))) as backends:
        assert trouble_of(lambda: rotation.look(backends, "DB_PASS")).code == "MUTT-G040"


def test_a_person_s_expired_token_is_said_to_be_it(server: Server, tmp_path: Path) -> None:
    (tmp_path / "home" / ".vault-token").write_text("s.expired")
    refused = trouble_of(lambda: set_key(of(server.settings(server.token())), "MOOG_API_KEY", VALUE))
    assert isinstance(refused, AuthError)
    assert ".vault-token" in refused.message


def replaced(server: Server, given: Vault, new: str) -> Backends:
    """After `promote`: the file holds the new credential, its neighbour the old one."""
    file = CredentialFile(Path(given.secret_id_file))
    file.stage(new)
    file.promote()
    return Backends(of(given))


def finished(backends: Backends) -> tuple[str, ...]:
    found = rotation.look(backends, "VAULT_TOKEN")
    return rotation.finish(backends, found, seconds=0.0, wait=False, written=lambda _: None).lines


def test_who_may_look_a_secret_id_up_is_told_how_to_destroy_the_old_one(server: Server, tmp_path: Path) -> None:
    given, role = server.approle("1h", "2h"), server.root.auth.approle
    made = [role.generate_secret_id("mutt")["data"] for _ in range(2)]
    Path(given.secret_id_file).write_text(made[0]["secret_id"])
    with replaced(server, given, made[1]["secret_id"]) as backends:
        assert "vault list auth/approle/role/mutt/secret-id" in rotation.look(backends, "VAULT_TOKEN").revoke
        (tmp_path / "home" / ".vault-token").write_text(server.root.token)
        told = rotation.look(backends, "VAULT_TOKEN").revoke
        path, words = told.partition("vault write ")[2].split()
        assert words == f"secret_id_accessor={made[0]['secret_id_accessor']}"
        server.root.adapter.post(f"/v1/{path}", json=dict([words.split("=")]))
        assert "nothing is left to revoke" in rotation.look(backends, "VAULT_TOKEN").revoke


def test_the_old_credential_is_not_forgotten_while_nobody_can_tell_how_to_revoke_it(tmp_path: Path) -> None:
    with servers.openbao_server() as alone:
        made = Server.on(alone, tmp_path)
        with replaced(made, made.settings(made.token()), made.token()) as backends:
            made.root.adapter.put("/v1/sys/seal")
            found = rotation.look(backends, "VAULT_TOKEN")
            assert found.file
            assert "cannot be told now" in found.notes[-1]
            assert trouble_of(lambda: finished(backends)).code == "MUTT-V102"
            assert found.file.old.exists()
            unseal(alone)
            assert "vault token revoke -accessor" in finished(backends)[-1]
            assert not found.file.old.exists()
