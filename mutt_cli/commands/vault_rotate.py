"""`mutt vault rotate`: the steps of a rotation. Values come from files, stdin or a prompt, never as words."""

import stat
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import InFile
from mutt_cli.errors import OK, PARTIAL, TIMED_OUT, MuttError, UsageError
from mutt_cli.present.output import Document

if TYPE_CHECKING:
    from mutt_cli.ops.rotation import Verb
    from mutt_cli.ops.secret_readers import Answers

app = noun("vault rotate", "Rotate one secret, step by step.")

Secret = Annotated[
    str,
    typer.Argument(
        metavar="SECRET", help="INGEST_API_KEY, WEBUI_API_KEY, MOOG_API_KEY, DB_PASS, REDIS_PASS or VAULT_TOKEN."
    ),
]
_LONGEST = 64 * 1024


@command(app, "plan", impact="R", timeout=timedelta(seconds=15))
def plan(run: Run, secret: Secret) -> Document:
    """What the rotation of this secret does, who else has to change, whether both values overlap, what is next."""
    from mutt_cli.ops import rotation
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.vault import plan_document

    with Backends(run.settings) as backends:
        return plan_document(rotation.look(backends, secret))


@command(app, "stage", impact="W")
def stage(run: Run, secret: Secret, *, file: InFile = None) -> int:
    """Store the new value beside the old one, and wait until every daemon knows both. Nothing uses it yet."""
    return _step(run, secret, "stage", secret_value(run, secret, file))


@command(app, "promote", impact="W")
def promote(run: Run, secret: Secret) -> int:
    """Make the new value the first; the old one stays beside it. Refused until every daemon knows both.

    --force unverified goes on without that.
    """
    return _step(run, secret, "promote")


@command(app, "finish", impact="D")
def finish(run: Run, secret: Secret) -> int:
    """Remove the old value, for good. Refused while a daemon does not know the new one, or someone uses the old one.

    --force unverified and --force still-used go on without that.
    """
    return _step(run, secret, "finish")


@command(app, "abort", impact="W")
def abort(run: Run, secret: Secret) -> int:
    """Back to the old value, after stage or promote."""
    return _step(run, secret, "abort")


def _step(run: Run, secret: str, verb: "Verb", value: str = "") -> int:
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import rotation, rotation_checks, vault
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.vault import stepped_document

    with Backends(run.settings) as backends:
        found = rotation.look(backends, secret)
        rotation_checks.require(
            backends, found, verb, run.flags.force, seconds=0.0 if run.flags.dry_run else run.left_s
        )
        words = Plan(f"{verb.upper()} {secret}: {found.what.meaning}", target=secret, lines=found.notes)
        if not approved(run, words):
            run.show(stepped_document(run.spec.kind, found, verb, None, None))
            return OK
        begun = {"secret": secret, "step_before": found.step}
        planned = {"step": verb, "place": found.place} | ({"revoke": found.revoke} if found.revoke else {})
        with journalled(run, backends, [secret], planned, begun) as operation:

            def written(revision: int) -> None:
                operation.originals, operation.counts = {**begun, "revision_after": revision}, {"secrets": 1}
                operation.audited = vault.audited(found.place, {secret: verb}, revision=revision)

            wait = run.flags.wait is not False
            done = rotation.make(backends, found, verb, value, seconds=run.left_s, wait=wait, written=written)
    run.show(stepped_document(run.spec.kind, found, verb, done, operation))
    return read_by(run, done.answers)


def read_by(run: Run, answers: "Answers | None") -> int:
    """The exit code: whether the daemons have read what was changed."""
    if answers is None or answers.complete or run.flags.wait is False:
        return OK
    if answers.trouble:
        return PARTIAL
    return TIMED_OUT if len(answers.behind) == len(answers.readers) else PARTIAL


def secret_value(run: Run, name: str, file: str | None) -> str:
    """The value of a secret: from a file, from stdin, or typed unseen. Raises UsageError where nobody can be asked."""
    if file is None:
        return _typed(run, name)
    if file == "-":
        text = sys.stdin.read(_LONGEST)
    else:
        try:
            path = Path(file)
            if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
                run.say(f"warning: {file} can be read by others: chmod 600 it, or remove it")
            text = path.read_text(encoding="utf-8")[:_LONGEST]
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise MuttError(f"{file} cannot be read: {why}", code="MUTT-U433") from error
    return text.removesuffix("\n").removesuffix("\r")


def _typed(run: Run, name: str) -> str:
    if not run.can_ask:
        raise UsageError(
            f"the value of {name} comes from a file or from stdin, and nobody can be asked here",
            code="MUTT-U433", why="as a word of the command it would stay in the shell's history and in ps",
            tries=("add --file PATH, or --file - and give it on stdin",),
        )  # fmt: skip
    import getpass

    from mutt_cli.commands.bound import unhurried

    with unhurried():
        first = getpass.getpass(f"New value of {name} (not shown): ")
        again = getpass.getpass("Once more: ")
    if again != first:
        raise UsageError("the two were not the same", code="MUTT-U433", why="nothing was changed")
    return first
