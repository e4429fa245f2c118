"""The steps of a rotation, each checked before, and followed by every daemon before the next may begin.

What a step does at a server (a PostgreSQL role, the users of Redis) is done so that an interruption leaves both values
known to the daemons, and so that the step can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters import postgres, redis_passwords, role_password
from mutt_cli.adapters.credential_file import CredentialFile
from mutt_cli.adapters.postgres import DatabaseError
from mutt_cli.adapters.vault_desk import VaultDesk
from mutt_cli.core import rotation
from mutt_cli.core.rotation import CREDENTIAL, ROTATABLE, Rotatable, Step
from mutt_cli.errors import AuthError, MuttError, NotFoundError, RefusedError, UsageError
from mutt_cli.ops import secret_readers
from mutt_cli.ops.vault import configured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.adapters.vault_kv import Stored
    from mutt_cli.ops.backends import Backends

Verb = Literal["stage", "promote", "finish", "abort"]
Written = Callable[[int], None]
"""Told as soon as Vault has the step, with the revision that it made: waiting for daemons may be interrupted."""

AFTER: Final[Mapping[Step, tuple[Verb, ...]]] = {
    "none": ("stage",), "staged": ("promote", "abort"), "promoted": ("finish", "abort"),
}  # fmt: skip
"""What may follow each step."""


@dataclass(frozen=True)
class Rotation:
    """One secret's rotation as it stands. `stored` is None for the credential, which lies in a file."""

    what: Rotatable
    step: Step
    stored: Stored | None
    file: CredentialFile | None
    notes: tuple[str, ...] = ()
    """What is worth knowing before the next step."""
    revoke: str = ""
    """What to type when a credential that was replaced is to be of no use to anybody."""
    untold: MuttError | None = None
    """Why that could not be found out."""

    @property
    def place(self) -> str:
        """Where the values are."""
        return str(self.file.path) if self.file else "Vault"


@dataclass(frozen=True)
class Stepped:
    """A step that was made: what was done, which revision of the secret it made, and what the daemons say."""

    lines: tuple[str, ...]
    revision: int
    answers: secret_readers.Answers | None
    """None: no daemon had to learn of it."""
    warnings: tuple[str, ...] = ()


def look(backends: Backends, secret: str) -> Rotation:
    """Where the rotation of a secret stands. Raises NotFoundError MUTT-U432 for one that cannot be rotated."""
    what = ROTATABLE.get(secret)
    if what is None:
        raise NotFoundError(
            f"{secret} is no secret that is rotated; there are: {', '.join(ROTATABLE)}",
            code="MUTT-U432", tries=(f"mutt vault set {secret} --file -",),
        )  # fmt: skip
    settings = configured(backends.settings)
    if what.name == CREDENTIAL:
        if settings.token:
            raise RefusedError(
                "VAULT_TOKEN is set in the environment or in mutt.env, so the credential's file is not used",
                code="MUTT-G040", why="daemons would not see the new one", tries=("remove VAULT_TOKEN from mutt.env",),
            )  # fmt: skip
        file = CredentialFile(Path(settings.secret_id_file))
        return _of_credential(backends, what, file)
    stored = VaultDesk(settings).read()
    step = rotation.at_step(stored.fields, what.name)
    if not stored.fields.get(rotation.holder_of(stored.fields, what.name)):
        raise NotFoundError(
            f"there is no {what.name} yet that could be rotated",
            code="MUTT-V413", tries=(f"mutt vault set {what.name} --file -",),
        )  # fmt: skip
    return Rotation(what, step, stored, None, tuple(_notes(backends, what, stored)))


def make(
    backends: Backends, found: Rotation, verb: Verb, value: str = "", *, seconds: float, wait: bool, written: Written
) -> Stepped:
    """Make a step that `require` lets through; `value` is the new one, for `stage`."""
    if verb == "stage":
        return stage(backends, found, value, seconds=seconds, wait=wait, written=written)
    step = {"promote": promote, "finish": finish, "abort": abort}[verb]
    return step(backends, found, seconds=seconds, wait=wait, written=written)


def stage(backends: Backends, found: Rotation, value: str, *, seconds: float, wait: bool, written: Written) -> Stepped:
    """Store the new value beside the old one. Raises UsageError MUTT-U431 for one that cannot be one."""
    if wrong := rotation.wrong_value(value):
        raise UsageError(f"this cannot be {found.what.name}: {wrong}", code="MUTT-U431", why="nothing was changed")
    if found.file is not None:
        told = _try_credential(backends, value)
        found.file.stage(value)
        return Stepped((*told, f"stored in {found.file.next}; not in use yet"), 0, None)
    stored = _stored(found)
    if value == stored.fields.get(rotation.holder_of(stored.fields, found.what.name)):
        raise UsageError(f"this is the value that {found.what.name} has already", code="MUTT-U431")
    warnings = [weak] if (weak := rotation.weak_value(value)) else []
    done = f"{rotation.next_of(found.what.name)} is stored beside {found.what.name}"
    fields = rotation.staged(stored.fields, found.what.name, value)
    stepped = _written(backends, found, fields, (done,), seconds=seconds, wait=wait, written=written)
    # After Vault: promote does it again, so that an interruption here leaves no password that nobody knows of.
    warnings += _at_redis(backends, found, redis_passwords.add, value)
    return replace(stepped, warnings=tuple(warnings))


