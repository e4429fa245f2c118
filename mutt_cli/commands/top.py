"""`mutt top`: queues, services and rates, live; recorded, and seen again."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.errors import OK, UsageError

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
    from mutt_cli.commands.top_source import source_of
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
