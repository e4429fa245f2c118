"""`mutt rule`: what becomes an alert, in the order in which alerters try it, and changing that."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import InFile, OutFile, Since, Until
from mutt_cli.errors import UsageError
from mutt_cli.present.output import Document, Listing

if TYPE_CHECKING:
    from mutt_cli.adapters.inventory_store import Inventory
    from mutt_cli.ops.backends import Backends

app = noun("rule", "Rules: what becomes an alert, in matching order.")

Id = Annotated[str, typer.Argument(metavar="ID", help="The rule's id, or its name.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids or names of rules.")]
Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="What the rule is called.")]
File = Annotated[str, typer.Argument(metavar="FILE", help="YAML or JSON, as mutt rule export writes it; - for stdin.")]
Pattern = Annotated[str | None, typer.Option("--pattern", metavar="REGEX", help="Searched in the message, any case.")]
Severity = Annotated[
    str | None, typer.Option("--severity", metavar="S", help="Of the alert; '' leaves it to the event.")
]
Priority = Annotated[int | None, typer.Option("--priority", metavar="N", help="The highest that matches wins.")]
Team = Annotated[
    str | None, typer.Option("--team", metavar="TEAM", help="Who gets the alert; '' leaves it to the host.")
]
Words = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What it is for.")]
Disabled = Annotated[bool, typer.Option("--disabled", help="Switched off.")]


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_rules(run: Run) -> Listing:
    """All rules in the order in which alerters try them: the first that matches wins. With matches in 24 h."""
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.rule_views import rules
    from mutt_cli.present.rule_rows import rule_listing

    with Backends(run.settings) as backends:
        return rule_listing(rules(backends, run.now()))


@command(app, "show", impact="R")
def show(run: Run, reference: Id) -> Document:
    """One rule: its fields, what it matches, who changed it, and why it may never win."""
    from mutt_cli.ops import inventory, rule_plans, rule_views
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.rule_rows import rule_document

    with Backends(run.settings) as backends:
        wanted = rule_plans.named(inventory.current(backends), reference)["id"]
        seen = rule_views.rules(backends, run.now())
    one = next(one for one in seen if one.image["id"] == wanted)
    return rule_document(one, rule_views.warnings(seen, wanted), local=run.flags.local)


@command(app, "history", impact="R", listing=True)
def history(run: Run, reference: Id, *, since: Since = None, until: Until = None) -> Listing:
    """Who changed a rule, when, why, and what; the newest first. A deleted rule's by its id."""
    from mutt_cli.ops import audit
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.audit import audit_listing

    with Backends(run.settings) as backends:
        rule_id = audit.rule_id(backends, reference)
        wanted = audit.Wanted(run.moment(since, "--since"), run.moment(until, "--until"), "", "alert_rules", rule_id)
        return audit_listing(run.spec.kind, audit.search(backends, wanted))


@command(app, "add", impact="W")
def add(
    run: Run,
    name: Name = None,
    *,
    file: InFile = None,
    pattern: Pattern = None,
    severity: Severity = None,
    priority: Priority = None,
    team: Team = None,
    description: Words = None,
    disabled: Disabled = False,
) -> int:
    """Add a rule, from flags or from a file with one (YAML or JSON; flags win). It is validated before it is stored.

    Alerters decide with it when the command returns. Exit 6 or 8 if some or all of them do not yet.
    """
    from mutt_cli.commands.inventory import Call, carry, records
    from mutt_cli.ops import rule_plans
    from mutt_cli.ops.backends import Backends

    given = _given(pattern, severity, priority, team, description, disabled=disabled)
    fields = ({"rule_name": name} if name is not None else {}) | given
    if file is not None:
        found = records(file, "rules").items
        if len(found) != 1:
            raise UsageError(f"{file} holds {len(found)} rules, not one", tries=(f"mutt rule import {file} --dry-run",))
        fields = {**found[0], **fields}
    with Backends(run.settings) as backends:
        live = _live(backends)
        call = Call([str(fields.get("rule_name", "")), *_flags(given)], f"ADD rule {fields.get('rule_name', '')}")
        return carry(run, backends, live, rule_plans.plan_add(live, fields), call)


@command(app, "set", impact="W")
def set_fields(
    run: Run,
    reference: Id,
    *,
    pattern: Pattern = None,
    severity: Severity = None,
    priority: Priority = None,
    team: Team = None,
    description: Words = None,
    disabled: Disabled = False,
) -> int:
    """Change the fields that are named; the others stay. Refused if somebody changes the rule at the same time."""
    from mutt_cli.commands.inventory import Call, carry
    from mutt_cli.ops import rule_plans
    from mutt_cli.ops.backends import Backends

    given = _given(pattern, severity, priority, team, description, disabled=disabled)
    with Backends(run.settings) as backends:
        live = _live(backends)
        proposal = rule_plans.plan_set(live, reference, given)
        return carry(run, backends, live, proposal, Call([reference, *_flags(given)], f"SET rule {reference}"))


