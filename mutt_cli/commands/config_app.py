"""The noun `mutt config`: its verbs are in config.py, config_files.py and config_history.py."""

from typing import Annotated, Final

import typer

from mutt_cli.commands.declare import noun

app: Final = noun("config", "Settings: what they are, where they come from.")

Key = Annotated[str, typer.Argument(metavar="KEY", help="Name as in mutt.env, an earlier name, or the dynamic key.")]
SomeKey = Annotated[str | None, typer.Argument(metavar="[KEY]", help="One setting; without it every stored one.")]
