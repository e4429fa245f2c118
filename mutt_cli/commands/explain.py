"""`mutt explain`: what a code, a metric, a key, a queue, a setting or a quoted message means, and what to do."""

import shlex
from typing import Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.errors import NotFoundError
from mutt_cli.present.output import Document

app = word("explain")

Words = Annotated[
    list[str], typer.Argument(metavar="CODE|METRIC|KEY|QUEUE|TEXT", help="What to explain: MUTT-R101, dlq-moog.")
]


@command(app, impact="R")
def explain(run: Run, words: Words) -> Document:  # noqa: ARG001  every command gets the run
    """What an error code, metric, Redis key, queue, setting or quoted message means for events, and what to do.

    Works without any network.

    \b
    mutt explain MUTT-R101
    mutt explain dlq-moog
    mutt explain 'Backpressure: Queue depth'
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.core.explained.lookup import look_up, near
    from mutt_cli.present.explanation import explanation_document

    text = " ".join(words)
    found = look_up(text)
    if found is None:
        tries = tuple(f"mutt explain {shlex.quote(name)}" for name in near(text))
        raise NotFoundError(f"nothing is known about {text!r}", tries=tries or ("mutt help errors",))
    return explanation_document(found)