@command(app, "edit", impact="W")
def edit(run: Run, reference: Id) -> int:
    """Change a rule in $EDITOR. What cannot be stored stays in a file, and the error names it."""
    from mutt_cli.adapters import editor
    from mutt_cli.commands.bound import unhurried
    from mutt_cli.commands.inventory import Call, carry, records
    from mutt_cli.core.rule_change import entry
    from mutt_cli.errors import MuttError
    from mutt_cli.ops import rule_plans
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.encode import yaml_text

    with Backends(run.settings) as backends:
        live = _live(backends)
        image = rule_plans.named(live, reference)
        if not run.can_ask and not (run.environ.get("EDITOR") or run.environ.get("VISUAL")):
            raise UsageError("an editor needs a terminal", tries=(f"mutt rule set {reference} --pattern REGEX",))
        with unhurried():
            _, path = editor.edited(yaml_text(entry(image, with_id=True)), f"rule-{image['id']}.yaml", run.environ)
        try:
            items = records(str(path), "rules").items
            fields = {name: value for item in items[:1] for name, value in item.items() if name != "id"}
            proposal = rule_plans.plan_set(live, str(image["id"]), fields)
            code = carry(run, backends, live, proposal, Call([reference], f"EDIT rule {reference}"))
        except MuttError as error:
            raise _kept(error, str(path)) from error
        editor.discard(path)
        return code


@command(app, "enable", impact="W")
def enable(run: Run, references: Ids) -> int:
    """Switch rules on."""
    return _switch(run, references, enabled=True)


@command(app, "disable", impact="W")
def disable(run: Run, references: Ids) -> int:
    """Switch rules off and keep their record: the 3 am way to silence one."""
    return _switch(run, references, enabled=False)


@command(app, "delete", impact="D", aliases=("rm",))
def delete(run: Run, reference: Id) -> int:
    """Delete a rule that never matched. One that has is refused (exit 7): switch it off, its record stays."""
    from mutt_cli.commands.inventory import Call, carry
    from mutt_cli.ops import rule_plans, rule_views
    from mutt_cli.ops.backends import Backends

    with Backends(run.settings) as backends:
        live = _live(backends)
        image = rule_plans.named(live, reference)
        proposal = rule_plans.plan_delete(live, reference, rule_views.matched(backends, run.now()))
        title = f"DELETE rule {image['id']} ({image['rule_name']})"
        return carry(run, backends, live, proposal, Call([reference], title, target=image["rule_name"]))


@command(app, "export", impact="R")
def export_rules(run: Run, *, out: OutFile = None) -> None:
    """All rules as YAML, or JSON with -o json or a file that ends so. `mutt rule import` reads it."""
    from mutt_cli.commands.inventory import export
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.rule_rows import export_document

    with Backends(run.settings) as backends:
        live = _live(backends)
    export(run, export_document(live), out, f"{len(live.rules):,} rules")


@command(app, "import", impact="B")
def import_rules(run: Run, file: File) -> int:
    """Make the live rules those of a file: the plan first, then one transaction.

    A rule is found by its name (or by `id`); fields that are not named stay. Only a file with `complete: true`, as an
    export has it, takes rules away: deleted if they never matched, else switched off.
    """
    from mutt_cli.commands.inventory import Call, carry
    from mutt_cli.ops.backends import Backends

    with Backends(run.settings) as backends:
        live, proposal = _against(run, backends, file)
        return carry(run, backends, live, proposal, Call([file], f"IMPORT {file}"))


@command(app, "diff", impact="R", listing=True)
def diff(run: Run, file: File) -> Listing:
    """What `mutt rule import` of a file would change. Nothing is changed."""
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.inventory import diff_listing

    with Backends(run.settings) as backends:
        _, proposal = _against(run, backends, file)
    return diff_listing(run.spec.kind, proposal)


def _against(run: Run, backends: "Backends", file: str) -> tuple["Inventory", Any]:
    from mutt_cli.commands.inventory import records
    from mutt_cli.ops import rule_plans, rule_views

    found = records(file, "rules")
    live = _live(backends)
    matched = rule_views.matched(backends, run.now()) if found.complete else frozenset()
    return live, rule_plans.plan_import(live, found, matched)


def _switch(run: Run, references: list[str], *, enabled: bool) -> int:
    from mutt_cli.commands.inventory import Call, carry
    from mutt_cli.ops import rule_plans
    from mutt_cli.ops.backends import Backends

    with Backends(run.settings) as backends:
        live = _live(backends)
        proposal = rule_plans.plan_switch(live, references, enabled=enabled)
        word = "ENABLE" if enabled else "DISABLE"
        return carry(run, backends, live, proposal, Call(references, f"{word} {', '.join(references)}"))


def _live(backends: "Backends") -> "Inventory":
    from mutt_cli.ops import inventory

    return inventory.current(backends)


def _given(
    pattern: str | None, severity: str | None, priority: int | None, team: str | None, description: str | None,
    *, disabled: bool,
) -> dict[str, Any]:  # fmt: skip
    """The fields that were named; an empty severity, team or description is none."""
    named: dict[str, Any] = {"pattern": pattern, "priority": priority}
    found = {name: value for name, value in named.items() if value is not None}
    texts = {"severity": severity, "team": team, "description": description}
    found |= {name: value or None for name, value in texts.items() if value is not None}
    return found | ({"enabled": False} if disabled else {})


def _flags(given: dict[str, Any]) -> list[str]:
    """The fields as they stand in the operations journal."""
    words = [f"--{name}={'' if value is None else value}" for name, value in given.items() if name != "enabled"]
    return words + (["--disabled"] if "enabled" in given else [])


def _kept(error: Any, path: str) -> Any:
    """The same error, which says where the text is that was typed."""
    error.tries = (f"your text is kept in {path}: mend it, then mutt rule import {path}", *error.tries)
    return error
