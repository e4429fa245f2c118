"""`mutt backup`: the whole deployment in one file."""

from typing import Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import OK
from mutt_cli.present.output import Document, Listing

app = noun("backup", "The whole deployment in one file: made, listed, proved whole.")

File = Annotated[str, typer.Argument(metavar="FILE", help="A file of `mutt backup create`: a path, or its name there.")]


@command(app, "create", impact="W", endless=True)
def create(run: Run) -> int:
    """Write rules, settings, queues, dead letters and every table into one file, read it back, and give it its name.

    It works while everything runs: a message that stays in its queue meanwhile is in the file; one that moves on may be
    in it twice. The secrets of Vault are in no backup. The folder is MUTT_BACKUP_DIR.
    """
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.commands.progress import Progressing
    from mutt_cli.ops import backup
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.message_files import backup_folder
    from mutt_cli.present.backup import created_document, plan_lines

    with Backends(run.settings) as backends:
        planned = backup.plan(backends, backup_folder(backends, run.environ), run.flags.force)
        if not approved(run, Plan("BACK UP this deployment", lines=plan_lines(planned))):
            run.show(created_document(planned))
            return OK
        progress = Progressing(run, "kept")
        with journalled(run, backends, (), {"folder": str(planned.folder)}) as operation:
            making = backup.Making(operation.id, run.spec.path, run.context.name, run.now())
            made = backup.create(backends, planned.folder, making, progress)
            operation.backup_path, operation.backup_sha256 = str(made.path), made.sha256
            operation.counts = {name: sum(counts.values()) for name, counts in made.parts.items()}
        progress.close()
    run.show(created_document(planned, made, operation))
    return OK


@command(app, "list", impact="R", listing=True, aliases=("ls",))
def list_backups(run: Run) -> Listing:
    """The files in the backup folder of this host, those of purges too: age, size, and which command reads each."""
    from mutt_cli.ops import backup_files
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.message_files import backup_folder
    from mutt_cli.present.backup import backup_listing

    with Backends(run.settings) as backends:
        folder = backup_folder(backends, run.environ)
    found, unfinished = backup_files.listed(folder)
    return backup_listing(found, unfinished, folder, run.now())


@command(app, "verify", impact="R", endless=True)
def verify(run: Run, file: File) -> Document:
    """Read all of a backup and prove it whole: checksums, counts, every row. No server is asked.

    Exit 1 if it is damaged, of a later release, or no backup.
    """
    from mutt_cli.adapters.backup_proof import proved
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.backup_files import located
    from mutt_cli.ops.message_files import backup_folder
    from mutt_cli.present.backup import verified_document

    with Backends(run.settings) as backends:
        path = located(file, backup_folder(backends, run.environ))
    return verified_document(run.spec.kind, path, proved(path), path.stat().st_size)
