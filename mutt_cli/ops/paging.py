"""The messages of a queue, page by page, without taking them and without holding Redis up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import queue_reading, transfer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.core.message import Message
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.ops.backends import Backends

PAGE_BYTES: Final = 1 << 20
"""About so much is read or moved in one call, so that no call holds Redis up."""
FIRST_PAGE: Final = 10
"""How many are read before anything is known of their size."""
PAGE: Final = 1000
"""Messages of a page at most."""


def pages(backends: Backends, queue: Queue, *, start: int = 0) -> Iterator[tuple[int, list[Message]]]:
    """The messages of a queue in pages of about a megabyte, those that leave next first, with the place of the first.

    Nothing is taken. While others take messages, a page may miss some.
    """
    skip, count = start, FIRST_PAGE
    while found := transfer.page(backends.redis(), backends.keys, queue, skip, count):
        yield skip, found
        skip += len(found)
        count = page_size(found, PAGE)


def newest_first(backends: Backends, queue: Queue, depth: int) -> Iterator[list[Message]]:
    """The same from the other end of a queue that holds `depth` messages: the last ones first, in pages that grow.

    Who wants the newest twenty does not wait for a thousand. Nothing is taken. While others take messages, one may
    be seen twice; one that somebody gives back, not at all.
    """
    end, count = depth, FIRST_PAGE
    while end > 0:
        begin = max(0, end - count)
        found = transfer.page(backends.redis(), backends.keys, queue, begin, end - begin)
        end = begin
        if found:
            yield found[::-1]
            count = page_size(found, min(PAGE, 4 * count))
        else:  # others have taken what lay here: on with what is left
            end = min(end, *queue_reading.depths(backends.redis(), backends.keys, [queue]))


def page_size(last: Sequence[Message], most: int) -> int:
    """How many messages like these make a page."""
    average = sum(len(one.element) for one in last) / len(last) + 1
    return max(1, min(most, int(PAGE_BYTES / average)))
