"""`mutt bundle`: everything a helper will ask for, without secrets."""

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.commands.options import Since, Until
from mutt_cli.errors import OK, PARTIAL, UsageError

if TYPE_CHECKING:
    from mutt_cli.core.allowlist import Sieve
    from mutt_cli.ops.bundle import Asked
    from mutt_cli.ops.gather import Looked
    from mutt_cli.present.bundle import Head, Part

app = word("bundle")

Incident = Annotated[str | None, typer.Option("--incident", metavar="ID", help="Of which incident: INC-1182.")]
Out = Annotated[str | None, typer.Option("--out", metavar="PATH", help="The file to write, or a folder for it.")]
_USUAL: Final = timedelta(hours=1)
_SHARE: Final = 0.7
_INCIDENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@command(app, impact="R", timeout=timedelta(seconds=30))
def bundle(run: Run, *, since: Since = None, until: Until = None, incident: Incident = None, out: Out = None) -> int:
    """One archive with the escalation form filled in, and what proves it; of the last hour. It changes nothing.

    Only listed fields leave: no payload of a message, no pattern of a rule, and of texts only words of MUTT itself.
    A part that cannot be had is named in manifest.json with its code, the others are there, and the exit code is 6.
    """
    from mutt_cli.adapters import bundle_file
    from mutt_cli.core.escalation import severity
    from mutt_cli.ops import bundle as ops
    from mutt_cli.ops.gather import together
    from mutt_cli.present.bundle import Head, bundle_document, parts_of

    last = run.moment(until, "--until") or run.now()
    first = run.moment(since, "--since") or last - _USUAL
    head = Head(run.context.name, incident or "", first, last, run.now())
    stamp = f"mutt-bundle-{head.made_at:%Y%m%dT%H%M%SZ}{f'-{_known(incident)}' if incident else ''}"
    asked = _asked(run, head)
    looks = {**ops.looks(asked), "secrets": lambda: ops.vault_secrets(run.settings)}
    looked = together(looks, run.settings, run.timeout_s * _SHARE)
    sieve = _sieve(run, looked)
    parts = parts_of(looked, sieve)
    status = next((one.fields for one in parts if one.name == "status"), None)
    written = bundle_file.write(
        _place(out, f"{stamp}.tar.gz"), stamp, _files(run, head, parts, sieve), round(head.made_at.timestamp())
    )
    run.show(bundle_document(head, parts, written, severity(status), sieve.dropped))
    return PARTIAL if any(one.state == "failed" for one in parts) else OK


def _known(incident: str) -> str:
    if not _INCIDENT.fullmatch(incident):
        raise UsageError(
            "--incident takes letters, figures and . _ -, 64 at most", tries=("mutt bundle --incident INC-1182",)
        )
    return incident


def _asked(run: Run, head: "Head") -> "Asked":
    from mutt_cli.adapters.contexts import state_dir
    from mutt_cli.commands.folders import folders
    from mutt_cli.commands.logs import places_of
    from mutt_cli.ops.bundle import Asked

    folder = state_dir(run.environ)
    return Asked(run.configuration, head.since, head.until, folder, folders(run), places_of(run))


def _sieve(run: Run, looked: "dict[str, Looked]") -> "Sieve":
    """What may leave: words of ours and names of these machines; known secrets never."""
    from mutt_cli.core.allowlist import Sieve
    from mutt_cli.ops.bundle import known_secrets, own_words
    from mutt_cli.present.errors import environment_secrets

    status = looked["status"].found
    names = [one.name for one in status.services] if status else []
    secrets = known_secrets(run.settings, environment_secrets(run.environ))
    return Sieve(own_words(names), (*secrets, *(looked["secrets"].found or ())))


def _files(run: Run, head: "Head", parts: "list[Part]", sieve: "Sieve") -> dict[str, bytes]:
    from mutt_cli.present.bundle import leak, manifest
    from mutt_cli.present.escalation import escalation

    environment = sieve.words(_environment(run))
    files = {"escalation.md": escalation(head, parts, environment), "manifest.json": manifest(head, parts, sieve)}
    for name, text in files.items():
        if sieve.holds_secret(text):
            raise leak(name)
    return {name: text.encode() for name, text in files.items()} | {one.file: one.content for one in parts if one.file}


def _environment(run: Run) -> str:
    """`ENV` where it is set, else what is known of the context."""
    known = f"context {run.context.name}, {'' if run.context.protected else 'not '}protected"
    return run.environ.get("ENV") or known


def _place(out: str | None, name: str) -> Path:
    path = Path(out or ".").absolute()
    return path / name if path.is_dir() else path
