"""`mutt top`: queues, services and rates, live; recorded, and seen again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.errors import OK, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.commands.tree import Leaf
    from mutt_cli.ops.logs import Logs
    from mutt_cli.tui.source import Known, Source

app = word("top")

Unlocked = Annotated[bool, typer.Option("--write", help="Begin unlocked, where the context is not protected.")]
Once = Annotated[bool, typer.Option("--once", help="One frame as text, and no more.")]
Plain = Annotated[bool, typer.Option("--plain", help="Changes as lines, for screen readers and logs.")]
Record = Annotated[str | None, typer.Option("--record", metavar="FILE", help="Also write each frame to a new file.")]
Headless = Annotated[bool, typer.Option("--headless", help="With --record: no screen, until Ctrl-C or --timeout.")]
Replay = Annotated[str | None, typer.Option("--replay", metavar="FILE", help="Show a recording, not the present.")]


@command(app, impact="R", endless=True, once=True)
def top(
    run: Run, *, unlocked: Unlocked = False, once: Once = False, plain: Plain = False, record: Record = None,
    headless: Headless = False, replay: Replay = None,
) -> int:  # fmt: skip
    """Is it flowing, where does it stop, since when: services, queues and alerts on a screen that keeps itself new.

    \b
    ?         all keys           1..8     overview queues dlq rules trace logs config ops
    :COMMAND  any mutt command   [ ] { }  back in time: the last two hours are kept
    W         unlock changes     q        quit

    Nothing is changed before W; then each key that changes something shows its plan and the same line for a shell.
    Without a terminal: --once for one frame, -o jsonl for a stream of them, --plain for changes as lines.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.commands import top_stream
    from mutt_cli.core.top.track import Track

    _require_sense(run, once=once, plain=plain, record=record, headless=headless, replay=replay)
    if replay is not None:
        return top_stream.replayed(run, Path(replay), once=once)
    if once:
        return top_stream.once(run)
    if headless or plain or run.format == "jsonl":
        return top_stream.streamed(run, record, plain=plain)
    with top_stream.looking(run, record) as look:
        from mutt_cli.tui.run import run as show
        from mutt_cli.tui.run import settle_colors

        settle_colors(color=run.color(sys.stdout))
        from mutt_cli.tui.app import TopApp

        made = TopApp(
            source_of(run), Track(top_stream.kept(run)), look, unlocked=unlocked and not run.context.protected,
            ascii_only=top_stream.ascii_only(run),
        )  # fmt: skip
        show(made)
    return OK


def source_of(run: Run) -> "Source":
    """The deployment as screens see it."""
    from mutt_cli.adapters.contexts import state_dir
    from mutt_cli.commands.folders import folders
    from mutt_cli.commands.tree import leaves
    from mutt_cli.tui.source import Source

    # By its name: what somebody chooses in another terminal meanwhile is not what this screen shows.
    environ = {**run.environ, "MUTT_CONTEXT": run.context.name}
    return Source(
        run.configuration, folders(run), state_dir(run.environ), run.context.name, environ,
        protected=run.context.protected, read_only=run.context.read_only,
        logs=lambda services: _logs(run, services), known=known,
        paths=tuple(dict.fromkeys(" ".join(one.words) for one in leaves() if not one.alias)),
    )  # fmt: skip


def _logs(run: Run, services: "Sequence[str]") -> "Logs":
    from mutt_cli.commands.logs import places_of
    from mutt_cli.ops.logs import find

    return find(places_of(run), tuple(services))


def known(words: "Sequence[str]") -> "Known | None":
    """The command that these words begin with; None if they begin with none, or with a flag.

    Nothing is guessed: what stands before the first flag names it, and a command that others stand below is only taken
    for itself where none of the words names one of those.
    """
    from itertools import takewhile

    from mutt_cli.commands.tree import find
    from mutt_cli.errors import NotFoundError

    names = list(takewhile(lambda one: not one.startswith("-"), words))
    for length in range(min(3, len(names)), 0, -1):
        try:
            found = find(names[:length])
        except NotFoundError:
            continue
        exact = [one for one in found if len(one.words) == length]
        below = {one.words[length] for one in _below(names[:length])}
        if exact and not below & set(words[length:]):
            return _known(exact[0], words)
    return None


def _below(names: "list[str]") -> "list[Leaf]":
    from mutt_cli.commands import noun_named
    from mutt_cli.commands.tree import below

    noun, depth = noun_named(names[0]), len(names)
    found = below(noun) if noun else ()
    return [one for one in found if len(one.words) > depth and one.words[1:depth] == tuple(names[1:])]


def _known(leaf: "Leaf", words: "Sequence[str]") -> "Known":
    """With a flag that writes it is W; one that asks in some cases is treated as if it did in all."""
    from mutt_cli.tui.source import Known

    spec = leaf.spec
    writes = any(one.startswith(f"--{flag.replace('_', '-')}") for flag in spec.writing for one in words)
    asks = any("--yes" in one.opts for one in leaf.command.params)
    seconds = spec.timeout.total_seconds() if spec.timeout else None
    return Known(leaf.words, "W" if writes else spec.impact, asks=asks, seconds=seconds)


def _require_sense(
    run: Run, *, once: bool, plain: bool, record: str | None, headless: bool, replay: str | None
) -> None:
    """Raises UsageError for flags that do not fit together, and where a screen is wanted and there is no terminal."""
    if headless and record is None:
        raise UsageError("--headless goes with --record FILE", tries=("mutt top --record night.gz --headless",))
    if replay is not None and (record is not None or plain):
        raise UsageError("a recording is shown as it is: no --record and no --plain with --replay")
    if once and (record is not None or plain):
        raise UsageError("--once is one frame: no --record and no --plain with it")
    if run.format not in {"table", "wide", "jsonl", "json"} or (run.format == "json" and not once):
        raise UsageError(f"mutt top has no {run.format}: -o jsonl, or --once -o json")
    streams = once or headless or plain or run.format == "jsonl"
    capable = sys.stdin.isatty() and sys.stdout.isatty() and run.environ.get("TERM") not in {None, "", "dumb"}
    if not streams and not capable:
        raise UsageError(
            "mutt top needs a terminal", code="MUTT-U060",
            tries=("mutt top --once", "mutt top -o jsonl", "mutt top --plain", "mutt status"),
        )  # fmt: skip
