"""PostgreSQL on a unix socket, entered by the account that owns it (peer), run from the files of its wheel.

The database `mutt` belongs to the role `mutt_user`; `postgres` is the superuser. Both are open, on the socket, to the
account that installed the cluster and to the account it runs as, and to nobody else. A TCP port on 127.0.0.1 exists
only if asked for, and asks for the password of `mutt_user`.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql

from mutt_cli.adapters import identity as accounts
from mutt_cli.adapters.engines import binaries, cluster
from mutt_cli.adapters.engines.child import Child, Spec, minimal_environ
from mutt_cli.adapters.engines.engine import EngineError, await_answer
from mutt_cli.adapters.engines.processes import alive, folder, inside, leftovers, stop

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.identity import Identity

DATABASE: Final = "mutt"
ROLE: Final = "mutt_user"
SUPERUSER: Final = "postgres"
# Fast shutdown first: SIGTERM would wait for every client to leave (infra.md section 3).
_STOP: Final = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))
_STOP_ORPHANS: Final = ((signal.SIGTERM, 5.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
_SETTINGS: Final = {
    "shared_preload_libraries": "pg_stat_statements",
    "io_method": "sync",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_UNSAFE: Final = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass
class Postgres:
    """One cluster in one data folder, made at the first start."""

    data: Path
    sockets: Path
    """Folder of the socket, owned by `identity`; the connection's `host`."""
    log: Path
    identity: Identity
    tcp: bool = False
    """Also listen on 127.0.0.1, with a password."""
    port: int = 5432
    """TCP port, and the number in the socket's name."""
    access: Path | None = None
    """Folder for the access rules, ours to write; None for the data folder's parent."""
    durable: bool = True
    """False, for tests only: nothing survives a crash of the machine, everything is faster."""
    child: Child | None = field(default=None, init=False)
    name: Final = "db"

    def conninfo(self, dbname: str = DATABASE, user: str = ROLE) -> str:
        """Connection string over the socket; it holds no password."""
        return psycopg.conninfo.make_conninfo(host=str(self.sockets), port=self.port, dbname=dbname, user=user)

    def end_earlier(self) -> None:
        """See `Engine.end_earlier`."""
        if stop(leftovers("postgres", str(self.data), self.identity.uid), _STOP):
            raise EngineError(f"an earlier PostgreSQL on {self.data} does not end")
        # Backends of a killed server finish what they are at before they notice, and keep its shared memory.
        if stop(inside(self.data.resolve(), self.identity.uid), _STOP_ORPHANS):
            raise EngineError(f"processes of an earlier PostgreSQL on {self.data} do not end")

    def start(self) -> None:
        """See `Engine.start`. Makes the cluster, the role and the database if they are not there."""
        programs = binaries.postgres_bin(self.identity)
        cluster.ensure(programs, self.data, self.identity, sync=self.durable)
        cluster.write_access(self._access, self.identity, accounts.current(), (ROLE, SUPERUSER), ROLE)
        self.end_earlier()
        argv = [str(programs / "postgres"), "-D", str(self.data)]
        for key, value in self._settings().items():
            argv += ["-c", f"{key}={value}"]
        spec = Spec(argv, self.identity, self.log, death_signal=signal.SIGINT, environ=self._forget_earlier())
        self.child = Child(spec)
        await_answer("PostgreSQL", self.child, self._answers)
        self._ensure_database()

    def stop(self) -> None:
        """See `Engine.stop`."""
        if self.child is not None:
            self.child.stop(_STOP)
            self.child = None

    def set_password(self, password: str) -> None:
        """The password of `mutt_user` for TCP; hashed on our side, so that no log of the server ever shows it."""
        with psycopg.connect(self.conninfo("postgres", SUPERUSER), autocommit=True) as conn:
            hashed = conn.pgconn.encrypt_password(password.encode(), ROLE.encode(), b"scram-sha-256").decode()
            conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(ROLE), sql.Literal(hashed)))

    @property
    def _access(self) -> Path:
        return self.access or self.data.parent

    def _settings(self) -> dict[str, str]:
        chosen = {
            "listen_addresses": "127.0.0.1" if self.tcp else "",
            "port": str(self.port),
            "unix_socket_directories": str(self.sockets),
            "hba_file": str(self._access / "pg_hba.conf"),
            "ident_file": str(self._access / "pg_ident.conf"),
        }
        return _SETTINGS | chosen | ({} if self.durable else _UNSAFE)

    def _forget_earlier(self) -> dict[str, str]:
        """The environment for a start after a crash. Nothing of ours runs any more, yet two files say otherwise.

        A number in `postmaster.pid` that is a zombie's or another program's by now would make PostgreSQL refuse; it
        trusts the number if it is its grandparent's (infra.md section 3). The socket's lock lies in our own folder.
        """
        environ = minimal_environ()
        (self.sockets / f".s.PGSQL.{self.port}.lock").unlink(missing_ok=True)
        pid = cluster.recorded_pid(self.data)
        if pid is not None and not (alive(pid) and folder(pid) in {str(self.data.resolve()), ""}):
            environ["PG_GRANDPARENT_PID"] = str(pid)
        return environ

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.conninfo("postgres", SUPERUSER), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def _ensure_database(self) -> None:
        with psycopg.connect(self.conninfo("postgres", SUPERUSER), autocommit=True) as conn:
            if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).fetchone() is None:
                conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(ROLE)))
                # So that `mutt db` sees what others do, ends idle connections, and runs the documented maintenance.
                grant = sql.SQL("GRANT pg_monitor, pg_signal_backend, pg_maintain TO {}")
                conn.execute(grant.format(sql.Identifier(ROLE)))
            if conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
                create = sql.SQL("CREATE DATABASE {} OWNER {}")
                conn.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(ROLE)))
        with psycopg.connect(self.conninfo(DATABASE, SUPERUSER), autocommit=True) as conn:
            conn.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
