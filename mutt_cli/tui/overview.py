"""Screen 1: the overview, and what its rows lead to."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.errors import MuttError
from mutt_cli.present.events import tail_line
from mutt_cli.present.operations import operation_row
from mutt_cli.present.top.overview import rows, screen, targets
from mutt_cli.tui.page import Page, Selection

if TYPE_CHECKING:
    from mutt_cli.present.top.line import Line
    from mutt_cli.present.top.rows import Target
    from mutt_cli.present.top.view import View
    from mutt_cli.tui.source import Source

_KEPT: Final = 50
_OPERATION_EVERY_S: Final = 10.0
_OPERATIONS_DAYS: Final = 7


class OverviewPage(Page):
    """The flow, services, queues, what is wrong; in the wide layout also back ends and events as they pass."""

    name = "overview"

    def __init__(self) -> None:
        super().__init__()
        self.chosen: Target | None = None
        self._targets: list[Target] = []
        self._events: list[str] = []
        self._operation = self._last = ""
        self._operation_s = -_OPERATION_EVERY_S
        self._wide = False

    def fetch(self, source: Source) -> Any:
        """Events that passed and the last operation, where there is room for them."""
        if not self._wide:
            return [], ""
        if boottime_s() - self._operation_s > _OPERATION_EVERY_S:
            self._last, self._operation_s = _last_operation(source), boottime_s()
        return [tail_line(one, local=False) for one in source.events.newest()[0][:_KEPT]], self._last

    def show(self, found: Any) -> None:
        """The newest events, and the last operation."""
        self._events, self._operation = found

    def lines(self, view: View) -> list[Line]:
        """The whole screen."""
        self._wide = view.size.wide
        drawn = rows(view, self._events, self._operation)
        self._targets = targets(drawn)
        self.body_height = len(drawn)
        return screen(view, self.chosen, self._events, self._operation)

    def move(self, by: int) -> None:
        """So many rows on; the first key press chooses the first row."""
        if not self._targets:
            return
        at = self._targets.index(self.chosen) + by if self.chosen in self._targets else 0
        self.chosen = self._targets[min(max(0, at), len(self._targets) - 1)]

    def back(self) -> bool:
        """Choose nothing."""
        had, self.chosen = self.chosen is not None, None
        return had

    def open(self) -> Page | None:
        """Of a service its logs, of a queue its messages, of a check what it means."""
        from mutt_cli.tui.alerts import explanation_page  # noqa: PLC0415  screens lead to each other
        from mutt_cli.tui.logs import LogsPage  # noqa: PLC0415
        from mutt_cli.tui.queues import MessagesPage  # noqa: PLC0415

        if self.chosen is None:
            return None
        if self.chosen.kind == "service":
            return LogsPage(self.chosen.name)
        return MessagesPage(self.chosen.name) if self.chosen.kind == "queue" else explanation_page(self.chosen.name)

    def service(self) -> str:
        """The chosen service."""
        return self.chosen.name if self.chosen and self.chosen.kind == "service" else ""

    def selection(self) -> Selection:
        """A queue that is chosen here is one as on the screen of queues."""
        if self.chosen and self.chosen.kind == "queue":
            row = {"queue": self.chosen.name}
            return Selection("queues", row, [row])
        return Selection(self.name)

    def copied(self) -> str:
        """The name of the chosen row."""
        return self.chosen.name if self.chosen else ""


def _last_operation(source: Source) -> str:
    from datetime import timedelta  # noqa: PLC0415

    from mutt_cli.ops.operations import listed  # noqa: PLC0415

    now = source.now()
    with suppress(MuttError), source.backends() as backends:
        found = listed(backends, source.state, since=now - timedelta(days=_OPERATIONS_DAYS), until=now).operations
        if found:
            row = operation_row(found[0])
            return f"{row['started_at']:%H:%M} {row['command']} ({row['state']})"
    return ""
