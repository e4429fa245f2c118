"""`mutt config`: every setting, its value, and where the value comes from. Secrets are masked."""

from typing import Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.present.output import Document, Listing

app = noun("config", "Settings: what they are, where they come from.")

Key = Annotated[str, typer.Argument(metavar="KEY", help="Name as in mutt.env, an earlier name, or the dynamic key.")]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_settings(run: Run) -> Listing:
    """All settings with value, source, default and meaning."""
    from mutt_cli.present.settings import settings_listing

    return settings_listing(run.configuration)


@command(app, "get", impact="R")
def get(run: Run, key: Key) -> Document:
    """The bare value of one setting; nothing is printed for an empty one."""
    from mutt_cli.present.settings import setting_document

    return setting_document(run.configuration, key)
