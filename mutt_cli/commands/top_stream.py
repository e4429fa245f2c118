"""`mutt top` without a screen: one frame, a stream of them, changes as lines, recordings."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.commands.context import Run, write
from mutt_cli.errors import OK, MuttError

if TYPE_CHECKING:
    from mutt_cli.core.top.frame import Frame
    from mutt_cli.core.top.track import Track
    from mutt_cli.present.output import Document
    from mutt_cli.present.top.view import View

_INTERVAL_S = 2.0
_APART_S = 3.7
"""Between the two looks of --once where the deployment keeps no frames: from there on there are rates."""

Look = Callable[[], "Frame"]


@contextmanager
def looking(run: Run, record: str | None) -> Iterator[Look]:
    """A way to take frames; with `record` each is also written to a new file."""
    from mutt_cli import __version__
    from mutt_cli.adapters.recording_file import RecordingFile
    from mutt_cli.commands.folders import folders
    from mutt_cli.core.top.recording import KIND, VERSION, Header
    from mutt_cli.ops.lookout import Lookout

    with ExitStack() as stack:
        file = None
        if record is not None:
            header = Header(KIND, VERSION, run.context.name, __version__, f"{run.now():%Y-%m-%dT%H:%M:%SZ}")
            file = stack.enter_context(RecordingFile(Path(record), header))
        lookout = stack.enter_context(Lookout(run.configuration, folders(run)))

        def look() -> "Frame":
            frame = lookout.look()
            if file is not None and not file.broken:
                file.add(frame)
            return frame

        yield look


def kept(run: Run, newest: int = 0) -> "list[Frame]":
    """The frames that the deployment keeps of itself; none where Redis does not answer: the screen says so."""
    from mutt_cli.adapters import frame_ring
    from mutt_cli.ops.backends import Backends

    try:
        with Backends(run.settings) as backends:
            return frame_ring.read(backends.redis(), backends.keys, newest or frame_ring.SPAN_S)
    except MuttError:
        return []


def ascii_only(run: Run) -> bool:
    """Whether only ASCII can be drawn here: a flag, the locale, or the console of Linux itself."""
    plain = run.environ.get("LC_ALL", "") in {"C", "POSIX"} or run.environ.get("TERM") == "linux"
    return run.flags.ascii or plain or "utf" not in (sys.stdout.encoding or "").lower()


def once(run: Run) -> int:
    """One frame: as text as large as the terminal (80x24 without one), or as JSON."""
    from mutt_cli.core.top.track import Track

    track = Track(kept(run, 60))
    with looking(run, None) as look:
        frame = look()
        track.add(frame)
        if len(track.samples()) < 2 and run.left_s > 2 * _APART_S:
            time.sleep(_APART_S)
            frame = look()
            track.add(frame)
    view = _view(run, frame, track)
    if run.format in {"json", "jsonl"}:
        run.show(_document(view, frame))
    else:
        _print(view)
    return OK


def replayed(run: Run, path: Path, *, once: bool) -> int:
    """A recording on the screen; with --once its last frame as text."""
    from mutt_cli.adapters.recording_file import read

    header, track, warnings = read(path)
    for warning in warnings:
        run.say(f"warning: {warning}")
    if once:
        frame = track.frame(len(track) - 1)
        if frame is not None:
            _print(_view(run, frame, track, context=header.context, mode="replay"))
        return OK
    from dataclasses import replace

    from mutt_cli.commands.top_source import source_of
    from mutt_cli.tui.run import run as show
    from mutt_cli.tui.run import settle_colors

    settle_colors(color=run.color(sys.stdout))
    from mutt_cli.tui.app import TopApp

    source = replace(source_of(run), context=header.context, protected=False, read_only=True)
    show(TopApp(source, track, None, ascii_only=ascii_only(run)))
    return OK


def streamed(run: Run, record: str | None, *, plain: bool) -> int:
    """Frames until Ctrl-C or --timeout: as JSON lines, as sentences about what has changed, or only to the file."""
    from mutt_cli.core.top.track import Track
    from mutt_cli.present.top.spoken import Spoken

    track, spoken, quiet = Track(kept(run, 60)), Spoken(), not plain and run.format != "jsonl"
    ends_at = time.monotonic() + run.timeout_s
    frames = 0
    with looking(run, record) as look, _ending():
        try:
            while time.monotonic() < ends_at:
                began = time.monotonic()
                frame = look()
                frames += 1
                track.add(frame)
                if plain:
                    clock = f"{run.now():%H:%M:%SZ}"
                    lines = spoken.lines(_view(run, frame, track))
                    write(sys.stdout, "".join(f"{clock} {one}\n" for one in lines))
                elif not quiet:
                    run.show(_document(_view(run, frame, track), frame))
                time.sleep(max(0.0, min(began + _INTERVAL_S, ends_at) - time.monotonic()))
        except KeyboardInterrupt:
            pass
    if record is not None:
        run.say(f"{frames:,} frames in {record}: mutt top --replay {record}")
    return OK


@contextmanager
def _ending() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does: what was recorded is whole."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _view(run: Run, frame: "Frame", track: "Track", *, context: str = "", mode: str = "live") -> "View":
    from mutt_cli.adapters.clock import now_ms
    from mutt_cli.ops.health import judged
    from mutt_cli.present.top.view import Size, View

    width, height = run.terminal_size
    return View(
        Size(width, height), context or run.context.name, run.context.protected and not context, frame,
        checks=judged(frame.snapshot, run.settings), samples=track.samples(), moment_ms=track.moment_ms(),
        mode=mode, interval_s=_INTERVAL_S,  # type: ignore[arg-type]
        now_ms=now_ms(), ascii_only=ascii_only(run),
    )  # fmt: skip


def _document(view: "View", frame: "Frame") -> "Document":
    from mutt_cli.present.top.document import top_document

    return top_document(view, frame)


def _print(view: "View") -> None:
    from mutt_cli.present.top.line import texts
    from mutt_cli.present.top.overview import screen

    write(sys.stdout, texts(screen(view)))
