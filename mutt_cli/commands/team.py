"""`mutt team`: who gets alerts. A team is what rules and hosts say it is; it has no record of its own."""

from typing import TYPE_CHECKING, Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.present.output import Document, Listing

if TYPE_CHECKING:
    from mutt_cli.adapters.inventory_store import Inventory

app = noun("team", "Teams, as rules and hosts name them.")

Team = Annotated[str, typer.Argument(metavar="TEAM", help="As rules and hosts name it.")]
Old = Annotated[str, typer.Argument(metavar="OLD", help="The name now.")]
New = Annotated[str, typer.Argument(metavar="NEW", help="The name from now on.")]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_teams(run: Run) -> Listing:
    """All teams with the number of their rules and hosts."""
    from mutt_cli.ops.host_plans import teams
    from mutt_cli.present.hosts import team_listing

    return team_listing(teams(_live(run)))


@command(app, "show", impact="R")
def show(run: Run, name: Team) -> Document:
    """The rules and hosts of one team."""
    from mutt_cli.ops import host_plans
    from mutt_cli.present.hosts import team_document

    return team_document(host_plans.team(_live(run), name))


@command(app, "rename", impact="B")
def rename(run: Run, old: Old, new: New) -> int:
    """Rename a team in all rules and hosts, in one transaction."""
    from mutt_cli.commands.inventory import Call, carry
    from mutt_cli.ops import host_plans, inventory
    from mutt_cli.ops.backends import Backends

    with Backends(run.settings) as backends:
        live = inventory.current(backends)
        proposal = host_plans.plan_rename(live, old, new)
        return carry(run, backends, live, proposal, Call([old, new], f"RENAME team {old} to {new}"))


def _live(run: Run) -> "Inventory":
    from mutt_cli.ops import inventory
    from mutt_cli.ops.backends import Backends

    with Backends(run.settings) as backends:
        return inventory.current(backends)
