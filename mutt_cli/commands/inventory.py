"""What the commands on rules, hosts and teams have in common: carry out a proposal, write a file, read one."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mutt_cli.commands.context import write
from mutt_cli.errors import OK, PARTIAL, TIMED_OUT, AuthError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.adapters.inventory_store import Inventory
    from mutt_cli.commands.context import Run
    from mutt_cli.commands.options import Impact
    from mutt_cli.core.record_file import Records
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.inventory import Carried, Proposal
    from mutt_cli.ops.rule_cache import Cached
    from mutt_cli.present.output import Document, Format


@dataclass(frozen=True)
class Call:
    """How a change is announced: the words after the command, the title of its plan, what class D asks to be typed."""

    words: Sequence[str]
    title: str
    target: str = ""
    impact: Impact | None = None


def carry(run: Run, backends: Backends, live: Inventory, proposal: Proposal, call: Call) -> int:
    """Show the plan, carry it out as one operation, and wait until every alerter decides with it.

    Exit 6 if some alerters, 8 if all of them still decide with older rules; the change stands.
    """
    from mutt_cli.commands import guard
    from mutt_cli.commands.journal import journalled, storable
    from mutt_cli.ops import inventory
    from mutt_cli.present.inventory import Done, done_document, nothing_document, plan_document, plan_lines, summary

    lines = [*plan_lines(proposal), *(f"warning: {one}" for one in proposal.warnings)]
    plan = guard.Plan(f"{call.title}: {summary(proposal)}", call.target, lines, call.impact, needs_reason=True)
    if proposal.nothing and not run.flags.dry_run:
        run.show(nothing_document(run.spec.kind, proposal))
        return OK
    if not guard.approved(run, plan):
        run.show(plan_document(run.spec.kind, proposal, live.rules))
        return OK
    planned = {"changes": plan_lines(proposal), "counts": proposal.counts}
    with journalled(run, backends, call.words, planned, proposal.originals) as operation:
        by = inventory.Actor(storable(run.actor), storable(run.reason), operation.id)
        carried = inventory.carry_out(backends, proposal, by)
        operation.originals, operation.counts = carried.originals, proposal.counts
    cached = _waited(run, backends, carried)
    run.show(done_document(run.spec.kind, Done(proposal, carried, operation, cached), live.rules))
    return _exit(run, carried, cached)


def _waited(run: Run, backends: Backends, carried: Carried) -> Cached | None:
    from mutt_cli.ops import rule_cache

    if run.flags.wait is False or carried.untold:
        return None
    return rule_cache.wait(backends, carried.written.revision, run.left_s)


def _exit(run: Run, carried: Carried, cached: Cached | None) -> int:
    if cached is None:
        return TIMED_OUT if carried.untold and run.flags.wait is not False else OK
    if not cached.behind:
        return OK
    return TIMED_OUT if len(cached.behind) == len(cached.alerters) else PARTIAL


def records(path: str, noun: str, columns: Sequence[str] = ()) -> Records:
    """The records of a file, or of stdin for `-`. Raises UsageError MUTT-U026 if it is no file of them."""
    from mutt_cli.adapters import event_source
    from mutt_cli.core.record_file import MOST_BYTES, Unreadable, parse

    content = bytearray()
    for chunk in event_source.chunks(path):
        content += chunk
        if len(content) > MOST_BYTES:
            break
    found = parse(bytes(content), name=path, noun=noun, columns=columns)
    if isinstance(found, Unreadable):
        raise UsageError(f"{path} cannot be read as {noun}: {found.why}", code="MUTT-U026", why="Nothing was changed.")
    return found


def export(run: Run, document: Document, out: str | None, number: str, *, csv: Callable[[], str] | None = None) -> None:
    """Print a file of records, or write it; YAML, unless -o or the file's ending says JSON or CSV."""
    from mutt_cli.present.output import render

    form = _form(run, out)
    if form == "csv" and csv is None:
        raise UsageError("rules are exported as YAML or JSON: a pattern does not survive a spreadsheet")
    indent = 2 if sys.stdout.isatty() or out not in {None, "-"} else None
    text = csv() if form == "csv" and csv else render(document, form, run.envelope(), indent=indent)
    if out in {None, "-"}:
        write(sys.stdout, text)
        return
    _write_file(out or "", text)
    run.say(f"{number} in {out}")


def _form(run: Run, out: str | None) -> Format:
    ending = (out or "").rpartition(".")[2].lower()
    endings: dict[str, Format] = {"yaml": "yaml", "yml": "yaml", "json": "json", "csv": "csv"}
    chosen = endings.get(ending) or ("yaml" if run.format == "table" else run.format)
    if chosen not in endings.values():
        raise UsageError(f"an export is YAML, JSON or CSV, not {chosen}")
    return chosen


def _write_file(name: str, text: str) -> None:
    from pathlib import Path

    from mutt_cli.adapters.files import write_whole

    try:
        write_whole(Path(name), text, 0o640)
    except OSError as error:
        raise AuthError(
            f"{name} cannot be written: {error.strerror}", code="MUTT-U402", tries=(f"ls -ld {shlex.quote(name)}",)
        ) from error
