"""Passwords and keys change at their servers and in Vault while every daemon runs; nothing is restarted or told."""

from __future__ import annotations

import json
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import hvac
import psycopg
import pytest
import redis

from mutt_cli.adapters.engines.postgres import ROLE, SUPERUSER, Postgres
from mutt_cli.daemons.behaviour import Behaviour
from tests import servers
from tests.acceptance.moogsoft import breaker, counts, send
from tests.servers import PostgresServer
from tests.stack import API_KEY, SECRETS, WEB_KEY, Stack, eventually, received_ids, running_stack, stack_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao

PATH = "mutt/rotating"
DAEMONS = ("ingestor", "alerter", "forwarder", "remediation", "webui")
QUICK = {"RETRY_INITIAL_DELAY": "0.2", "RETRY_MAX_DELAY": "0.5", "VAULT_SECRET_PATH": PATH}


def put(openbao: DevOpenBao, **secrets: str) -> None:
    """What Vault holds from now on, beside the keys of the stack."""
    vault = hvac.Client(url=openbao.address, token=openbao.root_token)
    others = {name: value for name, value in SECRETS.items() if name not in {"DB_PASS", "MOOG_API_KEY"}}
    chosen = {"DB_PASS": "unused", "MOOG_API_KEY": "moog-key"} | secrets
    stored = others | {name: value for name, value in chosen.items() if value}
    vault.secrets.kv.v2.create_or_update_secret(path=PATH, secret=stored)


def arrives(stack: Stack, number: int, *, repeated: bool = False) -> None:
    """An event goes all the way. `repeated`: its sender meets a 503 first, as without `_NEXT`, and sends it again."""

    def sent() -> list[str]:
        try:
            return send(stack, number, 1)
        except AssertionError:
            if not repeated:
                raise
            return []

    (event_id,) = eventually(sent, f"event {number} is accepted")
    eventually(lambda: event_id in received_ids(stack), f"event {number} arrives: {stack.log('forwarder')[-600:]}", 60)


