"""What has changed from one look to the next, as sentences: for screen readers, and for a log of an incident."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mutt_cli.core.snapshot import SERVICES
from mutt_cli.present import times
from mutt_cli.present.top.line import WORDS, shown
from mutt_cli.present.top.queues import empty_in
from mutt_cli.present.top.services import state_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.present.top.view import View

_NUMBER: Final = re.compile(r"\d[\d.,:]*")
"""Figures that grow by the second are no news; how deep a queue is, is told by its own rule."""
_WORTH: Final = 0.2
"""A depth is told again when it has changed by this share, and when it begins or ends to be empty."""


class Spoken:
    """Remembers what was told."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}
        self._depths: dict[str, int] = {}

    def lines(self, view: View) -> list[str]:
        """Sentences about what is new, in the order of the screen; the first time about everything."""
        said = dict(self._sentences(view))
        gone = [f"over: {name}" for name in self._told if name not in said and not name.startswith("queue ")]
        bare = {name: _NUMBER.sub("#", text) if not name.startswith("queue ") else text for name, text in said.items()}
        fresh = [text for name, text in said.items() if self._told.get(name) != bare[name]]
        self._told = {**{name: text for name, text in self._told.items() if name.startswith("queue ")}, **bare}
        return fresh + gone

    def _sentences(self, view: View) -> Iterator[tuple[str, str]]:
        for check in view.checks:
            if check.bad:
                yield check.id, f"{WORDS[check.state]} {check.id}: {shown(check.message)}"
        if view.frame is None:
            return
        for service in SERVICES:
            found = view.frame.snapshot.instances(service)
            working = sum(one.state == "ok" for one in found)
            yield (
                f"service {service}",
                f"service {service}: {state_of(view, service)}, {working} of {len(found)} at work",
            )
        flow = view.frame.snapshot.pipeline.value
        for queue in flow.queues if flow else ():
            before = self._depths.get(queue.name)
            if before is None and not queue.depth:
                continue
            if before is not None and not _worth(before, queue.depth):
                continue
            self._depths[queue.name] = queue.depth
            oldest = f", oldest {times.span(queue.age_s)}" if queue.age_s is not None else ""
            end = f", empty in {empty_in(queue, None)}" if queue.depth and empty_in(queue, None) not in "-now" else ""
            yield f"queue {queue.name}", f"queue {shown(queue.name)}: {queue.depth:,} waiting{oldest}{end}"


def _worth(before: int, now: int) -> bool:
    return (before == 0) != (now == 0) or abs(now - before) > max(before, 1) * _WORTH
