"""`mutt host`: which team a host belongs to, and whether it is a development host."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import OutFile
from mutt_cli.present.output import Document, Listing

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.inventory_store import Inventory
    from mutt_cli.commands.inventory import Call
    from mutt_cli.ops.inventory import Proposal

app = noun("host", "Hosts: their team and environment.")

Host = Annotated[str, typer.Argument(metavar="HOST", help="As its events name it, letter for letter.")]
File = Annotated[str, typer.Argument(metavar="FILE", help="YAML, JSON or CSV (host,team,env); - for stdin.")]
Team = Annotated[str | None, typer.Option("--team", metavar="TEAM", help="Gets its alerts; '' for the default team.")]
Env = Annotated[Literal["dev", "prod"] | None, typer.Option("--env", help="Environment; prod if nothing is said.")]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_hosts(run: Run) -> Listing:
    """All hosts with team and environment. A host that is not listed is production and the default team's."""
    from mutt_cli.present.hosts import host_listing

    return host_listing(_live(run).hosts)


@command(app, "show", impact="R")
def show(run: Run, host: Host) -> Document:
    """One host, and the rules that take their team from it."""
    from mutt_cli.ops import host_plans
    from mutt_cli.present.hosts import host_document

    live = _live(run)
    found = host_plans.named(live, host)
    leaning = [
        one for one in live.rules if one["device_team_id"] is not None and one["device_team_id"] == found["team_id"]
    ]
    return host_document(found, leaning, run.settings.alerter.unhandled_default_team)


@command(app, "add", impact="W")
def add(run: Run, host: Host, *, team: Team = None, env: Env = None) -> int:
    """Add a host. Alerters decide with it when the command returns."""
    from mutt_cli.commands.inventory import Call
    from mutt_cli.ops import host_plans

    fields = _fields(host, team, env)
    return _carry(run, lambda live: host_plans.plan_add(live, fields), Call(_words(fields), f"ADD host {host}"))


@command(app, "set", impact="W")
def set_fields(run: Run, host: Host, *, team: Team = None, env: Env = None) -> int:
    """Change the fields that are named."""
    from mutt_cli.commands.inventory import Call
    from mutt_cli.ops import host_plans

    fields = _fields(host, team, env)
    return _carry(run, lambda live: host_plans.plan_set(live, fields), Call(_words(fields), f"SET host {host}"))


@command(app, "delete", impact="W", aliases=("rm",))
def delete(run: Run, host: Host) -> int:
    """Remove a host's record: its events get the default team and count as production."""
    from mutt_cli.commands.inventory import Call
    from mutt_cli.ops import host_plans

    return _carry(run, lambda live: host_plans.plan_delete(live, host), Call([host], f"DELETE host {host}"))


@command(app, "export", impact="R")
def export_hosts(run: Run, *, out: OutFile = None) -> None:
    """All hosts as YAML, JSON or CSV (-o, or the ending of --out). `mutt host import` reads it."""
    from mutt_cli.commands.inventory import export
    from mutt_cli.present.hosts import export_csv, export_document

    live = _live(run)
    export(run, export_document(live), out, f"{len(live.hosts):,} hosts", csv=lambda: export_csv(live))


@command(app, "import", impact="B")
def import_hosts(run: Run, file: File) -> int:
    """Make the live hosts those of a file: the plan first, then one transaction.

    Fields that are not named stay. Only YAML or JSON with `complete: true`, as an export has it, takes hosts away.
    """
    from mutt_cli.commands.inventory import Call, records
    from mutt_cli.core.host_change import EXPORTED
    from mutt_cli.ops import host_plans

    found = records(file, "hosts", EXPORTED)
    return _carry(run, lambda live: host_plans.plan_import(live, found), Call([file], f"IMPORT {file}"))


def _live(run: Run) -> "Inventory":
    from mutt_cli.ops import inventory
    from mutt_cli.ops.backends import Backends

    with Backends(run.settings) as backends:
        return inventory.current(backends)


def _carry(run: Run, planned: "Callable[[Inventory], Proposal]", call: "Call") -> int:
    from mutt_cli.commands.inventory import carry
    from mutt_cli.ops import inventory
    from mutt_cli.ops.backends import Backends

    with Backends(run.settings) as backends:
        live = inventory.current(backends)
        return carry(run, backends, live, planned(live), call)


def _fields(host: str, team: str | None, env: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"host": host}
    if team is not None:
        fields["team"] = team or None
    return fields | ({"env": env} if env else {})


def _words(fields: dict[str, Any]) -> list[str]:
    """The fields as they stand in the operations journal."""
    return [fields["host"], *(f"--{name}={value or ''}" for name, value in fields.items() if name != "host")]
