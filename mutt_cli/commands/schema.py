"""`mutt schema`: the JSON Schema of what a command prints with `-o json`."""

import json
import sys
from typing import Annotated

import typer

from mutt_cli.commands.context import Run, write
from mutt_cli.commands.declare import command, word
from mutt_cli.errors import NotFoundError, UsageError

app = word("schema")

Words = Annotated[list[str], typer.Argument(metavar="NOUN [VERB]", help="The command: queue list.")]


@command(app, impact="R")
def schema(run: Run, words: Words) -> None:  # noqa: ARG001  every command gets the run
    """JSON Schema (draft 2020-12) of a command's output. Within a version fields are only added."""
    from mutt_cli.commands.tree import find
    from mutt_cli.present.schema import titled
    from mutt_cli.present.schemas import schema_of

    found = find(words)
    if len(found) > 1:
        names = [" ".join(one.words) for one in found]
        raise UsageError(f"which one: {', '.join(names)}", tries=(f"mutt schema {names[0]}",))
    known = schema_of(found[0].spec.kind)
    if known is None:
        raise NotFoundError(f"mutt {' '.join(words)} prints no JSON of its own", tries=(f"mutt {' '.join(words)} -h",))
    write(sys.stdout, json.dumps(titled(found[0].spec.kind, known), indent=2) + "\n")
