"""Keys and the credential of Vault are rotated by command: no step goes on while somebody needs the old value."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import hvac

from mutt_cli.daemons.behaviour import Behaviour
from tests import plain_http, servers
from tests.acceptance.moogsoft import counts, send
from tests.acceptance.rotations import PATH, QUICK, arrives, put, rotated
from tests.stack import API_KEY, Stack, eventually, running_stack

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer


def test_key_of_moogsoft_is_rotated_by_command_and_back(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    """Moogsoft changes at a moment of its own between promote and finish; no alert is lost or dead."""
    put(openbao)
    secret, old, new = "MOOG_API_KEY", "moog-key", "moog-two-of-many-characters"
    with running_stack(postgres, openbao, **QUICK) as stack:
        stack.simulator.behave(Behaviour(bearer=old))
        stack.start("ingestor", "alerter", "forwarder")
        numbers = iter(range(1, 20))
        arrives(stack, next(numbers))
        assert stack.mutt("vault", "rotate", "stage", secret, "--file", "-", stdin=new.encode()).returncode == 0
        assert stack.mutt("vault", "rotate", "promote", secret).returncode == 0
        arrives(stack, next(numbers))
        assert stack.mutt("vault", "rotate", "abort", secret).returncode == 0
        assert in_vault(openbao, secret) == (old, None)
        arrives(stack, next(numbers))

        finish = ("vault", "rotate", "finish", secret, "--confirm", secret)

        def works(verb: str) -> None:
            arrives(stack, next(numbers))
            if verb == "promote":  # only now is the new key made known there, beside the old one
                assert in_vault(openbao, secret) == (new, old)
                refused = stack.mutt(*finish)
                assert (refused.returncode, "MUTT-G049" in refused.stderr) == (7, True), refused.stderr
                assert in_vault(openbao, secret) == (new, old)
                stack.simulator.behave(Behaviour())
                arrives(stack, next(numbers))
                eventually(lambda: '"moog_key":"MOOG_API_KEY"' in readers(stack), "the forwarder says that it works")

        rotated(stack, secret, new, works)
        assert in_vault(openbao, secret) == (new, None)
        stack.simulator.behave(Behaviour(bearer=old))  # with the old one alone Moogsoft is closed to us
        refused = counts(stack)["refused"]
        send(stack, next(numbers), 1)
        eventually(lambda: counts(stack)["refused"] > refused, "it is refused")
        stack.simulator.behave(Behaviour(bearer=new))
        arrives(stack, next(numbers))
        assert stack.redis.llen("mutt:dlq:moog") == 0


def test_key_of_senders_is_finished_when_none_of_them_has_used_the_old_one_since(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    put(openbao)
    secret, old, new = "INGEST_API_KEY", API_KEY, "ingest-two-of-many-characters"
    with running_stack(postgres, openbao, **QUICK) as stack:
        stack.start("ingestor")

        def sent(key: str) -> int:
            event = {"source": "core-sw1", "message": "LINK-3-UPDOWN"}
            answer = plain_http.post(f"{stack.ingest_url}/ingest", json=event, headers={"X-API-Key": key}, timeout=10)
            return answer.status_code

        def rotate(verb: str, *more: str, stdin: bytes = b"") -> tuple[int, str]:
            done = stack.mutt("vault", "rotate", verb, secret, *more, stdin=stdin)
            return done.returncode, done.stderr

        assert rotate("stage", "--file", "-", stdin=new.encode())[0] == 0
        assert [sent(old), sent(new)] == [200, 200]
        assert rotate("promote")[0] == 0
        assert sent(new) == 200
        assert rotate("finish", "--confirm", secret)[0] == 0
        assert [sent(new), sent(old)] == [200, 401]

        third = "ingest-three-of-many-characters"
        assert rotate("stage", "--file", "-", stdin=third.encode())[0] == 0
        assert rotate("promote")[0] == 0
        assert [sent(third), sent(new)] == [200, 200]
        code, said = rotate("finish", "--confirm", secret)
        assert (code, "1 events came with the old key" in said) == (7, True), said


def readers(stack: Stack) -> str:
    """What the processes say that they run with."""
    return repr(stack.redis.hvals("mutt:config_readers"))


def in_vault(openbao: DevOpenBao, secret: str) -> tuple[str | None, str | None]:
    """What Vault holds of it: the first value, and the one beside it."""
    vault = hvac.Client(url=openbao.address, token=openbao.root_token)
    found = vault.secrets.kv.v2.read_secret_version(path=PATH, raise_on_deleted_version=True)["data"]["data"]
    return found.get(secret), found.get(f"{secret}_NEXT")


def test_credential_of_vault_is_rotated_by_command_and_back(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    put(openbao)
    vault = hvac.Client(url=openbao.address, token=openbao.root_token)
    vault.sys.create_or_update_policy("mutt-policy", f'path "secret/data/{PATH}" {{ capabilities = ["read"] }}')
    vault.sys.create_or_update_policy("nothing", 'path "secret/data/other" { capabilities = ["read"] }')

    def made(policy: str) -> str:
        return str(vault.auth.token.create(policies=[policy], ttl="720h")["auth"]["client_token"])

    with servers.short_folder() as folder:
        file, old, new = folder / "vault_secret_id", made("mutt-policy"), made("mutt-policy")
        file.write_text(old + "\n")
        file.chmod(0o600)
        settings = QUICK | {"VAULT_TOKEN": "", "VAULT_SECRET_ID_FILE": str(file)}
        with running_stack(postgres, openbao, **settings) as stack:
            stack.start("ingestor", "alerter", "forwarder")
            words, secret = ("vault", "rotate"), "VAULT_TOKEN"
            for bad in ("s.nonsense", made("nothing")):
                refused = stack.mutt(*words, "stage", secret, "--file", "-", stdin=bad.encode())
                assert refused.returncode in {4, 7}, refused.stdout
                assert bad not in refused.stdout + refused.stderr
            assert [one.name for one in folder.iterdir()] == [file.name]
            assert stack.mutt(*words, "stage", secret, "--file", "-", stdin=new.encode()).returncode == 0
            assert file.read_text().strip() == old
            promoted = stack.mutt(*words, "promote", secret, "-o", "json")
            assert {one["state"] for one in json.loads(promoted.stdout)["daemons"]} == {"has_read"}, promoted.stderr
            assert (file.read_text().strip(), stat.S_IMODE(file.stat().st_mode)) == (new, 0o600)
            assert stack.mutt(*words, "abort", secret).returncode == 0
            assert [one.read_text().strip() for one in folder.iterdir()] == [old]

            stack.mutt(*words, "stage", secret, "--file", "-", stdin=new.encode())
            assert stack.mutt(*words, "promote", secret).returncode == 0
            accessor = vault.auth.token.lookup(old)["data"]["accessor"]
            line = f"vault token revoke -accessor {accessor}"
            assert line in stack.mutt(*words, "plan", secret).stdout
            finish = stack.mutt(*words, "finish", secret, "--confirm", secret)
            assert line in finish.stdout, finish.stdout + finish.stderr
            assert [one.read_text().strip() for one in folder.iterdir()] == [new]
            assert line in str(stack.query("SELECT plan FROM operations WHERE command = 'vault rotate finish'"))

            file.write_text(old + "\n")
            stack.mutt(*words, "stage", secret, "--file", "-", stdin=new.encode())
            assert stack.mutt(*words, "promote", secret).returncode == 0
            vault.auth.token.revoke_accessor(accessor)
            assert "nothing is left to revoke" in stack.mutt(*words, "plan", secret).stdout
            assert stack.mutt("vault", "token").returncode == 0
            arrives(stack, 1)
            assert "MUTT-V401" in stack.mutt(*words, "abort", secret).stderr, "with the old one nobody could log in"
            assert stack.mutt(*words, "finish", secret, "--confirm", secret).returncode == 0
            assert [one.read_text().strip() for one in folder.iterdir()] == [new]
            assert "MUTT-V405" in stack.mutt("vault", "set", "SOME_KEY", "--file", "-", stdin=b"x" * 20).stderr
            for one in (old, new):
                assert not [name for name in stack.daemons if one in stack.log(name)]
