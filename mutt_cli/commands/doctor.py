"""`mutt doctor`: why it does not work, and what mends it."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.errors import NO, OK, PARTIAL, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.diagnosis.cause import Finding

app = word("doctor")

Only = Annotated[list[str] | None, typer.Option("--only", metavar="AREA[,AREA]", help="Only causes in these areas.")]
Fix = Annotated[bool, typer.Option("--fix", help="Show, then run the steps that are marked safe (class W).")]
_SHARE: Final = 0.85
"""Of the command's time for looking."""


@command(app, impact="R", timeout=timedelta(seconds=15), writing=("fix",))
def doctor(run: Run, *, only: Only = None, fix: Fix = False) -> int:
    """Causes, not symptoms: what was seen, what it means for events, who owns it, and what to type. Exit 1 if any.

    \b
    mutt doctor
    mutt doctor --only redis,dlq
    mutt doctor --fix --dry-run

    Everything is looked at once, in parallel, and nothing is changed. What follows from a cause is not told as another.
    --fix runs the steps that lose nothing and can be taken back, each as the command that stands there; the rest is
    for people. Areas: redis db vault moog, config versions units logs ingest dlq partition, host disk clock perms
    selinux, net dns tls firewall. `mutt health` is the verdict for scripts, `mutt explain ID` tells of one cause.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.commands.folders import folders
    from mutt_cli.core.diagnosis import only as of_areas
    from mutt_cli.ops.doctor import examine
    from mutt_cli.present.doctor import doctor_document

    areas = _areas(only)
    looked = partial(examine, run.configuration, folders(run), run.environ, run.context.name, run.timeout_s * _SHARE)
    examined = looked()
    found, fixed = of_areas(examined.findings, areas), None
    if fix:
        fixed = _fix(run, found)
        if fixed:
            examined = looked()
            found = of_areas(examined.findings, areas)
    run.show(doctor_document(examined, found, fixed, areas))
    if fixed and any(one["exit_code"] for one in fixed):
        return PARTIAL
    return NO if found else OK


def _fix(run: Run, found: "Sequence[Finding]") -> list[dict[str, Any]]:
    """Show, then run the safe steps, each once, in their order; the commands journal what they do."""
    import shlex

    from mutt_cli.adapters.own_program import run_own
    from mutt_cli.commands.bound import unhurried
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.present.doctor import finding_lines

    lines = list(dict.fromkeys(step.line for one in found for step in one.steps if step.safe))
    if not lines:
        run.say("nothing of this can be mended safely without a person")
        return []
    for one in found:
        for line in finding_lines(one):
            run.say(line)
    plan = Plan(f"RUN {len(lines)} safe steps", lines=lines, impact="W")
    if not run.flags.dry_run:
        run.say("\n".join([plan.title, *(f"  {line}" for line in lines)]))
    if not approved(run, plan):
        return []
    context = ["-c", run.flags.context] if run.flags.context else []
    reason = ["--reason", run.reason] if run.reason else []
    done = []
    with unhurried():  # what a step takes is its own affair, as on the command line
        for line in lines:
            words = [*shlex.split(line)[1:], *context, *reason]
            done.append({"line": line, "exit_code": run_own(words, run.environ)})
    return done


def _areas(given: list[str] | None) -> tuple[str, ...]:
    from mutt_cli.core.diagnosis.cause import AREAS

    wanted = tuple(name.strip() for text in given or () for name in text.split(",") if name.strip())
    wrong = [name for name in wanted if name not in AREAS]
    if wrong:
        raise UsageError(f"--only: there is no area {', '.join(wrong)}: there is {' '.join(AREAS)}")
    return wanted
