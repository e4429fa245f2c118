"""What a forwarder holds, and who waits for whom: alerts of one signature leave in order.

An alert is in hand from its claim to its settle. The first of a signature's line is being sent, the others wait
behind it; behind one that waits for its retry, later ones wait in the retry set. Items are told apart by identity,
not by bytes: the same element claimed again after a lost lease is a new item, and the old one's result is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mutt_cli.core.alert import Alert

FORGET_AFTER_MS: Final = 600_000
"""A retry that is overdue this long is somebody else's by now: another forwarder delivered it."""


@dataclass(eq=False, frozen=True)
class InHand:
    """One claimed alert. `epoch` is the breaker's at the claim."""

    element: bytes
    alert: Alert
    epoch: int


@dataclass
class Hand:
    """The forwarder's bookkeeping; one thread owns it."""

    _items: dict[bytes, InHand | None] = field(default_factory=dict)
    _lines: dict[str, list[InHand]] = field(default_factory=dict)
    _retrying: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._items)

    def hold(self, element: bytes) -> None:
        """An element was claimed."""
        self._items[element] = None

    def release(self, element: bytes) -> None:
        """An element was settled."""
        self._items.pop(element, None)

    def holds(self, element: bytes) -> bool:
        """Whether this element is in hand."""
        return element in self._items

    def owns(self, item: InHand) -> bool:
        """Whether this very item is still in hand; False for the result of a post that a fence has overtaken."""
        return self._items.get(item.element) is item

    def line_up(self, item: InHand) -> bool:
        """Put an alert into its signature's line; True if it is the first and is to be sent now."""
        self._items[item.element] = item
        line = self._lines.setdefault(item.alert.signature, [])
        line.append(item)
        return len(line) == 1

    def elder_due_ms(self, signature: str, now_ms: int) -> int:
        """When the earlier alert of this signature is tried again; 0 if none waits for that."""
        due = self._retrying.get(signature, 0)
        return due if due > now_ms else 0

    def leave_line(self, item: InHand) -> InHand | None:
        """An alert has left for good; the next of its line, which is to be sent now."""
        self._retrying.pop(item.alert.signature, None)
        return self._take_out(item)

    def wait_for_retry(self, item: InHand, due_ms: int) -> list[InHand]:
        """An alert waits in the retry set until `due_ms`; those behind it, which must wait there too, in order."""
        signature = item.alert.signature
        self._retrying[signature] = due_ms
        return [one for one in self._lines.pop(signature, []) if one is not item]

    def whole_line(self, item: InHand) -> list[InHand]:
        """The line of an alert that cannot be sent now, oldest first; the line is dissolved."""
        return self._lines.pop(item.alert.signature, [item])

    def keep_only(self, elements: Iterable[bytes]) -> list[InHand]:
        """Forget what Redis no longer holds for us; returns the alerts that become first of their line by that."""
        kept = set(elements)
        lost = [element for element in self._items if element not in kept]
        freed = []
        for element in lost:
            item = self._items.pop(element)
            following = self._take_out(item) if item is not None else None
            if following is not None:
                freed.append(following)
        return [item for item in freed if self.owns(item)]

    def prune(self, now_ms: int) -> None:
        """Drop memories of retries that are long over."""
        if len(self._retrying) > 1000:
            self._retrying = {s: due for s, due in self._retrying.items() if due > now_ms - FORGET_AFTER_MS}

    def _take_out(self, item: InHand) -> InHand | None:
        """Remove an item from its line; the item that is first now, if `item` was first before."""
        line = self._lines.get(item.alert.signature, [])
        if item not in line:
            return None
        was_first = line[0] is item
        line.remove(item)
        if not line:
            del self._lines[item.alert.signature]
            return None
        return line[0] if was_first else None
