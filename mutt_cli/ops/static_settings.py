"""A setting that needs a restart: checked against the whole deployment, written into the `mutt.env` of this host.

The former file stays beside it, with the id of the operation in its name: undo puts it back. Its content goes nowhere
else, because people keep secrets in it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import dynamic_store, host, ledger, postgres, queue_reading, redis_client
from mutt_cli.adapters.configuration import ENV_FILE, load
from mutt_cli.adapters.files import write_whole
from mutt_cli.adapters.operations import Audited
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.env_lines import line_of, with_setting
from mutt_cli.errors import ConfigError, MuttError, RefusedError, UsageError
from mutt_cli.settings import Value, value_of
from mutt_cli.settings.naming import declaration_named
from mutt_cli.settings.values import Refused, clean, parse, shown, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Declaration, Settings

WRITTEN_BY_UP: Final = "# Written by `mutt up`"
"""How a file begins that is written anew at each start."""
_NAMES: Final = {
    "POD_NAME": ("alerter", "moog"),
    "ALERTER_INSTANCE": ("alerter",),
    "MOOG_FORWARDER_INSTANCE": ("moog",),
}
"""Settings that name a worker, and the roles it then has."""
UNITS: Final = {"forwarder": "mutt-moog-forwarder"}


@dataclass(frozen=True)
class Change:
    """One setting before and after, as this host has it."""

    declaration: Declaration
    old: Value
    old_source: str
    new: Value

    @property
    def text(self) -> str:
        """The new value as the file has it."""
        return to_text(self.new)

    @property
    def told(self) -> str:
        """`INGESTOR_WORKERS: 4 (default) -> 8`; what may hold a secret is masked."""
        one = self.declaration
        old, new = (
            shown(one, to_text(value))[1:-1] if one.may_hold_secret else to_text(value)
            for value in (self.old, self.new)
        )
        return f"{one.env}: {old} ({self.old_source}) -> {new}"

    @property
    def nothing(self) -> bool:
        """Whether the file says so already."""
        return self.old == self.new and self.old_source == "file"


@dataclass(frozen=True)
class Plan:
    """What would be written where, who has to be restarted for it, and what is worth knowing before."""

    changes: tuple[Change, ...]
    path: Path
    content: str
    new_content: str
    warnings: tuple[str, ...]

    @property
    def services(self) -> tuple[str, ...]:
        """Services that read one of the settings."""
        return tuple(dict.fromkeys(name for one in self.changes for name in one.declaration.services))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines as the file will have them."""
        return tuple(line_of(one.declaration.env, one.text) for one in self.changes)

    @property
    def words(self) -> tuple[str, ...]:
        """The lines for the operations journal: what may hold a secret is masked there."""
        return tuple(
            f"{one.declaration.env}={shown(one.declaration, to_text(one.new))[1:-1]}"
            if one.declaration.may_hold_secret
            else line_of(one.declaration.env, one.text)
            for one in self.changes
        )

    @property
    def restarts(self) -> tuple[str, ...]:
        """What to run on this host afterwards."""
        return tuple(f"systemctl restart {UNITS.get(one, f'mutt-{one}')}" for one in self.services)

    @property
    def writable(self) -> bool:
        """Whether this account may write the file and keep the former one beside it."""
        place = self.path if self.path.exists() else self.path.parent
        return os.access(place, os.W_OK) and os.access(self.path.parent, os.W_OK)


def is_static(name: str) -> bool:
    """Whether a setting needs a restart. Raises NotFoundError for a name that is none."""
    return not declaration_named(name, command="mutt config set {}=VALUE").dynamic


