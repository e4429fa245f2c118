"""Passwords and keys change at their servers and in Vault while every daemon runs; nothing is restarted or told."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis

from mutt_cli.adapters.engines.postgres import ROLE, SUPERUSER, Postgres
from mutt_cli.daemons.behaviour import Behaviour
from tests import plain_http, servers
from tests.acceptance.moogsoft import breaker, counts, send
from tests.acceptance.rotations import QUICK, arrives, put, rotated
from tests.servers import PostgresServer
from tests.stack import WEB_KEY, Stack, eventually, running_stack, stack_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao

DAEMONS = ("ingestor", "alerter", "forwarder", "remediation", "webui")


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


def lets_in(server: PostgresServer, password: str) -> bool:
    """Whether PostgreSQL accepts this password of mutt_user, by psycopg alone."""
    try:
        psycopg.connect(
            host="127.0.0.1", port=server.engine.port, user=ROLE, password=password, dbname="postgres"
        ).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.nightly
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


def admits(stack: Stack, password: str) -> bool:
    """Whether Redis accepts this password."""
    one = redis.Redis(unix_socket_path=str(stack.valkey.socket), password=password)
    try:
        return bool(one.ping())
    except redis.exceptions.AuthenticationError:
        return False
    finally:
        one.close()


def told(stack: Stack, number: int) -> None:
    """PostgreSQL is used: rules are read for a person, and an event's history is stored."""

    def rules() -> bool:
        answer = plain_http.get(f"{stack.webui_url}/api/v1/rules", headers={"X-API-Key": WEB_KEY}, timeout=10)
        return answer.status_code == 200

    eventually(rules, f"the web UI reads rules ({number}): {stack.log('webui')[-600:]}", 60)
    (event_id,) = send(stack, number, 1)

    def stored() -> bool:
        rows = stack.query("SELECT event_id::text FROM event_history WHERE outcome = 'delivered'")
        return event_id in {row[0] for row in rows}

    eventually(stored, f"history is stored ({number}): {stack.log('alerter')[-600:]}", 60)
    stack.wait_healthy("alerter")
