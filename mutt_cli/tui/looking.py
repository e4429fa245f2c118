"""What is looked up when: the frame every interval, the screen that is shown when it is older than it may be.

One look of a kind at a time. A screen's look that has not come back for long is given up: another one is begun, and
what the first finds then is not shown. The frame's looks are never given up, they always come back (ops/gather.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.tui.background import begin

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.core.health.check import HealthCheck
    from mutt_cli.core.top.frame import Frame
    from mutt_cli.errors import MuttError
    from mutt_cli.tui.app import TopApp
    from mutt_cli.tui.page import Page

_LONG_AGO_S: Final = -1e9
_GIVEN_UP_S: Final = 15.0


class Looking:
    """Begins looks for the app. `look` takes a frame; None: there is nothing to look at, it is a recording."""

    def __init__(self, app: TopApp, look: Callable[[], Frame] | None) -> None:
        self._app, self._look = app, look
        self._under_way, self._began_s = False, _LONG_AGO_S
        self._asked: dict[int, float] = {}
        """When each screen was looked up last."""
        self._numbers = 0

    @property
    def live(self) -> bool:
        """Whether there is anything to look at."""
        return self._look is not None

    def begin(self, task: Callable[[], Any], done: Callable[[Any, MuttError | None], None]) -> None:
        """Do something in a thread."""
        begin(self._app, self._app.source.configuration.settings, task, done)

    def again(self) -> None:
        """Everything is due."""
        self._began_s = _LONG_AGO_S
        self._asked.clear()

    def forget(self, page: Page) -> None:
        """Nobody looks at this screen any more."""
        self._asked.pop(id(page), None)
        page.close()

    def tick(self) -> None:
        """Begin what is due."""
        if not self.live:
            return
        picture, now = self._app.picture, boottime_s()
        if now - self._began_s >= picture.interval_s and not self._under_way and not picture.paused:
            self._under_way, self._began_s = True, now
            self.begin(self._take, self._taken)
        if self._is_due(self._app.page, now):
            self._fetch(self._app.page, now)

    def _take(self) -> tuple[Frame, tuple[HealthCheck, ...]]:
        assert self._look is not None  # noqa: S101  only then is it begun
        frame = self._look()
        return frame, self._app.picture.judged(frame)

    def _taken(self, found: Any, error: MuttError | None) -> None:
        self._under_way = False
        if error is not None:
            self._app.say(error.message)
            return
        self._app.picture.take(*found)
        self._app.draw()

    def _is_due(self, page: Page, now: float) -> bool:
        asked_s = self._asked.get(id(page))
        if page.fed or (self._app.picture.paused and page.loaded):
            return False
        if asked_s is None:
            return True
        if page.asking:
            return now - asked_s >= _GIVEN_UP_S
        every_s = page.every_s or (0.0 if page.loaded else _GIVEN_UP_S)
        return bool(every_s) and now - asked_s >= every_s

    def _fetch(self, page: Page, now: float) -> None:
        page.asking = number = self._numbers = self._numbers + 1
        self._asked[id(page)] = now

        def done(found: Any, error: MuttError | None) -> None:
            if page.asking != number:
                return
            page.asking = 0
            page.take(found, error)
            self._app.draw()

        self.begin(lambda: page.fetch(self._app.source), done)