def plan(
    backends: Backends, configuration: Configuration, wishes: Sequence[tuple[str, str]], force: Sequence[str] = ()
) -> Plan:
    """What writing these would do. Raises ConfigError, UsageError or RefusedError for what must not be written."""
    chosen: dict[Declaration, Value] = {}
    for name, text in wishes:
        declaration = declaration_named(name)
        if declaration in chosen:
            raise UsageError(f"{name} is given twice")
        chosen[declaration] = _value(declaration, name, text)
    path = configuration.env_file or ENV_FILE
    content = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    if content.startswith(WRITTEN_BY_UP):
        raise _written_anew(chosen)
    changed = content
    for one, value in chosen.items():
        changed = with_setting(changed, (one.env, *one.aliases), line_of(one.env, to_text(value)))
    changes = tuple(
        Change(one, value_of(configuration.settings, one), configuration.sources[one.env], value)
        for one, value in chosen.items()
    )
    after = load({}, overrides={**_fixed(configuration), **{one.env: to_text(value) for one, value in chosen.items()}})
    warnings = [str(notice) for notice in after.notices if notice.name in {one.env for one in chosen}]
    warnings += [
        f"{one.declaration.env} is in the environment too, which wins over the file for who has it there"
        for one in changes
        if one.old_source == "environment"
    ]
    _judge_names(backends, changes)
    _judge_pools(backends, changes)
    if "unreachable" not in force:
        _judge_reach(after.settings, changes)
    return Plan(changes, path, content, changed, tuple(warnings))


def originals(made: Plan) -> dict[str, Any]:
    """What undo needs beside the file that is kept: stored before anything is written, so that a kill leaves it too."""
    return {
        "host": host.hostname(), "file": str(made.path), "sha256_before": digest(made.content),
        "sha256_after": digest(made.new_content), "settings": [one.declaration.env for one in made.changes],
    }  # fmt: skip


def write(made: Plan, operation: str) -> None:
    """Keep the former file and write the new one, each whole or not at all."""
    kept = kept_path(made.path, operation)
    mode, group = 0o640, -1
    if made.path.exists():
        known = made.path.stat()
        mode, group = known.st_mode & 0o777, known.st_gid
        if made.path.read_text(encoding="utf-8", errors="surrogateescape") != made.content:
            raise RefusedError(f"{made.path} was changed a moment ago", code="MUTT-G006", tries=("call it again",))
        write_whole(kept, made.content.encode("utf-8", "surrogateescape"), mode, group=group)
    write_whole(made.path, made.new_content.encode("utf-8", "surrogateescape"), mode, group=group)


def kept_path(path: Path, operation: str) -> Path:
    """Where the former file stays."""
    return path.with_name(f"{path.name}.{operation}")


def digest(content: str) -> str:
    """By which undo knows that nobody changed the file since."""
    return hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()


def audited(made: Plan) -> list[Audited]:
    """The rows of the audit; what may hold a secret is masked there."""
    rows = []
    for one in made.changes:
        mask = one.declaration.may_hold_secret
        old, new = (shown(one.declaration, to_text(v))[1:-1] if mask else to_text(v) for v in (one.old, one.new))
        place = {"host": host.hostname(), "file": str(made.path)}
        rows.append(Audited("UPDATE", "mutt.env", one.declaration.env, {"value": old}, {"value": new, **place}))
    return rows


def _fixed(configuration: Configuration) -> Mapping[str, str]:
    """Everything that is set here now, as texts."""
    from mutt_cli.settings import BY_ENV  # noqa: PLC0415

    return {
        name: to_text(value_of(configuration.settings, BY_ENV[name]))
        for name, source in configuration.sources.items()
        if source != "default" and to_text(value_of(configuration.settings, BY_ENV[name]))
    }


def _value(declaration: Declaration, name: str, text: str) -> Value:
    if declaration.secret:
        raise RefusedError(
            f"{declaration.env} is a secret: it is not written into a file that others can read", code="MUTT-G032",
            tries=("keep it in Vault",),
        )  # fmt: skip
    cleaned = clean(text).text
    if not cleaned:
        raise UsageError(f"{name} needs a value")
    value = parse(declaration, cleaned)
    if isinstance(value, Refused):
        raise ConfigError(f"{name}: {value.text}", code="MUTT-C101", why="nothing was changed")
    try:
        line_of(declaration.env, to_text(value))
    except ValueError as error:
        raise ConfigError(f"{name}: {error}", code="MUTT-C101", why="nothing was changed") from error
    return value