def promote(backends: Backends, found: Rotation, *, seconds: float, wait: bool, written: Written) -> Stepped:
    """Make the new value the first; the old one stays beside it."""
    if found.file is not None:
        _try_credential(backends, found.file.value(found.file.next))
        found.file.promote()
        answers = secret_readers.called(backends, seconds, wait=wait)
        return Stepped((f"{found.file.path} holds the new credential; {found.file.old} the old one",), 0, answers)
    stored, name = _stored(found), found.what.name
    done = [f"{name} is the new value, {rotation.next_of(name)} the old one"]
    new = str(stored.fields[rotation.next_of(name)])
    if found.what.server == "postgresql":
        done.insert(0, _change_role(backends, new))
        _require_way_in(backends, found, new)
    warnings = _at_redis(backends, found, redis_passwords.add, new)
    fields = rotation.promoted(stored.fields, name)
    stepped = _written(backends, found, fields, tuple(done), seconds=seconds, wait=wait, written=written)
    return replace(stepped, warnings=warnings)


def finish(backends: Backends, found: Rotation, *, seconds: float, wait: bool, written: Written) -> Stepped:
    """Remove the old value."""
    if found.file is not None:
        if found.untold is not None:
            raise found.untold  # the file is the last to know which credential is to be revoked
        found.file.finish()
        return Stepped((f"{found.file.old} is gone", found.revoke), 0, None)
    stored, name = _stored(found), found.what.name
    old = str(stored.fields[rotation.next_of(name)])
    staying = str(stored.fields[rotation.holder_of(stored.fields, name)])
    _require_way_in(backends, found, staying)
    # Before Vault: daemons know both values until then, and the step can be repeated.
    warnings = _at_redis(backends, found, partial(redis_passwords.remove, staying=staying), old)
    fields, done = rotation.finished(stored.fields, name), (f"the old value of {name} is gone",)
    stepped = _written(backends, found, fields, done, seconds=seconds, wait=wait, written=written)
    return replace(stepped, warnings=warnings)


def abort(backends: Backends, found: Rotation, *, seconds: float, wait: bool, written: Written) -> Stepped:
    """Back to the old value alone."""
    if found.file is not None:
        promoted = found.step == "promoted"
        if promoted:
            _try_credential(backends, found.file.value(found.file.old))
        found.file.abort()
        answers = secret_readers.called(backends, seconds, wait=wait) if promoted else None
        return Stepped((f"{found.file.path} holds the old credential",), 0, answers)
    stored, name = _stored(found), found.what.name
    first, other = (
        str(stored.fields[one]) for one in (rotation.holder_of(stored.fields, name), rotation.next_of(name))
    )
    old, new = (other, first) if found.step == "promoted" else (first, other)
    done = [f"{name} is the old value again" if found.step == "promoted" else f"{name} stays; the new value is gone"]
    if found.what.server == "postgresql":
        done.insert(0, _change_role(backends, old))
    warnings = _at_redis(backends, found, partial(redis_passwords.remove, staying=old), new)
    fields = rotation.aborted(stored.fields, name)
    stepped = _written(backends, found, fields, tuple(done), seconds=seconds, wait=wait, written=written)
    return replace(stepped, warnings=warnings)


def _written(
    backends: Backends,
    found: Rotation,
    fields: dict[str, object],
    lines: tuple[str, ...],
    *,
    seconds: float,
    wait: bool,
    written: Written,
) -> Stepped:
    revision = VaultDesk(configured(backends.settings)).write(_stored(found), fields)
    written(revision)  # before anything else can be interrupted
    return Stepped(lines, revision, secret_readers.called(backends, seconds, wait=wait))


def _at_redis(
    backends: Backends, found: Rotation, change: Callable[[Client, str], str], password: str
) -> tuple[str, ...]:
    """Change the users of Redis; what is to be said about it. For other secrets nothing."""
    problem = change(backends.redis(), password) if found.what.server == "redis" else ""
    return (problem,) if problem else ()


def _stored(found: Rotation) -> Stored:
    if found.stored is None:
        raise AssertionError(found.what.name)
    return found.stored


