"""`mutt restore`: a backup is put back."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.errors import OK, PARTIAL, MuttError

if TYPE_CHECKING:
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.restore import Source
    from mutt_cli.ops.restore_run import Return

app = word("restore")

_FEW: Final = 3
"""Settings that are named in a plan."""
File = Annotated[str, typer.Argument(metavar="FILE", help="A file of `mutt backup create`: a path, or its name there.")]
Only = Annotated[
    Literal["config", "rules", "redis", "db"] | None,
    typer.Option("--only", help="One part. Settings and rules are put back while everything runs."),
]


@command(app, impact="D", endless=True)
def restore(run: Run, file: File, *, only: Only = None) -> int:
    """Put a backup back. The file is proved whole first, and what is there now is kept in a backup of its own.

    Everything, --only redis and --only db want the daemons stopped; --only config and --only rules are done while they
    run. The secrets of Vault and `mutt.env` are not touched, and the journal of operations and the audit lose nothing.

    \b
    mutt restore FILE --dry-run
    mutt undo            puts back what was there before
    """  # noqa: D301  \b is how a help text keeps its lines
    from mutt_cli.core.backup import parts_of
    from mutt_cli.ops import restore as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.backup_files import located
    from mutt_cli.ops.message_files import backup_folder

    with Backends(run.settings) as backends:
        found = ops.source(located(file, backup_folder(backends, run.environ)))
        for told in ops.check(backends, found, run.context.name, parts_of(only), run.flags.force):
            run.say(f"warning: {told}")
        if only == "config":
            return _config(run, backends, found)
        if only == "rules":
            return _rules(run, backends, found)
        return _whole(run, backends, found, only)


def _config(run: Run, backends: "Backends", found: "Source") -> int:
    from mutt_cli.commands.config_change import waited_for
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import dynamic, restore_live
    from mutt_cli.present.dynamic import change_line
    from mutt_cli.present.restore import restored_document

    plan, left = restore_live.plan_config(backends, run.configuration, found)
    lines = [change_line(one) for one in plan.changes]
    left += _settings_left(run, backends, found)
    told = [*lines, *left, *(f"warning: {one}" for one in plan.warnings)]
    plan_ = Plan(f"RESTORE {len(lines)} settings", "config", told, needs_reason=True)
    if not plan.changes or not approved(run, plan_):
        run.show(restored_document(found, "config", lines, left=left))
        return OK
    words = [found.path.name, "--only", "config"]
    with journalled(run, backends, words, {"only": "config"}, dynamic.before_images(plan)) as operation:
        former = dynamic.apply(backends, plan)
        operation.originals = dynamic.before_images(plan, former)
        operation.counts, operation.audited = {"settings": len(lines)}, dynamic.audited(plan, former.texts)
    seen, _ = waited_for(run, backends)
    behind = seen.behind if seen else []
    left += [f"{one.service} on {one.host} does not run with it yet" for one in behind]
    run.show(restored_document(found, "config", lines, operation, left=left, undo=True))
    return PARTIAL if behind else OK


def _rules(run: Run, backends: "Backends", found: "Source") -> int:
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled, storable
    from mutt_cli.core.change_words import host_line, rule_line
    from mutt_cli.ops import inventory, restore_live
    from mutt_cli.present.inventory import summary
    from mutt_cli.present.restore import restored_document

    proposal = restore_live.plan_rules(backends, found)
    lines = [*map(rule_line, proposal.rules), *map(host_line, proposal.hosts)]
    told = [*lines, *(f"warning: {one}" for one in proposal.warnings)]
    plan = Plan(f"RESTORE rules and hosts: {summary(proposal)}", "rules", told, needs_reason=True)
    if proposal.nothing or not approved(run, plan):
        run.show(restored_document(found, "rules", lines))
        return OK
    words = [found.path.name, "--only", "rules"]
    with journalled(run, backends, words, {"only": "rules"}, proposal.originals) as operation:
        by = inventory.Actor(storable(run.actor), storable(run.reason), operation.id)
        carried = inventory.carry_out(backends, proposal, by)
        operation.originals, operation.counts = carried.originals, proposal.counts
    left = [f"alerters were not told ({carried.untold}): they look every 5 s"] if carried.untold else []
    run.show(restored_document(found, "rules", lines, operation, left=left, undo=True))
    return OK


def _whole(run: Run, backends: "Backends", found: "Source", only: Literal["redis", "db"] | None) -> int:
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.commands.progress import Progressing
    from mutt_cli.core.backup import parts_of
    from mutt_cli.ops import backup, restore_live, restore_run, restore_work, standstill
    from mutt_cli.ops import restore as ops
    from mutt_cli.ops.message_files import backup_folder
    from mutt_cli.present.restore import restored_document, whole_lines

    folder, parts, at = backup_folder(backends, run.environ), parts_of(only), run.now()
    alive = standstill.living(backends)
    if not run.flags.dry_run:
        standstill.refuse(alive)
    planned = backup.plan(backends, folder, run.flags.force)
    lines = whole_lines(
        found, parts, ops.now_there(backends, found, restore_live.plan_rules(backends, found)), planned, at
    )
    left = _settings_left(run, backends, found)
    left += [f"first to be stopped: {one}" for one in alive]
    target = only or "deployment"
    if not approved(run, Plan(f"RESTORE {target} from {found.path.name}", target, [*lines, *left], needs_reason=True)):
        run.show(restored_document(found, only, lines, left=left))
        return OK
    words = [found.path.name, *(["--only", only] if only else [])]
    with journalled(run, backends, words, ops.recorded_plan(found, only, folder, at)) as operation:
        kept, told = Progressing(run, "kept"), Progressing(run, "put back")
        making = backup.Making(operation.id, run.spec.path, run.context.name, at)
        back = restore_run.Return(found, parts, operation.id, run.actor)
        try:
            restore_work.carry_out(backends, back, operation, restore_work.Doing(making, folder, kept, told))
        except (KeyboardInterrupt, MuttError):
            run.say(_stopped(back))
            raise
        finally:
            kept.close()
            told.close()
    run.show(restored_document(found, only, lines, operation, left=left, undo=True))
    return OK


def _settings_left(run: Run, backends: "Backends", found: "Source") -> list[str]:
    """Settings that need a restart and are others here than in the backup, in a few lines."""
    from mutt_cli.ops import restore_live

    differing = restore_live.differing(backends, run.configuration, found)
    more = [f"not put back: {len(differing) - _FEW} more settings of mutt.env"] if len(differing) > _FEW + 1 else []
    return [f"not put back: {one}" for one in differing[: _FEW if more else None]] + more


def _stopped(back: "Return") -> str:
    """What to do after a restore that did not come to its end."""
    if back.reached == "nothing":
        return "nothing was replaced"
    name = back.operation
    if "redis" not in back.parts:
        return f"nobody heard whether it came to its end; mutt op resume {name} tells"
    return f"stopped half way, every service is held; go on: mutt op resume {name}, or take back: mutt undo {name}"
