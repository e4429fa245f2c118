"""`mutt version`: what runs here."""

import platform

from mutt_cli import __version__
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.present.output import Document

app = word("version")


@command(app, impact="R")
def version(run: Run) -> Document:  # noqa: ARG001  every command gets the run
    """Version of this command, of Python and of the system it runs on."""
    python, system = platform.python_version(), f"{platform.system()} {platform.machine()}"
    return Document(
        "mutt.version",
        {"client": __version__, "python": python, "system": system, "components": []},
        text=(f"mutt {__version__} (Python {python}, {system})",),
        name=__version__,
    )
