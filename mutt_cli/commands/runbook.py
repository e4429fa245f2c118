"""`mutt runbook`: what to do, by symptom; to read without any network, and to run."""

from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import NO, OK, NotFoundError
from mutt_cli.present.output import Document, Listing

if TYPE_CHECKING:
    from mutt_cli.core.diagnosis.runbooks import Runbook

app = noun("runbook", "What to do, by symptom.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="One of `mutt runbook list`.")]
_SHARE: Final = 0.85
"""Of the command's time for looking."""


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_runbooks(run: Run) -> Listing:
    """Every runbook with its symptom."""
    from mutt_cli.present.runbooks import runbook_listing

    del run
    return runbook_listing()


@command(app, "show", impact="R")
def show(run: Run, name: Name) -> Document:
    """One to read: where to look, and each cause with what it means and what mends it. Needs no network."""
    from mutt_cli.present.runbooks import runbook_document

    del run
    return runbook_document(_named(name))


@command(app, "run", impact="R", timeout=timedelta(seconds=15))
def run_one(run: Run, name: Name) -> int:
    """Look for its causes as `mutt doctor` does, and propose what mends them, changing nothing. Exit 1 if one is."""
    from fnmatch import fnmatchcase

    from mutt_cli.commands.folders import folders
    from mutt_cli.ops.doctor import examine
    from mutt_cli.present.runbooks import run_document

    one = _named(name)
    examined = examine(run.configuration, folders(run), run.environ, run.context.name, run.timeout_s * _SHARE)
    found = [
        finding for finding in examined.findings
        if any(fnmatchcase(finding.cause.id, pattern) for pattern in one.causes)
    ]  # fmt: skip
    run.show(run_document(one, found))
    return NO if found else OK


def _named(name: str) -> "Runbook":
    from mutt_cli.core.diagnosis.runbooks import BY_NAME

    if name in BY_NAME:
        return BY_NAME[name]
    near = get_close_matches(name, BY_NAME, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise NotFoundError(f"there is no runbook {name}{hint}", tries=("mutt runbook list",))
