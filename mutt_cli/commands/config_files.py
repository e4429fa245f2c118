"""`mutt config`: what is written into files and read from them."""

import sys
from datetime import timedelta
from typing import Annotated, Final

import typer

from mutt_cli.commands.config_app import Key, app
from mutt_cli.commands.context import Run, write
from mutt_cli.commands.declare import command
from mutt_cli.commands.options import OutFile
from mutt_cli.errors import AUTH, NO, OK, PARTIAL, TIMED_OUT, UsageError
from mutt_cli.present.output import Document

RESTART_WAIT: Final = timedelta(minutes=10)
"""How long a person has to restart the daemons, unless --timeout says otherwise (D37)."""

Explain = Annotated[bool, typer.Option("--explain", help="Every layer, and what each daemon runs.", show_default=False)]
SomeFile = Annotated[
    str | None, typer.Argument(metavar="[FILE]", help="A settings file; without it this deployment's.")
]
File = Annotated[str, typer.Argument(metavar="FILE", help="NAME=value lines, as `mutt config export` writes them.")]
Other = Annotated[
    str | None, typer.Argument(metavar="[CONTEXT|FILE|VERSION]", help="What to compare with; the defaults without it.")
]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit 1 if anything differs.", show_default=False)]


def set_static(run: Run, wishes: list[tuple[str, str]]) -> int:
    """Write settings that need a restart into the `mutt.env` of this host, and wait until the daemons have them."""
    from mutt_cli.commands.bound import unhurried
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import static_settings as static
    from mutt_cli.ops import static_wait
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.static_settings import static_document

    with Backends(run.settings) as backends:
        plan = static.plan(backends, run.configuration, wishes, run.flags.force)
        told = [one.told for one in plan.changes]
        title = told[0] if len(told) == 1 else "SET"
        lines = [*(told if len(told) > 1 else ()), f"into {plan.path}", *plan.restarts]
        if not approved(run, Plan(title, lines=lines, needs_reason=True)):
            run.show(static_document(run.spec.kind, plan, first=f"would be written into {plan.path}"))
            return OK
        if not plan.writable:
            write(sys.stdout, "".join(f"{line}\n" for line in plan.lines))
            run.say(f"{plan.path} cannot be written by this account: add the line with sudo, then")
            for line in plan.restarts:
                run.say(f"  {line}")
            return AUTH
        operation, before = None, static_wait.readers_here(backends, plan)
        if not all(one.nothing for one in plan.changes):
            planned = {"file": str(plan.path)}
            with journalled(run, backends, list(plan.words), planned, static.originals(plan)) as operation:
                static.write(plan, operation.id)
                operation.counts, operation.audited = {"settings": len(told)}, static.audited(plan)
        for line in plan.restarts:
            run.say(f"restart:  {line}")
        waited = None
        if run.flags.wait is not False and run.flags.timeout:
            waited = static_wait.wait(backends, plan, before, run.left_s)
        elif run.flags.wait is not False:
            with unhurried():  # a person restarts them
                waited = static_wait.wait(backends, plan, before, RESTART_WAIT.total_seconds())
    first = f"written into {plan.path}" if operation else f"{plan.path} says so already"
    undo = f"mutt undo {operation.id}" if operation else ""
    run.show(static_document(run.spec.kind, plan, first=first, operation=operation, waited=waited, undo=undo))
    if waited is None or not (waited.behind or waited.gone):
        return OK
    return TIMED_OUT if len(waited.found) == len(waited.behind) else PARTIAL


@command(app, "show", impact="R")
def show(run: Run, key: Key, *, explain: Explain = False) -> Document:
    """One setting: value, where it comes from, who uses it; with --explain each layer and each daemon's own value."""
    from mutt_cli.ops import explain as ops
    from mutt_cli.present.explain import explained_document

    return explained_document(run.spec.kind, ops.explained(run.configuration, run.environ, key), layers=explain)


@command(app, "validate", impact="R", listing=True, timeout=timedelta(seconds=20))
def validate(run: Run, file: SomeFile = None) -> int:
    """Judge a settings file: types, ranges, unknown names, ports, settings that contradict each other, reachability.

    Exit 1 if something cannot be used.
    """
    from pathlib import Path

    from mutt_cli.ops.validate import judged
    from mutt_cli.present.validate import findings_listing

    environ = run.environ if file is None else {}
    path = run.context.env_file if file is None else Path(file)
    found = judged(environ, path)
    run.show(findings_listing(run.spec.kind, found))
    return NO if any(one.state == "crit" for one in found.findings) else OK


@command(app, "diff", impact="R", listing=True)
def diff(run: Run, other: Other = None, *, exit_code: ExitCode = False) -> int:
    """Settings that differ from the defaults, another context, a settings file, or an earlier version (a number).

    \b
    mutt config diff --exit-code other-host.env
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.ops import settings_files
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.settings_files import diff_listing

    with Backends(run.settings) as backends:
        found = settings_files.compared(backends, run.configuration, run.environ, other)
    run.show(diff_listing(run.spec.kind, found))
    return NO if exit_code and found.rows else OK


@command(app, "export", impact="R")
def export(run: Run, *, out: OutFile = None) -> Document | None:
    """Settings that are not the default, as NAME=value lines: what is in effect, without secrets."""
    from mutt_cli.ops import settings_files
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.settings_files import export_document

    with Backends(run.settings) as backends:
        found = settings_files.exported(backends, run.configuration)
    if out is None or out == "-":
        return export_document(run.spec.kind, found, "")
    return export_document(run.spec.kind, found, settings_files.save(out, found))


@command(app, "import", impact="B")
def import_settings(run: Run, file: File) -> int:
    """Set at run time what a file says and what can change at run time; what needs a restart is named, not written.

    One operation, announced and waited for like `mutt config set`.
    """
    from mutt_cli.commands.config_change import change_settings
    from mutt_cli.ops import dynamic, settings_files
    from mutt_cli.ops.backends import Backends

    with Backends(run.settings) as backends:
        wishes, left = settings_files.wishes(run.configuration, file)
        for line in left:
            run.say(f"warning: {line}")
        if not wishes:
            raise UsageError(f"{file} has nothing that can change at run time")
        return change_settings(run, backends, dynamic.plan_set(backends, run.configuration, wishes))
