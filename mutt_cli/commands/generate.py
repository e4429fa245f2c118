"""`mutt generate KIND`: configuration of the programs around MUTT, made from its settings; printed, or put in place."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from mutt_cli.commands.context import Run, write
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import UsageError
from mutt_cli.present.output import Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.ops.generate import Step
    from mutt_cli.ops.operation import Operation
    from mutt_cli.present.generated import Kind, Site

app = noun("generate", "Files for systemd, rsyslog, Prometheus and others, completion, man pages.")

Write = Annotated[bool, typer.Option("--write", help="Put the files in their places, after showing what changes.")]
Shell = Annotated[Literal["bash", "zsh", "fish"], typer.Argument(metavar="bash|zsh|fish", help="For which shell.")]
Root = Annotated[Path | None, typer.Option("--root", metavar="DIR", help="Below this folder instead of /.")]

KINDS: Final = {
    "systemd": "Units of the five services, mutt.target that holds them, and the timer of the health check.",
    "logrotate": "Rotation of the services' log files.",
    "sudoers": "What operators in the services' group may do by sudo.",
    "rsyslog": "The sender's side: syslog of a host goes to the ingest API, kept on disk until it is taken.",
    "rsyslog-forward": "MUTT's own logs to a central syslog server, over TLS.",
    "filebeat": "MUTT's own logs to Elasticsearch.",
    "snmptrapd": "Each SNMP trap becomes an event.",
    "prometheus-rules": "Alert rules, with the thresholds of the guides.",
    "prometheus-scrape": "Where the services serve their metrics.",
    "haproxy": "TLS front ends for ingest and web UI; only healthy hosts get requests.",
    "pgbouncer": "Transaction pooling before PostgreSQL.",
    "sentinel": "Redis Sentinel, watching the primary.",
}


def _declare(kind: str, meaning: str) -> None:
    def generate(run: Run, *, write: Write = False, root: Root = None) -> Listing | None:
        from mutt_cli.present.generated import KINDS as MAKERS

        return _generate(run, MAKERS[kind], write=write, root=root)

    generate.__doc__ = f"""{meaning}

    Prints the files. With --write they are installed: what changes is shown, a file that somebody changed stays and
    ours is written beside it as NAME.new, and mutt undo takes it back. No back end is needed.
    """
    command(app, kind, impact="W")(generate)


for _kind, _meaning in KINDS.items():
    _declare(_kind, _meaning)


@command(app, "completions", impact="W")
def completions(run: Run, shell: Shell, *, write: Write = False, root: Root = None) -> Listing | None:
    """Completion for bash, zsh or fish: commands, flags, and the ids and names that your commands printed.

    To try it in this shell only: source <(mutt generate completions bash). With --write it is installed for everybody.
    """
    from mutt_cli.commands.completion import table
    from mutt_cli.present.completion.files import completion_files
    from mutt_cli.present.generated import Kind

    return _generate(run, Kind(lambda _: completion_files(table(), shell), ()), write=write, root=root, shell=shell)


@command(app, "man", impact="W")
def man(run: Run, *, write: Write = False, root: Root = None) -> Listing | None:
    """Manual pages: mutt(1), one for each noun, mutt.env(5), mutt-errors(7). `mutt help` has the same text."""
    from mutt_cli import __version__
    from mutt_cli.commands.manual import pages
    from mutt_cli.present.generated import Kind
    from mutt_cli.present.manpages import man_files

    made = Kind(lambda _: man_files(pages(), __version__), ("mandb --quiet",))
    return _generate(run, made, write=write, root=root)


def _generate(run: Run, made: "Kind", *, write: bool, root: Path | None, shell: str = "") -> Listing | None:
    """Print the files, or put them in place. `write` is the flag here; of a `shell` the first is enough to read."""
    from mutt_cli.present.generate import files_listing, text_of

    if not write and (root is not None or run.flags.dry_run):
        raise UsageError("--root and --dry-run go with --write", tries=(f"mutt {run.spec.path} --write --dry-run",))
    site = _site(run, root or Path("/"))
    if write:
        return _install(run, made, site, (root or Path("/")).absolute(), shell)
    files = made.files(site)
    for note in made.notes(site):
        run.say(f"note: {note}")
    if run.format in {"table", "wide"}:
        _print(text_of(files[:1] if shell else files))
        return None
    return files_listing(run.spec.kind, files)


def _site(run: Run, root: Path) -> "Site":
    from mutt_cli.adapters.configuration import ENV_FILE
    from mutt_cli.adapters.host import hostname, installed_program
    from mutt_cli.adapters.system_files import missing_accounts, missing_paths
    from mutt_cli.present.generated import Site
    from mutt_cli.present.generated.site import CERTIFICATE, PROGRAM

    file = run.configuration.env_file
    env_file = "" if file in {None, ENV_FILE} else str(file)
    site = Site(run.settings, hostname(), installed_program("muttctl") or PROGRAM, env_file)
    absent = missing_paths(root, (site.program, CERTIFICATE)) | missing_accounts((site.account,))
    return replace(site, absent=absent)


def _install(run: Run, made: "Kind", site: "Site", root: Path, shell: str) -> Listing:
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.ops import generate
    from mutt_cli.present.generate import step_line, written_listing

    steps = generate.plan(made.files(site), root)
    for line in (line for step in steps for line in generate.diff(step)):
        run.say(line)
    changing = [step for step in steps if step.changes]
    plan = Plan(f"WRITE {len(changing)} of {len(steps)} files below {root}", lines=[step_line(one) for one in steps])
    if not approved(run, plan):
        return written_listing(run.spec.kind, steps, None, dry_run=True)
    operation = _recorded(run, steps, root, shell) if changing else None
    for note in made.notes(site):
        run.say(f"note: {note}")
    for line in made.then if changing and root == Path("/") else ():
        run.say(f"next:  {line}")
    if operation:
        run.say(f"undo:  mutt undo {operation.id}")
    return written_listing(run.spec.kind, steps, operation, dry_run=False)


def _recorded(run: Run, steps: "Sequence[Step]", root: Path, shell: str) -> "Operation":
    """Write the files as one operation; before-images are in the journal before the first of them."""
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import generate
    from mutt_cli.ops.backends import Backends

    planned = {"root": str(root), "files": [str(step.target) for step in steps if step.changes]}
    words = [*filter(None, [shell]), "--write", "--root", str(root)]
    with (
        Backends(run.settings) as backends,
        journalled(run, backends, words, planned, generate.images(steps)) as operation,
    ):
        operation.counts = {"files": generate.carry_out(steps)}
        operation.audited = generate.audited(steps)
    return operation


def _print(text: str) -> None:
    write(sys.stdout, text)