def _written_anew(chosen: Mapping[Declaration, Value]) -> RefusedError:
    words = " ".join(line_of(one.env, to_text(value)) for one, value in chosen.items())
    return RefusedError(
        "the settings file of a platform of `mutt up` is written anew at each start", code="MUTT-G033",
        why="a line that is written into it now would be gone with the next `mutt up`",
        tries=(f"mutt down; {words} mutt up --detach",),
    )  # fmt: skip


def _judge_names(backends: Backends, changes: Sequence[Change]) -> None:
    """Two workers with one name would share a processing list (C-20)."""
    for one in changes:
        for role in _NAMES.get(one.declaration.env, ()):
            names = [known for known in ledger.workers(backends.redis(), backends.keys) if known == (role, one.text)]
            for worker in queue_reading.workers(backends.redis(), backends.keys, names):
                if worker.heartbeat is not None and worker.heartbeat.host != host.hostname():
                    raise RefusedError(
                        f"a worker {one.text} is alive on {worker.heartbeat.host}", code="MUTT-G034",
                        why="two workers with one name would share a processing list",
                        tries=(f"mutt config set {one.declaration.env}={one.text}-2", "mutt status alerter forwarder"),
                    )  # fmt: skip


def _judge_pools(backends: Backends, changes: Sequence[Change]) -> None:
    """The sum of all pools must fit into what the server admits."""
    for one in changes:
        if one.declaration.env not in {"POSTGRES_POOL_MAX", "REDIS_POOL_MAX"} or not isinstance(one.new, int):
            continue
        readers = dynamic_store.readers(backends.redis(), backends.keys)
        processes = sum(reader.service in one.declaration.services for reader in readers)
        most = _most_connections(backends, one.declaration.env)
        if most is not None and processes * one.new > most:
            raise RefusedError(
                f"{processes} processes with {one.new} connections each are {processes * one.new:,}, and the server"
                f" admits {most:,}",
                code="MUTT-G035", why="who comes last could not connect",
                tries=(f"mutt config set {one.declaration.env}={max(1, most // max(1, processes))}",),
            )  # fmt: skip


def _most_connections(backends: Backends, env: str) -> int | None:
    if env == "REDIS_POOL_MAX":
        with failures_named():
            return int(backends.redis().info("clients").get("maxclients") or 0) or None
    try:
        row = backends.postgres().execute("SHOW max_connections").fetchone()
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
    return int(row[0]) if row else None


def _judge_reach(after: Settings, changes: Sequence[Change]) -> None:
    """A store is asked under its new address before anybody is sent there."""
    areas = {one.declaration.area for one in changes if "POOL" not in one.declaration.env}
    try:
        if "redis" in areas:
            client = redis_client.connect(after.redis)
            client.connection_pool.connection_kwargs["socket_timeout"] = 2.0
            with failures_named():
                client.ping()
        if "postgres" in areas:
            where = (
                replace(after.postgres, read_host="")
                if not after.postgres.read_host
                else postgres.for_reading(after.postgres)
            )
            postgres.connect(where, where.password, "mutt").close()
    except MuttError as error:
        if error.code in {"MUTT-P102", "MUTT-R102"}:
            return  # it is there and wants a password, which daemons get from Vault
        raise RefusedError(
            f"it does not answer there: {error.message}", code="MUTT-G036", why="nothing was written",
            tries=("correct the value", "add --force unreachable if it will be there later"),
        ) from error  # fmt: skip


__all__ = ["Change", "Plan", "audited", "is_static", "originals", "plan", "write"]
