"""A backup of the whole deployment, made while it runs.

Redis is read first, along the flow of messages, and the data base after it from one moment: what moves on meanwhile is
met again further down, so it may be there twice and is not missing. The secrets of Vault are in no part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mutt_cli import __version__
from mutt_cli.adapters import backup_proof, backup_redis, backup_tables, keyspace, ledger, migrations
from mutt_cli.adapters.backup_file import PREFIX, SUFFIX, Made, Writer
from mutt_cli.adapters.configuration import Configuration
from mutt_cli.adapters.host import free_bytes
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.adapters.redis_client import address
from mutt_cli.core import pipeline
from mutt_cli.core.backup import COMPRESSED, PARTS, TABLES
from mutt_cli.errors import RefusedError
from mutt_cli.ops import dynamic, inventory, redis_keys, settings_files
from mutt_cli.ops.message_files import writing
from mutt_cli.settings import BY_DYNAMIC, BY_ENV

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.ops.backends import Backends


@dataclass(frozen=True)
class BackupPlan:
    """What would be kept, and where. Sizes are those in the servers."""

    folder: Path
    redis_bytes: int
    db_bytes: int
    free_bytes: int

    @property
    def file_bytes(self) -> int:
        """About how large the file will be."""
        return round((self.redis_bytes + self.db_bytes) * COMPRESSED)


def plan(backends: Backends, folder: Path, forced: Collection[str] = ()) -> BackupPlan:
    """What would be kept. Raises RefusedError MUTT-G009 if there is no room; errors of Redis and PostgreSQL."""
    client = backends.redis()
    redis_bytes = sum(keyspace.bytes_of(client, redis_keys.lasting(client, backends.keys)))
    found = BackupPlan(folder, redis_bytes, inventory.asked(backends, backup_tables.size_bytes), free_bytes(folder))
    if found.free_bytes < 2 * found.file_bytes and "disk" not in forced:
        raise RefusedError(
            f"{folder} has {found.free_bytes:,} bytes free, and the backup may need {found.file_bytes:,}",
            code="MUTT-G009", why="a disk that is full stops more than a backup",
            tries=(f"df -h {folder}", "set MUTT_BACKUP_DIR to a folder with room", "add --force disk"),
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class Making:
    """Who makes a backup, and as which operation. `made_by` is the command: `backup create`."""

    operation: str
    made_by: str
    context: str
    at: datetime


def create(
    backends: Backends, folder: Path, making: Making,
    tell: Callable[[int, int, str], None] = lambda *_: None,
) -> Made:  # fmt: skip
    """Write it, read it back as a whole, and only then give it its name. Raises MuttError MUTT-U013 if it cannot be."""
    path = path_of(folder, making.at, making.operation)
    head = here(backends, making.context) | {
        "made_by": making.made_by, "operation": making.operation, "created_at": making.at, "parts": PARTS,
        "left_out": "the secrets of Vault; leases and signs of life in Redis",
    }  # fmt: skip
    with writing(path, "nothing was changed, and no half of it was left"), Writer(path, head) as writer:
        with writer.part("config"):
            _keep_config(writer, backends)
        with writer.part("rules"):
            _keep_rules(writer, backends)
        with writer.part("redis"):
            _keep_redis(writer, backends, tell)
        with writer.part("db"):
            _keep_tables(writer, backends, tell)
        return writer.finish(backup_proof.proved)


def path_of(folder: Path, at: datetime, operation: str) -> Path:
    """Where the backup of an operation goes."""
    return folder / f"{PREFIX}{at:%Y%m%dT%H%M%SZ}-{operation}{SUFFIX}"


def here(backends: Backends, context: str) -> dict[str, Any]:
    """What the first line of a backup made here says of the deployment. Errors of PostgreSQL."""
    name, release = inventory.asked(backends, backup_tables.identity)
    schema = inventory.asked(backends, migrations.applied)
    redis, postgres = backends.settings.redis, backends.settings.postgres
    return {
        "kind": "deployment", "version": __version__,
        "schema_version": max((one.version for one in schema), default=0), "context": context,
        "redis": {"address": address(redis), "db": redis.db, "key_tag": redis.key_tag},
        "postgres": {"host": postgres.host, "port": postgres.port, "db": name, "server_version": release},
    }  # fmt: skip


def _keep_config(writer: Writer, backends: Backends) -> None:
    configuration = Configuration(backends.settings, dict.fromkeys(BY_ENV, "configured"))
    seen = dynamic.view(backends, configuration)
    writer.group("dynamic settings", revision=seen.revision)
    writer.elements([[name, text] for name, text in sorted(seen.chosen.items())])
    found = settings_files.exported(backends, configuration)
    changing = {one.env for one in BY_DYNAMIC.values()}
    writer.group("static settings", left_out=found.left_out)
    writer.elements([[name, text] for name, text in found.texts.items() if name not in changing])


def _keep_rules(writer: Writer, backends: Backends) -> None:
    live = inventory.current(backends)
    teams = sorted({one["team"] for one in (*live.rules, *live.hosts) if one["team"] is not None})
    writer.group("rules", revision=live.revision)
    writer.elements(live.rules)
    writer.group("hosts")
    writer.elements(live.hosts)
    writer.group("teams")
    writer.elements(teams)


def _keep_redis(writer: Writer, backends: Backends, tell: Callable[[int, int, str], None]) -> None:
    client, keys = backends.redis(), backends.keys
    by_name = {queue.name: queue for queue in pipeline.QUEUES}
    flow = (
        *pipeline.in_flow_order(sorted(ledger.workers(client, keys))),
        by_name[pipeline.DEAD], by_name[pipeline.QUARANTINE],
    )  # fmt: skip
    first = [queue.key(keys).encode("utf-8", "surrogateescape") for queue in flow]
    books = [one.encode() for one in (keys.ledger, keys.ledger_minutes, keys.ledger_folding, keys.ledger_folded)]
    done = _keep_keys(writer, client, first, tell, 0)
    # Counted when the queues are read: what ended meanwhile is in a queue and counted, what came meanwhile is counted.
    for name, known, elements in backup_redis.at_once(client, books):
        writer.group(redis_keys.shown(name), **known)
        writer.elements(elements)
    _keep_keys(writer, client, backup_redis.lasting(client, keys, frozenset((*first, *books))), tell, done)


def _keep_keys(
    writer: Writer, client: Client, names: Iterable[bytes], tell: Callable[[int, int, str], None], done: int
) -> int:
    for name in names:
        known = backup_redis.described(client, name)
        if known is None:
            continue
        writer.group(redis_keys.shown(name), **known)
        for some in backup_redis.elements(client, name, known["type"]):
            writer.elements(some)
            done += len(some)
            tell(done, 0, "redis")
    return done


def _keep_tables(writer: Writer, backends: Backends, tell: Callable[[int, int, str], None]) -> None:
    def keep(conn: Connection) -> None:
        done = 0
        with backup_tables.one_moment(conn):
            for table in TABLES:
                names = backup_tables.columns(conn, table)
                writer.group(table, columns=names)
                for some in backup_tables.rows(conn, table, names):
                    writer.elements(some)
                    done += len(some)
                    tell(done, 0, table)

    try:
        keep(backends.postgres())
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
