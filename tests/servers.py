"""Real servers for tests: one of each kind per session, on sockets in a short folder, gone when the session ends.

They are MUTT's own embedded engines, so the tests run the code that `mutt up` runs. As root the servers drop to
`nobody`; killing pytest with SIGKILL ends them too.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import tempfile
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from mutt_cli.adapters import identity as accounts
from mutt_cli.adapters.engines.openbao import DevOpenBao, OpenBao
from mutt_cli.adapters.engines.postgres import ROLE, SUPERUSER, Postgres
from mutt_cli.adapters.engines.valkey import Valkey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.engine import Engine
    from mutt_cli.adapters.identity import Identity

MEMORY_BYTES = 1 << 29
"""Room for an append-only file."""
CLUSTER_BYTES = 1 << 32
"""Room for the clusters of all workers, each with some dozen small databases and a gigabyte of log at most."""
TEMPORARY = "/tmp"  # noqa: S108 - the parent of mkdtemp: a path there is short enough for a socket


def run_identity() -> Identity:
    """The account test servers run as."""
    return accounts.choose("nobody" if os.geteuid() == 0 else "", (), {})


@contextmanager
def short_folder(identity: Identity | None = None, parent: str = TEMPORARY) -> Iterator[Path]:
    """A temporary folder with a path short enough for sockets, owned by the account, mode 0700."""
    account = identity or run_identity()
    folder = Path(tempfile.mkdtemp(prefix="mt-", dir=parent))  # socket paths are limited to 107 bytes
    if os.geteuid() == 0:
        os.chown(folder, account.uid, account.gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def owned_folder(path: Path, identity: Identity) -> Path:
    """Make a folder that belongs to the account."""
    path.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(path, identity.uid, identity.gid)
    return path


def free_port() -> int:
    """A TCP port on 127.0.0.1 that is free, and that no other test process is given for now."""
    while True:
        port = _some_port()
        if _reserve(port) and _is_free(port):
            return port


_PORTS_BELOW = 12_000


def _some_port() -> int:
    """One below the range from which the kernel takes ports for connections, if there is room.

    One of those could have it before the daemon it is meant for has started.
    """
    kernels = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    if kernels > 2 * _PORTS_BELOW:
        return kernels - 1 - secrets.randbelow(_PORTS_BELOW)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


_RESERVED: deque[socket.socket] = deque()
"""What says to other test processes that a port is ours: a name each, which the kernel forgets with the process."""


def _reserve(port: int) -> bool:
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0mutt-test-port-{port}")
    except OSError:
        mark.close()
        return False
    _RESERVED.append(mark)
    if len(_RESERVED) > 200:  # by then its daemon listens, or its test is over
        _RESERVED.popleft().close()
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@contextmanager
def running(engine: Engine) -> Iterator[None]:
    """Start the server, and stop it whatever happens."""
    try:
        engine.start()
        yield
    finally:
        engine.stop()


def _memory(needed: int = MEMORY_BYTES) -> str:
    """A memory file system with as much room, else the usual place."""
    shared = Path("/dev/shm")  # noqa: S108 - looked at, and used through mkdtemp
    roomy = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > needed
    return str(shared) if roomy else TEMPORARY


@contextmanager
def valkey_server(*, in_memory: bool = False) -> Iterator[Valkey]:
    """A Valkey with the durability of `mutt up`.

    `in_memory`: its files lie on a memory file system if there is room, for tests that kill it. While an fsync is
    slow, `everysec` answers before it writes, and a kill then loses what the promise excludes (queue-protocol.md).
    """
    account = run_identity()
    with short_folder(account, _memory() if in_memory else TEMPORARY) as folder:
        server = Valkey(owned_folder(folder / "data", account), folder / "redis.sock", folder / "log", account)
        with running(server):
            yield server


@dataclass
class PostgresServer:
    """A PostgreSQL whose databases are copies of a template."""

    engine: Postgres
    template: str = "mutt_template"

    def dsn_for(self, dbname: str, user: str = ROLE) -> str:
        """Connection string of a database; `user=SUPERUSER` for the superuser."""
        return self.engine.conninfo(dbname, user)

    @contextmanager
    def database(self) -> Iterator[str]:
        """A fresh database, dropped afterwards with whoever is still connected; gives its name."""
        name = f"t_{secrets.token_hex(6)}"
        with self._superuser() as conn:
            create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy")
            conn.execute(create.format(*map(sql.Identifier, (name, ROLE, self.template))))
        try:
            yield name
        finally:
            with self._superuser() as conn:
                conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def make_template(self) -> None:
        """The template that `database` copies: empty, with the extension a superuser must add."""
        with self._superuser() as conn:
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            conn.execute(create.format(sql.Identifier(self.template), sql.Identifier(ROLE)))
        with psycopg.connect(self.dsn_for(self.template, SUPERUSER), autocommit=True) as conn:
            conn.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def _superuser(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.dsn_for("postgres", SUPERUSER), autocommit=True)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL that is fast because it may lose everything when the machine crashes.

    Its files lie in memory if there is room: a new database is some hundred copied files, on a disk a tenth of a
    second of the kernel's work and as much again to write them back.
    """
    account = run_identity()
    with short_folder(account, _memory(CLUSTER_BYTES)) as folder:
        data = owned_folder(folder / "data", account)
        server = PostgresServer(Postgres(data, folder, folder / "log", account, durable=False))
        with running(server.engine):
            server.make_template()
            yield server


@contextmanager
def openbao_server() -> Iterator[DevOpenBao]:
    """A Vault-API server in memory: unsealed, KV v2 at `secret/`, a known root token."""
    account = run_identity()
    with short_folder(account) as folder:
        server = DevOpenBao(free_port(), folder / "log", account, secrets.token_hex(16))
        with running(server):
            yield server


@contextmanager
def lasting_openbao(folder: Path, identity: Identity) -> Iterator[OpenBao]:
    """The OpenBao of `mutt up`, on a folder that a test starts it on more than once."""
    for name in ("data", "keys"):
        if not (folder / name).exists():
            owned_folder(folder / name, identity)
    server = OpenBao(folder / "data", folder / "keys", free_port(), folder / "log", identity)
    with running(server):
        yield server
