"""`mutt vault`: seal, token, secrets and their rotation."""

from typing import Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import InFile
from mutt_cli.commands.vault_rotate import app as rotate
from mutt_cli.errors import OK
from mutt_cli.present.output import Document

app = noun("vault", "Vault: seal, token, secrets and their rotation.")
app.add_typer(rotate, name="rotate")

Key = Annotated[str, typer.Argument(metavar="KEY", help="Name of the field: INGEST_API_KEY, DB_PASS ...")]


@command(app, "status", impact="R")
def status(run: Run) -> Document:
    """Seal state and unseal progress, names of the keys present and missing, rotations under way. Never a value."""
    from mutt_cli.ops import vault
    from mutt_cli.present.vault import status_document

    return status_document(vault.status(run.settings))


@command(app, "token", impact="R")
def token(run: Run) -> Document:
    """MUTT's own token: policies, time left, and what it may do on the path that is really used."""
    from mutt_cli.ops import vault
    from mutt_cli.present.vault import token_document

    return token_document(vault.token(run.settings))


@command(app, "renew", impact="W")
def renew(run: Run) -> Document:
    """Renew MUTT's own token, not the caller's. Daemons do this by themselves."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import vault
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.vault import renewed_document

    found = vault.renewable(run.settings)
    if not approved(run, Plan(f"RENEW the Vault token from {found.where}")):
        return renewed_document(found, None, None)
    with Backends(run.settings) as backends, journalled(run, backends, []) as operation:
        granted = vault.renew(run.settings)
        operation.counts = {"tokens": 1}
    return renewed_document(found, granted, operation)


@command(app, "set", impact="W")
def set_key(run: Run, key: Key, *, file: InFile = None) -> int:
    """Add or replace one field of the secret by read, merge and check-and-set; every other key stays.

    The value comes from --file PATH, --file - (stdin), or is asked for; it is never shown. Then every daemon is told to
    read the secrets again, and waited for. For a key that has clients use `mutt vault rotate`.
    Exit 6 if some daemons, 8 if all of them have not read it; it stays stored.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.commands.vault_rotate import read_by, secret_value
    from mutt_cli.ops import secret_readers, vault
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.vault import field_document, field_lines

    value = secret_value(run, key, file)
    plan = vault.plan_set(run.settings, key, value)
    verb = "REPLACE" if plan.exists else "ADD"
    if not approved(run, Plan(f"{verb} {key} in {plan.path}", lines=field_lines(plan))):
        run.show(field_document(plan, None, None, None))
        return OK
    originals = {"key": key, "path": plan.path, "revision_before": plan.before.revision}
    with Backends(run.settings) as backends:
        with journalled(run, backends, [key], {"path": plan.path}, originals) as operation:
            revision = vault.set_field(run.settings, plan, value)
            operation.originals = {**originals, "revision_after": revision}
            operation.counts = {"keys": 1}
            what = "replaced" if plan.exists else "added"
            operation.audited = vault.audited(plan.path, {key: what}, revision=revision)
        answers = secret_readers.called(backends, run.left_s, wait=run.flags.wait is not False)
    run.show(field_document(plan, operation, revision, answers))
    return read_by(run, answers)
