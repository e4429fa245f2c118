"""`mutt status`: how everything is, on one screen."""

from difflib import get_close_matches
from typing import Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.errors import NotFoundError
from mutt_cli.present.output import Document, Listing

app = word("status")

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[SERVICE]...", help="Only these services, one line per instance.")
]
Services = Annotated[bool, typer.Option("--services", help="One line per instance of every service.")]


@command(app, impact="R")
def status(run: Run, names: Names = None, *, services: Services = False) -> Document | Listing:
    """Back ends, services, queues, ledger and breaker. Exit 0 if it could be drawn, whatever it shows.

    Services: ingestor alerter forwarder remediation webui. What is wrong stands first; it is what `mutt health` finds,
    which is the verdict for scripts.
    """
    from mutt_cli.commands.folders import folders
    from mutt_cli.core.snapshot import SERVICES
    from mutt_cli.ops.status import status as look
    from mutt_cli.present.status import services_listing, status_document

    wanted = {_service(name, SERVICES) for name in names or ()}
    found = look(run.configuration, folders(run))
    if not wanted and not services:
        return status_document(found)
    return services_listing(found, [one for one in found.services if not wanted or one.service in wanted])


def _service(name: str, known: tuple[str, ...]) -> str:
    """A service by its name, or the forwarder's earlier one (D38). Raises NotFoundError."""
    plain = name.removeprefix("mutt-").replace("moog-forwarder", "forwarder")
    if plain in known:
        return plain
    near = get_close_matches(plain, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise NotFoundError(f"there is no service {name}{hint}", tries=(f"mutt status {near[0] if near else known[0]}",))
