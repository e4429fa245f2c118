"""`mutt top`: the app. It holds what is known, decides what is drawn, and gives every key its meaning."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import App
from textual.binding import Binding

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.core.spans import moment
from mutt_cli.errors import MuttError
from mutt_cli.present.top.keys import KEYS, SCREENS
from mutt_cli.present.top.view import Size, View
from mutt_cli.tui.acting import Acting
from mutt_cli.tui.alerts import AlertsPage
from mutt_cli.tui.canvas import Canvas
from mutt_cli.tui.entry import Entry
from mutt_cli.tui.help import Help
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.logs import LogsPage
from mutt_cli.tui.looking import Looking
from mutt_cli.tui.notes import saved
from mutt_cli.tui.page import TextPage
from mutt_cli.tui.picture import Picture
from mutt_cli.tui.screens import numbered
from mutt_cli.tui.trace import EventsPage, StoryPage

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from mutt_cli.core.top.frame import Frame
    from mutt_cli.core.top.track import Track
    from mutt_cli.tui.page import Page
    from mutt_cli.tui.source import Source

_TICK_S: Final = 0.25
_LEAST_S, _MOST_S = 1.0, 60.0


class TopApp(App[None]):
    """`look` takes a frame, in a thread; None for a recording, of which `track` is all there is."""

    CSS = "Screen { background: ansi_default; color: ansi_default; }"
    BINDINGS: ClassVar[list[Any]] = [
        # Ctrl-C quits from wherever somebody is; every other key is that of the field that has the keyboard.
        Binding(key, one.action, one.meaning or one.shown, show=False, priority=key == "ctrl+c")
        for one in KEYS
        for key in one.keys
    ] + [Binding("ctrl+z", "suspend_process", show=False)]

    def __init__(
        self, source: Source, track: Track, look: Callable[[], Frame] | None, *, interval_s: float = 2.0,
        unlocked: bool = False, ascii_only: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"
        self.source = source
        self.picture = Picture(source, track, live=look is not None, interval_s=interval_s, ascii_only=ascii_only)
        self.picture.unlock(on=unlocked)
        self.acting = Acting(self)
        self.canvas, self.entry = Canvas(), Entry(source.paths)
        self.roots = numbered()
        self.stack: list[Page] = [self.roots["overview"]]
        self.looking = Looking(self, look)
        self._drawn_s, self._due = 0, True
        self._warned = False

    @property
    def crash(self) -> BaseException | None:
        """What ended it, where that was a bug."""
        return self._exception

    def _fatal_error(self) -> None:
        """End it; the traceback that Textual would print has the values of variables in it, secrets among them."""
        self._close_messages_no_wait()

    # What is there and how it is drawn.

    @property
    def page(self) -> Page:
        """The screen that is shown."""
        return self.stack[-1]

    @property
    def view(self) -> View:
        """What a frame of the screen is drawn from."""
        size = Size(self.canvas.size.width or self.size.width, self.canvas.size.height or self.size.height)
        return self.picture.view(size, self.page.path)

    def draw(self) -> None:
        """Draw what is there now."""
        self.canvas.show(self.page.lines(self.view))

    def say(self, text: str) -> None:
        """Tell something for a few seconds, in the place of the keys."""
        self.picture.say(text)
        self.draw()

    def compose(self) -> ComposeResult:
        """The canvas, and the line that is hidden until something is typed."""
        yield self.canvas
        yield self.entry

    def on_mount(self) -> None:
        """Begin to look."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit)
        self.canvas.focus()
        self.set_interval(_TICK_S, self._tick)
        self.call_after_refresh(self._tick)

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves as the keys do."""
        self.action_move(1)

    def on_mouse_scroll_up(self) -> None:
        """And back."""
        self.action_move(-1)

    def on_resize(self) -> None:
        """Selection and filter stay."""
        self.call_after_refresh(self.draw)

    # Looking.

    def begin(self, task: Callable[[], Any], done: Callable[[Any, MuttError | None], None]) -> None:
        """Do something in a thread."""
        self.looking.begin(task, done)

    def look_now(self) -> None:
        """Look again at once, at everything."""
        self.looking.again()
        self._due = True
        self._tick()

    def _tick(self) -> None:
        """What is due: a look, or the next frame of a recording. Drawn is once a second, and what has come."""
        moved = self.picture.head.playing and self.picture.head.play(_TICK_S)
        self.looking.tick()
        second = int(boottime_s())
        if moved or second != self._drawn_s or self._due:
            self._drawn_s, self._due = second, False
            self.draw()

    # Keys.

    def go(self, page: Page) -> None:
        """To a screen behind this one; from the past back to live, for that is what it will show."""
        self._leave_the_past()
        self.stack.append(page)
        self._due = True
        self._tick()

    def go_to(self, text: str) -> None:
        """To a moment of what is remembered, or of the recording."""
        track = self.picture.track
        last = datetime.fromtimestamp(track.at_ms(len(track) - 1) / 1000, tz=UTC) if len(track) else self.source.now()
        at = moment(text, last)
        if at is None:
            self.say("goto takes a time of day (03:05), RFC 3339, or how long ago (15m)")
        elif len(track):
            self._to_overview()
            self.picture.head.to(round(at.timestamp() * 1000))
            self.draw()

    def _leave_the_past(self) -> None:
        if self.looking.live and self.picture.head.place is not None:
            self.picture.head.end()

    def _to_overview(self) -> None:
        if self.page.name != "overview":
            self._leave()
            self.stack = [self.roots["overview"]]

    def _leave(self) -> None:
        """Nobody comes back to the screens that have no number."""
        for one in self.stack:
            if one not in self.roots.values():
                self.looking.forget(one)

    def action_screen(self, number: int) -> None:
        """To one of the eight screens; there again it is its beginning."""
        if not self.looking.live and number != 1:
            self.say("a recording holds counts only: there is nothing but the overview")
            return
        self._leave_the_past()
        self._leave()
        self.picture.say("")
        self.stack = [self.roots[SCREENS[number - 1]]]
        self._due = True
        self._tick()

    def action_open(self) -> None:
        """Into the chosen row."""
        page = self.page.open() if self.looking.live else None
        if page is not None:
            self.go(page)

    async def action_back(self) -> None:
        """Clear the filter, then back one level; never the end of the app."""
        if self.page.back():
            self.draw()
        elif len(self.stack) > 1:
            self.looking.forget(self.stack.pop())
            self.say("")
        else:
            self.action_screen(1)

    def action_move(self, by: int) -> None:
        """So many rows on."""
        self.page.move(by)
        self.draw()

    def action_page(self, pages: int) -> None:
        """So many pages on."""
        self.page.turn(pages)
        self.draw()

    def action_first(self) -> None:
        """To the first row."""
        self.page.first()
        self.draw()

    def action_last(self) -> None:
        """To the last row; in the past back to live."""
        if self.picture.head.place is not None:
            self.picture.head.end()
        else:
            self.page.last()
        self.draw()

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._on_listing(lambda page: page.sort_on())

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self._on_listing(lambda page: page.reverse())

    def action_mark(self) -> None:
        """Mark the row."""
        self._on_listing(lambda page: page.mark())

    def action_mark_all(self) -> None:
        """Mark all rows."""
        self._on_listing(lambda page: page.mark_all())

    def action_pause(self) -> None:
        """Stop and go on; in a recording play and stop; in the past back to live."""
        if not self.looking.live:
            self.picture.head.playing = not self.picture.head.playing
        elif self.picture.head.place is not None:
            self.picture.head.end()
        else:
            self.picture.paused = not self.picture.paused
        self.draw()

    def action_refresh(self) -> None:
        """Look again now."""
        self.look_now()

    def action_slower(self, by: int) -> None:
        """A longer interval, or a shorter one; of a recording another speed."""
        if not self.looking.live:
            self.picture.head.faster(by)
            self.draw()
            return
        self.picture.interval_s = min(_MOST_S, max(_LEAST_S, self.picture.interval_s + by))
        self.say(f"every {self.picture.interval_s:g} s")

    def action_back_in_time(self, frames: int) -> None:
        """A frame, or (60) a minute, back in time."""
        if not len(self.picture.track):
            return
        self._to_overview()
        if abs(frames) == 1:
            self.picture.head.step(frames)
        else:
            self.picture.head.seconds(frames)
        self.draw()

    def action_alerts(self) -> None:
        """Everything that is wrong."""
        self.go(AlertsPage())

    def action_events(self) -> None:
        """Events as they pass."""
        if self.looking.live:
            self.go(EventsPage())

    def action_trace(self) -> None:
        """The story of the event under the cursor; without one, a line to type its id in."""
        identifier = self.page.trace_id()
        if identifier and self.looking.live:
            self.go(StoryPage(identifier))
        else:
            self.type_command("trace ")

    def action_logs(self) -> None:
        """The logs of the service under the cursor, or of all."""
        if self.looking.live:
            self.go(LogsPage(self.page.service()))

    async def action_quit(self) -> None:
        """Quit; while a change still runs only at the second time: it goes on by itself."""
        if self.acting.running and not self._warned:
            self._warned = True
            self.say(f"mutt {self.acting.running} still runs; q again leaves it to itself: mutt op list")
            return
        self.exit()

    def action_copy(self) -> None:
        """The id or command to the clipboard of the terminal."""
        text = self.page.copied()
        if text:
            self.copy_to_clipboard(text)
        self.say(f"copied: {text}" if text else "there is nothing to copy here")

    def action_save(self) -> None:
        """The screen as text to a file, for the notes on an incident."""
        self.say(saved(self.source.context, self.page.lines(self.view), self.source.now()))

    def action_help(self) -> None:
        """The keys."""
        self.push_screen(Help(lambda size: self.picture.view(size, "Help")))

    def action_command(self) -> None:
        """A line for any command."""
        self.type_command("")

    def action_filter(self) -> None:
        """A line for a filter; of the overview that is one of the queues."""
        if self.page.name == "overview" and self.looking.live:
            self.action_screen(2)
        if isinstance(self.page, (ListingPage, TextPage)):
            self.entry.ask("filter", self.page.filter)

    def action_act(self, key: str) -> None:
        """A key that changes something."""
        self.acting.key(key)

    def action_unlock(self) -> None:
        """Unlock changes for ten minutes, or lock them again."""
        if self.picture.may_act:
            self.picture.unlock(on=False)
        elif self.picture.why_not:
            self.say(self.picture.why_not)
        elif self.source.protected:
            self.entry.ask("unlock")
        else:
            self.picture.unlock(on=True)
        self.draw()

    def type_command(self, text: str) -> None:
        """Open the command line with this on it."""
        self.entry.ask("command", text)

    def on_entry_typed(self, event: Entry.Typed) -> None:
        """What was typed on the line at the bottom."""
        self.canvas.focus()
        if event.text is not None:
            self._typed(event.purpose, event.text)
        self.call_after_refresh(self.draw)

    def _typed(self, purpose: str, text: str) -> None:
        if purpose == "command":
            self.acting.typed(text)
        elif purpose == "unlock":
            meant = text.strip() == self.source.context
            self.picture.unlock(on=meant)
            self.say("" if meant else f"that is not its name: {self.source.context}")
        else:
            self.picture.say("")
            self._filter_by(text)

    def _filter_by(self, text: str) -> None:
        if isinstance(self.page, TextPage):
            self.page.filter_by(text)
        else:
            self._on_listing(lambda page: page.filter_by(text))

    def _on_listing(self, change: Callable[[ListingPage], None]) -> None:
        if isinstance(self.page, ListingPage):
            try:
                change(self.page)
            except MuttError as error:
                self.say(error.message)
        self.draw()
