"""PgBouncer and Sentinel really run on what is generated for them, and MUTT works through them."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import redis

from mutt_cli.adapters import redis_client, role_password
from mutt_cli.adapters.engines import binaries
from mutt_cli.adapters.engines.postgres import ROLE
from mutt_cli.adapters.engines.valkey import Valkey
from mutt_cli.adapters.identity import subprocess_account
from mutt_cli.adapters.postgres import connect
from mutt_cli.core.generated import is_untouched
from mutt_cli.errors import MuttError
from mutt_cli.present.generated import KINDS, Site
from mutt_cli.present.generated.pgbouncer import PORT, USERS
from mutt_cli.settings import Redis, Settings
from tests import servers
from tests.peers import peer
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.settings import Postgres
    from tests.servers import PostgresServer

BASE = Settings()


def generated(kind: str, settings: Settings, path: Path, **instead: str) -> Path:
    """The first file of a kind, owned by the account of the servers."""
    text = KINDS[kind].files(Site(settings, "localhost"))[0].content
    for old, new in instead.items():
        text = text.replace({"users": USERS, "port": f"listen_port = {PORT}"}[old], new)
    path.write_text(text)
    shutil.chown(path, servers.run_identity().uid)
    return path


@contextmanager
def running(*command: str, log: Path) -> Iterator[None]:
    account = subprocess_account(servers.run_identity())
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, cwd="/", **account) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


def test_a_command_works_through_the_generated_pooler(postgres: PostgresServer, database: str) -> None:
    program = peer("pgbouncer", "pgbouncer")
    port = servers.free_port()
    behind = replace(BASE.postgres, host=str(postgres.engine.sockets), db=database, user=ROLE)
    with servers.short_folder() as folder:
        users = folder / "userlist.txt"
        users.write_text(f'"{ROLE}" "through-the-pooler"\n')
        shutil.chown(users, servers.run_identity().uid)
        settings = replace(BASE, postgres=behind)
        path = generated("pgbouncer", settings, folder / "p.ini", users=str(users), port=f"listen_port = {port}")
        front = replace(behind, host="127.0.0.1", port=port, password="through-the-pooler")
        with running(program, str(path), log=folder / "log"):
            conn = eventually(lambda: connected(front), f"PgBouncer answers: {(folder / 'log').read_text()}")
            # What one transaction leaves behind is not there for the next, which may have another connection.
            for _ in range(3):
                assert conn.execute("SELECT current_database(), current_user").fetchone() == (database, ROLE)
            assert role_password.pooled(conn), "a rotation must not believe what is asked through it"
            conn.close()
            with connect(behind, "", "mutt-test") as straight:
                assert not role_password.pooled(straight)
            assert connected(replace(front, password="wrong")) is None


def connected(settings: Postgres) -> Connection | None:
    """A connection as commands make it; None while or because it is refused."""
    try:
        return connect(settings, settings.password, "mutt-test")
    except MuttError:
        return None


def test_the_generated_sentinel_leads_to_the_primary_and_then_keeps_what_it_learned() -> None:
    primary_port, port = servers.free_port(), servers.free_port()
    account = servers.run_identity()
    with servers.short_folder() as folder:
        data = servers.owned_folder(folder / "data", account)
        primary = Valkey(data, folder / "redis.sock", folder / "log", account, primary_port)
        settings = Redis(host="localhost", port=primary_port, sentinels=(f"localhost:{port}",))
        path = generated("sentinel", replace(BASE, redis=settings), folder / "sentinel.conf")
        program = str(shutil.copy(binaries.valkey_server(), folder / "valkey-server"))
        with servers.running(primary), running(program, str(path), "--sentinel", log=folder / "sentinel.log"):
            eventually(lambda: led(settings), f"Sentinel names it: {(folder / 'sentinel.log').read_text()}")
            client = redis_client.connect(settings)
            client.set("found", "yes")
            client.close()
        # It has written its own state into the file: for `generate` that is somebody's work from now on.
        assert not is_untouched(path.read_bytes())


def led(settings: Redis) -> bool:
    host, _, port = settings.sentinels[0].rpartition(":")
    with redis.Redis(host=host, port=int(port), socket_timeout=2) as sentinel:
        try:
            found = sentinel.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", settings.sentinel_master)
        except redis.RedisError:
            return False
        return bool(found) and int(found[1]) == settings.port