def _require_way_in(backends: Backends, found: Rotation, value: str) -> None:
    """Whoever removes the old password has to get in with the new one."""
    if found.what.server == "postgresql" and not role_password.accepts(backends.settings.postgres, value):
        raise RefusedError(
            "PostgreSQL does not let us in with the new password", code="MUTT-G044",
            why="with it alone no daemon could log in; through PgBouncer its userlist.txt has to know it too",
            tries=("mutt db status", "mutt vault rotate abort DB_PASS"),
        )  # fmt: skip


def _change_role(backends: Backends, password: str) -> str:
    """Whatever the server says of it now: changing it twice does no harm, and a pooler's word proves nothing."""
    settings = backends.settings.postgres
    try:
        conn = backends.postgres()
        if role_password.pooled(conn):
            raise RefusedError(
                f"a pooler stands between us and PostgreSQL at {settings.host}", code="MUTT-G048",
                why="it lets old connections go on and has a password file of its own, so nobody would see who is"
                " locked out; nothing was changed",
                tries=("POSTGRES_HOST=SERVER POSTGRES_PORT=5432 mutt vault rotate ... --force env-override",),
            )  # fmt: skip
        role_password.change(conn, password)
    except DatabaseError as error:
        raise postgres.explain(error, settings) from error
    return f"the password of the role {settings.user} is changed in PostgreSQL"


def _try_credential(backends: Backends, value: str) -> tuple[str, ...]:
    """Refuse a credential with which daemons could not work; what is worth knowing of a good one."""
    token, reach = VaultDesk(configured(backends.settings)).try_credential(value)
    if not reach.reads:
        raise RefusedError(
            f"with this credential {reach.path} cannot be read: its policies are {', '.join(token.policies) or 'none'}",
            code="MUTT-G045", why="daemons would not start with it; nothing was changed",
            tries=(f"vault token capabilities {reach.path}", "vault token create -policy=mutt-policy"),
        )  # fmt: skip
    days = "without end" if token.ttl_s is None else f"for {token.ttl_s / 86_400:.1f} days"
    return (f"tried: Vault accepts it {days}, it may read {reach.path}",)


def _notes(backends: Backends, what: Rotatable, stored: Stored) -> list[str]:
    if what.name == "DB_PASS" and backends.settings.postgres.password:
        raise RefusedError(
            "POSTGRES_PASSWORD is set, so daemons do not take DB_PASS from Vault", code="MUTT-G040",
            why="a password changed at the server would lock them out", tries=("mutt config get POSTGRES_PASSWORD",),
        )  # fmt: skip
    notes = []
    if stored.version == 1:
        notes.append("the engine is of version 1: somebody who writes in the same moment is overwritten")
    try:
        if what.server == "redis" and not redis_passwords.asks_for_one(backends.redis()):
            raise RefusedError(
                "Redis asks this user for no password", code="MUTT-G040",
                why="giving it one would lock out everybody who has none", tries=("redis-cli ACL GETUSER default",),
            )  # fmt: skip
        if what.server == "postgresql" and not role_password.asks_for_one(backends.settings.postgres):
            notes.append("PostgreSQL trusts this way in without a password: what is changed cannot be tried from here")
    except MuttError as error:
        if error.code == "MUTT-G040":
            raise
        notes.append(error.message)
    return notes


def _of_credential(backends: Backends, what: Rotatable, file: CredentialFile) -> Rotation:
    """The rotation of the credential; once it was replaced, with what revokes the old one."""
    notes, revoke, untold = _notes_of_credential(backends), "", None
    step = file.step()
    if step == "promoted":
        try:
            revoke = _revocation(VaultDesk(configured(backends.settings)), file.value(file.old))
            notes.append(revoke)
        except MuttError as error:
            untold = error
            notes.append(f"what revokes the old credential cannot be told now: {error.message}")
    return Rotation(what, step, None, file, tuple(notes), revoke, untold)


def _revocation(desk: VaultDesk, old: str) -> str:
    """What revokes the old credential. Raises MuttError if Vault does not tell."""
    try:
        handle = desk.handle(old)
    except AuthError:
        return "Vault does not accept the old credential any more: nothing is left to revoke"
    works = "the old credential works until it is revoked"
    if handle.kind == "token":
        return f"{works}: vault token revoke -accessor {handle.accessor}"
    ids = f"auth/approle/role/{handle.role}/secret-id"
    if not handle.accessor:
        return f"{works}; its accessor may not be looked up from here, it is one of: vault list {ids}"
    return f"{works}: vault write {ids}-accessor/destroy secret_id_accessor={handle.accessor}"


def _notes_of_credential(backends: Backends) -> list[str]:
    settings = configured(backends.settings)
    if settings.role_id:
        return ["VAULT_ROLE_ID is set, so this is a secret id: vault write -f auth/approle/role/ROLE/secret-id"]
    return ["make one with: vault token create -policy=mutt-policy -ttl=720h -orphan -field=token"]
