"""PgBouncer before PostgreSQL: transaction pooling, one account, loopback only (SO:1190-1211, contradictions.md C-73).

It holds no password: `auth_file` takes the hash that PostgreSQL itself keeps (B-33: without that file every login is
refused). Migrations go to PostgreSQL directly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.generated.site import made, plain
from mutt_cli.settings import BY_ENV

if TYPE_CHECKING:
    from mutt_cli.core.generated import GeneratedFile
    from mutt_cli.present.generated.site import Site
    from mutt_cli.settings import Settings

PATH: Final = "/etc/pgbouncer/pgbouncer.ini"
USERS: Final = "/etc/pgbouncer/userlist.txt"
PORT: Final = 6432
POOL_SIZE: Final = 25
CLIENTS: Final = 200
"""The guides' least number of clients (SO:1210)."""
THEN: Final = ("systemctl restart pgbouncer",)


def files(site: Site) -> tuple[GeneratedFile, ...]:
    """The whole configuration; where there is one already, ours is written beside it."""
    postgres = site.settings.postgres
    database, role = plain("POSTGRES_DB", postgres.db), plain("POSTGRES_USER", postgres.user)
    body = f"""\
# {USERS}, owned by the account of PgBouncer, mode 0600, gets one line: "{role}" "HASH", where HASH is what
# PostgreSQL keeps as rolpassword of that role in pg_authid.
# Then in mutt.env: POSTGRES_HOST=127.0.0.1 and POSTGRES_PORT={PORT}. `muttctl db migrate` goes to the server itself.
[databases]
{database} = host={plain("POSTGRES_HOST", postgres.host)} port={_server_port(site.settings)} dbname={database}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {PORT}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {USERS}
pool_mode = transaction
max_client_conn = {max(CLIENTS, connections(site.settings))}
default_pool_size = {POOL_SIZE}
server_check_delay = 10
query_wait_timeout = 30
ignore_startup_parameters = extra_float_digits
"""
    return (made(PATH, "pgbouncer", body),)


def connections(settings: Settings) -> int:
    """How many connections the services of one host may open: each worker has a pool, the historian another."""
    pool = settings.postgres.pool_max
    return pool * (settings.alerter.workers + 1 + settings.webui.workers)


def _server_port(settings: Settings) -> int:
    """PostgreSQL's own port: where the settings already point to a pooler it is the usual one."""
    port = settings.postgres.port
    return int(str(BY_ENV["POSTGRES_PORT"].default)) if port == PORT else port