def test_key_of_moogsoft_is_rotated_by_next_and_then_without_it(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    put(openbao, MOOG_API_KEY="first-key", MOOG_API_KEY_NEXT="second-key")
    with running_stack(postgres, openbao, **QUICK) as stack:
        stack.simulator.behave(Behaviour(bearer="first-key"))
        stack.start("ingestor", "alerter", "forwarder")
        arrives(stack, 1)

        stack.simulator.behave(Behaviour(bearer="second-key"))
        arrives(stack, 2)
        assert counts(stack)["refused"] == 1
        assert "Forward error" not in stack.log("forwarder")
        assert "MOOG_API_KEY was refused, MOOG_API_KEY_NEXT works" in stack.log("forwarder")
        arrives(stack, 3)
        assert counts(stack)["refused"] == 1

        put(openbao, MOOG_API_KEY="third-key")
        stack.simulator.behave(Behaviour(bearer="third-key"))
        arrives(stack, 4)
        assert "Vault: secrets read again and found changed" in stack.log("forwarder")
        assert breaker(stack) == "CLOSED"
        for value in ("first-key", "second-key", "third-key"):
            assert value not in stack.log("forwarder")


@contextmanager
def redis_wants(client: redis.Redis, password: str) -> Iterator[None]:
    """The server asks for this password from now on, and everybody has to come again."""
    client.config_set("requirepass", password)
    client.client_kill_filter(_type="normal", skipme=True)
    client.client_kill_filter(_type="pubsub", skipme=True)
    yield


def test_password_of_redis_is_rotated_under_every_daemon(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    put(openbao, REDIS_PASS_CURRENT="redis-one", REDIS_PASS_NEXT="redis-two")
    with running_stack(postgres, openbao, **QUICK) as stack:
        client = redis.Redis(unix_socket_path=str(stack.valkey.socket), single_connection_client=True)
        client.config_set("requirepass", "redis-one")
        stack.start(*DAEMONS)
        arrives(stack, 1)
        with redis_wants(client, "redis-two"):
            arrives(stack, 2)
            all_healthy(stack)
        put(openbao, REDIS_PASS="redis-three")
        with redis_wants(client, "redis-three"):
            all_healthy(stack)
            arrives(stack, 3, repeated=True)
        for name in DAEMONS:
            assert not [one for one in ("redis-one", "redis-two", "redis-three") if one in stack.log(name)]
            assert "REDIS_PASS was refused, REDIS_PASS_NEXT works" in stack.log(name)
        put(openbao)
        with redis_wants(client, ""):  # and one that wants no password any more
            all_healthy(stack)
            arrives(stack, 4, repeated=True)
        client.close()


def test_a_redis_that_begins_to_want_a_password_gets_the_one_in_vault(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    put(openbao)
    with running_stack(postgres, openbao, **QUICK) as stack:
        client = redis.Redis(unix_socket_path=str(stack.valkey.socket), single_connection_client=True)
        stack.start(*DAEMONS)
        put(openbao, REDIS_PASS="redis-one")
        with redis_wants(client, "redis-one"):
            all_healthy(stack)
            arrives(stack, 1)
        client.close()


def all_healthy(stack: Stack) -> None:
    for name in DAEMONS:
        stack.wait_healthy(name)


@pytest.fixture
def guarded() -> Iterator[PostgresServer]:
    """A PostgreSQL that lets mutt_user in by TCP with a password."""
    account = servers.run_identity()
    with servers.short_folder(account) as folder:
        data, port = servers.owned_folder(folder / "data", account), servers.free_port()
        engine = Postgres(data, folder, folder / "log", account, tcp=True, port=port, durable=False)
        server = PostgresServer(engine)
        with servers.running(engine):
            server.make_template()
            yield server


def database_wants(server: PostgresServer, password: str) -> None:
    """The server asks mutt_user for this password from now on, and everybody has to come again."""
    server.engine.set_password(password)
    with psycopg.connect(server.dsn_for("postgres", SUPERUSER), autocommit=True) as conn:
        conn.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s", (ROLE,))


def test_password_of_postgresql_is_rotated_under_alerter_and_web_ui(
    guarded: PostgresServer, openbao: DevOpenBao
) -> None:
    put(openbao, DB_PASS="", DB_PASS_CURRENT="db-one", DB_PASS_NEXT="db-two")
    settings = QUICK | {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(guarded.engine.port)}
    with servers.valkey_server() as valkey, stack_on(valkey, guarded, openbao, settings) as stack:
        database_wants(guarded, "db-one")
        stack.start("ingestor", "alerter", "webui", "forwarder")
        told(stack, 1)
        database_wants(guarded, "db-two")
        told(stack, 2)
        assert stack.mutt("db", "status").returncode == 0
        put(openbao, DB_PASS="db-three")
        database_wants(guarded, "db-three")
        told(stack, 3)
        for name in ("alerter", "webui"):
            assert not [one for one in ("db-one", "db-two", "db-three") if one in stack.log(name)]
            assert "DB_PASS was refused, DB_PASS_NEXT works" in stack.log(name)
            assert "Vault: secrets read again and found changed" in stack.log(name)


def rotated(stack: Stack, secret: str, value: str, between: Callable[[str], None]) -> None:
    """All three steps by command; `between` looks at the world after each."""
    words = ("vault", "rotate")
    for verb, more in (("stage", ("--file", "-")), ("promote", ()), ("finish", ("--confirm", secret))):
        done = stack.mutt(*words, verb, secret, *more, stdin=value.encode() if verb == "stage" else b"")
        assert done.returncode == 0, f"{verb}: {done.stdout}{done.stderr}"
        assert value not in done.stdout + done.stderr
        between(verb)
    for name in stack.daemons:
        assert value not in stack.log(name)


def lets_in(server: PostgresServer, password: str) -> bool:
    """Whether PostgreSQL accepts this password of mutt_user, by psycopg alone."""
    try:
        psycopg.connect(
            host="127.0.0.1", port=server.engine.port, user=ROLE, password=password, dbname="postgres"
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def test_password_of_postgresql_is_rotated_by_command(guarded: PostgresServer, openbao: DevOpenBao) -> None:
    put(openbao, DB_PASS="db-one")
    settings = QUICK | {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(guarded.engine.port)}
    with servers.valkey_server() as valkey, stack_on(valkey, guarded, openbao, settings) as stack:
        database_wants(guarded, "db-one")
        stack.start("ingestor", "alerter", "webui", "forwarder")
        told(stack, 1)
        new, numbers = "db-two-of-many-characters", iter(range(2, 9))
        expected = {"stage": (True, False), "promote": (False, True), "finish": (False, True)}

        def works(verb: str) -> None:
            assert (lets_in(guarded, "db-one"), lets_in(guarded, new)) == expected[verb]
            told(stack, next(numbers))

        rotated(stack, "DB_PASS", new, works)
        assert new not in (guarded.engine.log.read_text(errors="replace"))

        back = "db-three-of-many-characters"
        assert stack.mutt("vault", "rotate", "stage", "DB_PASS", "--file", "-", stdin=back.encode()).returncode == 0
        guarded.engine.set_password(back)  # as far as a promote came that was killed
        again = stack.mutt("vault", "rotate", "promote", "DB_PASS")
        assert (again.returncode, "is changed in PostgreSQL" in again.stdout) == (0, True), again.stderr
        assert stack.mutt("vault", "rotate", "abort", "DB_PASS").returncode == 0
        assert (lets_in(guarded, new), lets_in(guarded, back)) == (True, False)
        told(stack, next(numbers))


def test_password_of_redis_is_rotated_by_command(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    put(openbao, REDIS_PASS="redis-one")
    with running_stack(postgres, openbao, **QUICK) as stack:
        client = redis.Redis(unix_socket_path=str(stack.valkey.socket), single_connection_client=True)
        assert "asks this user for no password" in stack.mutt("vault", "rotate", "plan", "REDIS_PASS").stderr
        client.config_set("requirepass", "redis-one")
        stack.start(*DAEMONS)
        arrives(stack, 1)
        new, numbers = "redis-two-of-many-characters", iter(range(2, 9))
        expected = {"stage": (True, True), "promote": (True, True), "finish": (False, True)}

        def works(verb: str) -> None:
            assert (admits(stack, "redis-one"), admits(stack, new)) == expected[verb]
            client.client_kill_filter(_type="normal", skipme=True)
            arrives(stack, next(numbers), repeated=True)
            all_healthy(stack)

        rotated(stack, "REDIS_PASS", new, works)
        third = "redis-three-of-many-characters"
        assert stack.mutt("vault", "rotate", "stage", "REDIS_PASS", "--file", "-", stdin=third.encode()).returncode == 0
        assert stack.mutt("vault", "rotate", "promote", "REDIS_PASS").returncode == 0
        client.acl_setuser("default", enabled=True, reset_passwords=True, passwords=[f"+{new}"])  # as after a restart
        done = stack.mutt("vault", "rotate", "finish", "REDIS_PASS", "--confirm", "REDIS_PASS")
        assert (done.returncode, admits(stack, new), admits(stack, third)) == (0, False, True), done.stderr
        client.close()


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
            answer = httpx.post(f"{stack.ingest_url}/ingest", json=event, headers={"X-API-Key": key}, timeout=10)
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


def admits(stack: Stack, password: str) -> bool:
    """Whether Redis accepts this password."""
    one = redis.Redis(unix_socket_path=str(stack.valkey.socket), password=password)
    try:
        return bool(one.ping())
    except redis.exceptions.AuthenticationError:
        return False
    finally:
        one.close()


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


def told(stack: Stack, number: int) -> None:
    """PostgreSQL is used: rules are read for a person, and an event's history is stored."""

    def rules() -> bool:
        answer = httpx.get(f"{stack.webui_url}/api/v1/rules", headers={"X-API-Key": WEB_KEY}, timeout=10)
        return answer.status_code == 200

    eventually(rules, f"the web UI reads rules ({number}): {stack.log('webui')[-600:]}", 60)
    (event_id,) = send(stack, number, 1)

    def stored() -> bool:
        rows = stack.query("SELECT event_id::text FROM event_history WHERE outcome = 'delivered'")
        return event_id in {row[0] for row in rows}

    eventually(stored, f"history is stored ({number}): {stack.log('alerter')[-600:]}", 60)
    stack.wait_healthy("alerter")
