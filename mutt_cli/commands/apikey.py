"""`mutt apikey`: keys of people and programs for the web UI and its API."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.core.access import Role
from mutt_cli.errors import OK, AuthError, UsageError
from mutt_cli.present.output import Listing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mutt_cli.adapters.rule_store import Actor
    from mutt_cli.ops.operation import Operation

app = noun("apikey", "Keys of people and programs for the web UI and its API.")

New = Annotated[str, typer.Argument(metavar="NEW", help="Who or what it is for; the audit names it.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The key, as `list` names it.")]
RoleOf = Annotated[
    Role, typer.Option("--role", help="viewer reads, operator changes rules and settings, admin changes many things.")
]
Expires = Annotated[str | None, typer.Option("--expires", metavar="T", help="Its end: 90d, or RFC 3339.")]
Out = Annotated[str | None, typer.Option("--out", metavar="PATH", help="Write it to a new file of mode 0600.")]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_keys(run: Run) -> Listing:
    """Names, roles, ends and last use, never a key. WEBUI_API_KEY of Vault is an admin's key too, and not listed."""
    from mutt_cli.ops import api_keys
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.api_keys import key_listing

    with Backends(run.settings) as backends:
        return key_listing(api_keys.listed(backends), run.now())


@command(app, "add", impact="W")
def add(run: Run, name: New, *, role: RoleOf, expires: Expires = None, out: Out = None) -> int:
    """Make a key, and show it this once: only its SHA-256 is kept. Without --expires it does not end by itself."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import api_keys
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.api_keys import made_document, planned_document

    with Backends(run.settings) as backends:
        key = api_keys.proposed(backends, name, role, _end(run, expires), run.now())
        if not approved(run, Plan(f"ADD the key {name} with the role {role}", name, needs_reason=True)):
            run.show(planned_document(key))
            return OK
        words = [name, "--role", role, *(["--expires", expires] if expires else [])]
        originals = {"name": name, "fingerprint": key.fingerprint}
        planned = {"name": name, "role": role}
        with _kept_in(out, key.text), journalled(run, backends, words, planned, originals) as operation:
            api_keys.add(backends, key, _actor(run, operation))
            operation.counts = {"keys": 1}
    run.show(made_document(key, operation, out))
    return OK


@command(app, "revoke", impact="D")
def revoke(run: Run, name: Name) -> int:
    """End a key: the next request with it is refused, and its sessions end."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import api_keys
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.api_keys import key_lines, revoked_document

    with Backends(run.settings) as backends:
        key = api_keys.named(backends, name)
        if not approved(run, Plan(f"REVOKE the key {name}", name, key_lines(key, run.now()), needs_reason=True)):
            run.show(revoked_document(key, run.now(), None))
            return OK
        with journalled(run, backends, [name], {"name": name, "fingerprint": key.fingerprint}) as operation:
            api_keys.revoke(backends, key, _actor(run, operation))
            operation.counts = {"keys": 1}
    run.show(revoked_document(key, run.now(), operation))
    return OK


def _end(run: Run, text: str | None) -> "datetime | None":
    from mutt_cli.core.spans import to_come
    from mutt_cli.present.text import safe

    if text is None:
        return None
    found = to_come(text, run.now().astimezone() if run.flags.local else run.now())
    if found is None:
        raise UsageError(f"--expires takes a duration from now (90d) or RFC 3339, not {safe(text)}")
    return found


def _actor(run: Run, operation: "Operation") -> "Actor":
    from mutt_cli.adapters.rule_store import Actor
    from mutt_cli.commands.journal import storable

    return Actor(storable(run.actor), storable(run.reason), operation.id)


@contextmanager
def _kept_in(out: str | None, text: str) -> "Iterator[None]":
    """The file is there before the key opens anything, and gone again if it never will."""
    from pathlib import Path

    from mutt_cli.adapters.files import write_new

    if out in {None, "-"}:
        yield
        return
    path = Path(out or "")
    try:
        write_new(path, f"{text}\n", 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already", tries=("another name",)) from error
    except OSError as error:
        raise AuthError(
            f"{path} cannot be written: {error.strerror}", code="MUTT-U402", tries=(f"ls -ld {path.parent}",)
        ) from error
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise
